"""Words and stems by which the standards of one language are told apart.

`ends*` is a beginning of words, `ends` a whole word. A list's name says who writes so: HR_BS is at
home in Croatian and Bosnian, and hardly seen in Serbian; the last two only lean. Names of
countries, towns and people are left out: what a text is about does not tell how it is written.
"""

from typing import Final

BS: Final = """
ahbab* amidž* august* bezbjedn* bezbjednos* dajdž* duhan* halal* hastal* hastan* historij* hljeb*
hudov* insan* inšallah kahv* lahk* mahal* mašallah mehk* muallim* pendžer* plaho polahk*
predsjedavajuć* sabah* sahat* saopć* sedmic* sedmičn* uposlen* vjerovatn*
"""
HR: Final = """
blagdan* branitelj* cjepiv* djelatni* dostatn* dušik* dužnosni* dvojb* europ* financ* glazb*
gledatelj* glede gospodarsk* gospodarst* iskaznic* itko izbornik* izravn* izvješć* jamč* juha juhe
juhu kava kave kavom kavu kazališ* kemij* kisik* knjižnic* kolodvor* kolovoz* kruh kruha kruhom
lipanj lipnj* listopad* milijun* mirovin* momčad* naobrazb* napose natjec* natječ* nazoč* nedvojb*
neovisn* netko nitko nositelj* obitelj* obran* odredišt* odvjetni* oporb* otoci otok otoka otoku
ovisn* ozračj* ožuj* podrijetl* poduzeć* poglavit* pokus* ponajprije posebice poslužitelj* postrojb*
pothvat* potpor* potres potresa potresu poveznic* povijes* povjerenstv* premda primjerice priopć*
pristojb* pričuv* promidžb* proračun* prosinac prosinc* prosudb* prosvjed* putovnic* pučans* rabe
rabi rabit* rajčic* ravnatelj* razin* računal* raščlam* redarstv* redatelj* ročišt* rujan rujn*
samoubojstv* siječanj siječnj* skladatelj* skladb* skupin* slušatelj* srpanj srpnj* studenog*
stupanj stupnj* sudioni* sudjelov* sudjeluj* suglas* sukladn* suradn* surađ* sustav* sučelj* svatko
sveučiliš* svibanj svibnj* tajništ* tijek* tipkovnic* tisuć* tjedan tjedn* tjestenin* tko točk*
točn* travanj travnj* tvrtk* ubojic* ubojstv* udrug* uhit* uhić* ulagatelj* uljudb* umirovlj* unajm*
unutarnj* uporab* useljenik* usuglas* uvjet uvjeta uvjeti uvjetima uvjetn* uvjetom uvjetov*
učinkovit* veleposlan* veljač* vjerojatn* vlak vlaka vlakom vlakov* vodik* vrhnj* vrijednosnic*
zajamč* zaklad* zaslon* zemljovid* znanstv* zrak zrakom zrakoplov* zraku zračn* zrcal* čimbeni*
čitatelj* žlic*
"""
SR: Final = """
avgust* bezbednos* duvan* gledalac gledaoc* gluv* hartij* hirurg* hor hora horsk* hrišćan* inostran*
izvinit* jermen* jevrej* juče komšinic* kuva* makaz* mantil* ministarka ministarke ministarku
nosilac nosioc* odeljenj* odsto opšt* opštin* peškir* pozorišt* prestonic* pričest* prosečn*
rukovodilac rukovodioc* saopšt* skuva* spolja* spoljn* sproved* sprovest* sprovod* sprovođenj* suv
suva suvo sveštenik* trotoar* uopšte uopšten* uvo vaspit* vazdušn* zauzm* ćerk* ćut* čaršav* čitalac
čitaoc* šećeran* železn*
"""
HR_BS: Final = """
angažira* definira* dionic* financira* finansira* garantira* gluh* hlače identificira* informira*
inspirira* integrira* interpretira* izvještaj* jučer kirur* komentira* koncentrira* konstatira*
kontrolira* kritizira* krumpir* kršćan* kuha kuhan* kuhat* ministrica ministrice ministricu
mobilizira* modernizira* mrkv* navečer nogomet* opća opće općeg općem općenit* opći općih općin*
organizira* plaća plaćama plaće plaćom plaću poduzet* poduzim* posto predsjednica predsjednice
privatizira* provedb* reagira* realizira* registrira* sigurnos* skuha* stabilizira* suca suci sucu
sudac suh suha suho također telefonira* uho unatoč uopće ured ureda uredi uredima uredu uspored*
usporedb* utjeca* utječe uvečer vanjsk* vijeć* zastupni* šuti šutj* šutn* željezn*
"""
SR_BS: Final = """
advokat* aerodrom* akcionar* angažov* angažuj* april* decembar decembr* definis* definiš* diskutov*
evrop* fabri* februar* finansij* formulis* formuliš* fudbal* funkcioner* garantova* garantuj* haos*
hemij* hiljad* hlor* identifikov* identifikuj* iko informis* informiš* inspiris* integris* integriš*
januar* jul jula julu jun juna junu kafa kafi kafu kancelarij* kandidov* kandiduj* kašik*
klasifikov* ko komentaris* komentariš* kompjuter* koncentris* konstatov* kontrolis* kontroliš*
kritikov* krompir* kvalifikov* ličn* maj maju mart marta martu milion* mobilis* modernizov* muzik*
muzič* nauci nauk* naučn* nezavisn* niko nivo nivoa nivoi nivou novembar novembr* odbran* odsustv*
oktobar oktobr* organizova* organizuj* ostrv* paradajz* pasoš* penzij* penzion* pijac* pirinač*
poređenj* porodic* porodičn* preduzet* preduzeć* preduzim* prevazi* prevaziđ* privatizov* privred*
publikov* računar* reagov* reaguj* realizova* realizuj* registrov* registruj* saglas* samoubistv*
saobraćaj* saradn* sarađ* septembar septembr* sistem* snabd* sopstven* spisak spiska stabilizov*
stepen stepena stepeni supa supe supu takmič* takođe talas* tačk* tačn* tokom ubica ubice ubistv*
uhapš* univerzit* upoređ* uprkos uslov* uticaj* uticala uticao utiče utiču učesni* učestvov*
učestvuj* učešć* vazduh* vazduš* voz voza vozom vozov* zavise zavisi zavisn* zemljotres* zvaničn*
đubr* šta štampa štampan* štampar* štampe štampi
"""
HR_LEAN: Final = """
doista dosad iduće idući istodobn* istodobno jer jest kad kazala kazali kazao nakon no osobito
osobn* ponovno posve potom potrebit* stoga te vlastit* zasad znatno
"""
SR_LEAN: Final = """
ambasad* biće budžet* generaln* grup* istovremen* jeste ka kada mada mašin* naročito obim* ponovo
pošto prilikom rekao rekla rekli rukovodst* sledstven* širom
"""
