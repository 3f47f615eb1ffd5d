"""Stems in which the old vowel yat shows: `e` in ekavian, `ije` or `je` in ijekavian speech.

`ends*` is a beginning of words, `ends` a whole word. Only forms that are no word of the other kind
are here: `vremena` is both, `vreme` and `vrijeme` are not; `sela` (villages) is no `sijela`.
"""

from typing import Final

EKAVIAN: Final = """
vreme nevreme mesto mesta mestu mestom mestima mesni mesne mesnih posle pre uvek gde ovde onde negde
nigde svugde dece deca deci decu decom dečj* dečak* dete deteta detetu devoj* čovek* čoveč* reč reči
rečju rečima rečnik* beo bela belo bele beli belog belom mleko mleka mleku mlečn* lep lepa lepo lepe
lepi lepu lepot* svet sveta svetu svetom svetsk* svetlo svetla svetlost* cena cene cenu ceni cenama
ceo cela celo cele celu celog celom celin* celokup* deo delom delimič* delatn* delov* delić* verova*
verujem* veruje veruju neverovat* nedelj* ponedelj* sreda sredu srede pesm* pesnik* pesnic* peva*
razume* umeo umela umeti smeo smeti sme hteo htela hteli htelo htele hteti želeo želela želeli
želeti videla videli videlo videti živeo živela živeli živelo živeti sedeo sedela sedeti
sedeli voleo volela voleli voleti boleo bolela trpeo trpeti leteo letela leteti goreo gorela gorelo
goreti vredn* promen* izmen* zamen* razmen* primen* neizmen* mera mere meru merama meren* primer
primera primeru primerom primeri primere smer smera smeru smerom smerni* sused* predsed* sedišt*
zasedan* seća* mesec* meseč* vesti vest izvest* izvešt* obavest* obavešt* svest* savest* savet*
posavet* zahtev* uspe uspeo uspela uspeli uspeh* uspeš* uspev* neuspe* pobed* poset* bezbed* ubeđ*
ubed* podel* raspodel* deljen* rešen* reši* rešav* greh* cvet* letnj* zvezd* telo tela telu telom
telesn* beleš* belež* zabelež* obelež* levo leva levi leve levu levic* sneg* reka reke reku reci
rekom vek veka veku vekova vekovi vekovima stoleć* nemač* nemac nemci nemaca nežn* vetar vetra
vetrom vešt* usled* posled* naslede* nasleđ* naslednik* ocen* procen* predlog* pretnj* prelep*
umetn* umesto namešten* namest* nameštaj* smešt* smesti* premest* premeš* namen* namer* streljan*
mešov* meša* pomeša* pomera* pomeri* pomeren* tesn* vencu venac vence dole obezbed* obezbeđ* spreč*
primet* primeću* oseća* izneo doneo odneo naneo podneo podnet* razneo uneo preneo proneo iznet*
donet* unet* prenet* predeo predel* odeća odeće odeću odelo odela pripovet* pripoveda* ispoved*
propoved* svedo* zavet* dve obe obema dveju dvema dvesta vređ* proleć* sedn* sveća sveće prosvet*
rasvet* ždreb* hleb* vera pleva cev cevi seme gnezd* gnev* ozled* odole* starešin* pešak* pešač*
peške pešice cedi* vežba* uvežba* vežbe vežbu oterati tera terati terao istera* zatera* potera*
besn* bes besa besom mehur* potpredsed* poletel* sleteo sletel* dospe* prispe* namesnik* zameri*
zamera* izmeri* umeren* usmer* odmer* srazmer* razmer* telohran* belorus* obelodan* obezvr* povere*
poverlj* proveri* provera* provere proveru nepoveren* poverav* overa* rascep* procep* cepa* pocep*
lenj* cenj* precenj* potcenj* ucen* vernik* verna verno verne vernost* neveran vernih odelj* žleb*
žlezd* koleno kolena koleni dodel* odeli* nadele* udele* menja* smen* prete* preti pretil* vredel*
prevod prevoda prevodu prevoz prevoza prenos prenosa prelaz prelaza lek leka leku lekom lekov*
lekar* lečen* leče leči lečil* osetil* osetlj* osetio uveren* uverav* uveri* uverlj* sever severa
severu severn* severo* breg brega poneti poneo ponela opredel* izbeg* pobeg* odbeg* izbeć* pobeć*
bežan* osvetl* pomenut* videć* negov* sete seti smeh smeha smehu smej* zapovest* vreli vreo vrelo
istovetn* zasen* sen senka senke senku raznet* dobrodel* celishodn* necelishodn* smešn* smel*
unapred napred naprednj* unapređ* unapredi* utes* uteh* bled* sled* grej* zagrev* sejal* posej* vej*
lev levog levom cvece cveće cveću cvećar* stena stene stenu stenov* slep* zamerk* uvređ* povređ*
teskob* tešnj* pripovest pripovesti vesni* razuverit* preživeo preživel* doživeo doživel* pretrpeo
pretrpel* podrazumev* zalep* umret* podset* podseć* posvedo* vekovn* zauvek izleč* ded deda dedov*
nasmeš*
"""

IJEKAVIAN: Final = """
vrijeme nevrijeme mjest* poslije prije uvijek gdje ovdje ondje negdje nigdje svugdje djec* dječj*
dječak* dijete djetet* djevoj* čovje* riječ* bijel* bjel* mlijek* mliječ* lijep* ljepot* ljepš*
svijet* svjets* svjetl* cijen* cijel* cjelin* cjelok* dio dijel* djelom* djelov* djelat* djeluj*
djelo djela djelu djelima odjel* vjer* nevjerov* ponedjelj* srijed* pjesm* pjesni* pjeva* razumij*
razumje* umjet* umio smjet* smije smiju smjel* htjel* htjeti htio željel* željet* želio vidio
vidjel* vidjet* živio živjel* živjet* sjedi* sjedjel* sjedn* volio voljel* voljet* trpio letio
letjel* gorio gorjel* vrijed* promjen* izmjen* zamjen* razmjen* primjen* mjer* primjer* smjer*
namjer* usmjer* umjer* razmjer* susjed* predsjed* zasjeda* sjever* sjeća* sjeti* mjesec* mjeseč*
vijest* izvijest* izvješ* obavijest* obavješ* svijest* svjes* savjet* savjes* zahtjev* uspje* uspij*
neuspj* pobjed* pobijed* posjet* posjeć* uvjer* uvjet* ubijed* ubjed* podjel* raspodjel* dodijel*
dodjel* rješ* riješ* cvijet* cvjet* ljeto* ljeta ljeti ljetn* zvijezd* zvjezd* tijel* tjeles* lijek*
ljekar* liječ* bilješ* biljež* zabiljež* obiljež* lijev* ljevic* snijeg* snjež* rijeka rijeke rijeku
rijeci rijekom brijeg* vijek* stoljeć* njemač* nježn* vjetar vjetr* vješ* sljedeć* slijed* uslijed*
posljed* naslijeđ* nasljed* ocjen* ocijen* procjen* procijen* prijelaz* prijedlog* prijet*
prijestup* prijevoz* prijevod* umjesto namješ* namjest* smješ* smjest* premjes* premješ* strijel*
miješ* mješ* pomje* tijesn* vijenac vijenc* obezbijed* obezbjeđ* povrijed* povrjed* unaprije*
unaprje* naprijed spriječ* sprječ* primijet* primjeć* osjeć* osjet* iznio donio odnio podnio unio
prenio ponio donijel* iznijel* unijel* podnijel* prenijel* donijet* podnijet* odjeć* odijel*
zapovjed* zapovijed* pripovij* pripovjed* ispovij* ispovjed* propovij* propovjed* svjedo* dvije obje
objema dvjema dviju dvjest* uvrijed* vrijeđ* proljeć* svijeć* osvjetl* osvijetl* prosvjet* rasvjet*
ždrijeb* hljeb* cijev* sjeme sjemen* gnijezd* gnjev* ozljed* ozlijed* odolje* odolij* starješ* pješ*
triježnj* cijedi* vježb* uvježb* tjera* istjera* otjera* natjera* protjera* bijes* bjesn* potpredsj*
dospje* dospij* prispje* prispij* zamjer* izmjer* odmjer* srazmjer* povjer* provjer* nepovjer*
cijep* cjep* lijen* ljenč* precijenj* potcijenj* ucjen* žlijezd* koljen* promijen* mijenj* izmijen*
zamijen* razmijen* smijen* smjen* pretjer* osvijest* ljekov* crijev* trijez* sijed* mjehur* podijel*
razdijel* razdjel* snijet* vijeć* ovjer* zavjet* zavjer* procijep* rascijep* zaprij* prijek* nijem*
zahtijev* stijen* stjen* nedjel* poslijepod* prijepod* slijep* sljep* prijepis* prijelom* prijevar*
prijestol* bezbjed* bijed* bjež* pobjeg* bjeg* bijeg* izbjeg* izbjeć* pobjeći rječnik* smijeh*
nasmij* cvijeće cvijeću cvjećar* sjen* grij* zagrij* utjeh* utješ* blijed* bljed* opredijel*
opredjel* tjesn* tješnj* djeti* djed djeda djedov* smiješn* mjenj* ubjeđ* podsjet* podsjeć* posvjed*
prijen* zavijek* podrazumijev* podrazumjev* pretrpje* pretrpio preživje* preživio doživje* doživio
rasvijetl* izliječ* zalijep* prilijep* umrije* prodrije* prostrije* tijek* protjec* nesrazmjer*
"""
