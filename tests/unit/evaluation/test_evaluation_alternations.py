"""Words of the Bosnian, Croatian, Montenegrin and Serbian standards that stand for one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.evaluation.alternations import (
    alternates,
    to_ekavian,
    tolerated,
    tolerated_spans,
)

TOLERATED = """
vrijeme/vreme nevrijeme/nevreme mlijeko/mleko mliječni/mlečni mljekara/mlekara dijete/dete
djeteta/deteta djeca/deca dječak/dečak dječaka/dečaka djetinjstvo/detinjstvo pjesma/pesma
pjesnik/pesnik pjevati/pevati pjevačica/pevačica mjesto/mesto premjestiti/premestiti
smještaj/smeštaj umjesto/umesto rijeka/reka rijeci/reci riječ/reč riječi/reči rječnik/rečnik
vidjeti/videti vidjela/videla vidio/video predvidjeti/predvideti gdje/gde negdje/negde
nigdje/nigde svugdje/svugde ovdje/ovde ondje/onde snijeg/sneg snježni/snežni djed/ded
djedovi/dedovi sjeme/seme sjemena/semena htio/hteo htjela/htela željeti/želeti želio/želeo
željela/želela živjeti/živeti živio/živeo doživjela/doživela voljeti/voleti volio/voleo
voljeli/voleli trpjeti/trpeti trpio/trpeo letjeti/leteti letio/leteo gorjeti/goreti gorio/goreo
boljeti/boleti mrzio/mrzeo smjeti/smeti smio/smeo umjeti/umeti razumjeti/razumeti razumio/razumeo
razumijem/razumem razumijevanje/razumevanje uspjeti/uspeti uspio/uspeo uspjeh/uspeh
uspješan/uspešan uspijeva/uspeva dospjela/dospela sjediti/sedeti sjedio/sedeo sjedila/sedela
sjedi/sedi sjednica/sednica predsjednik/predsednik potpredsjednik/potpredsednik susjed/sused
susjedna/susedna dobrosusjedskih/dobrosusedskih posjetiti/posetiti posjet/poset posjeduje/poseduje
sjetiti/setiti sjećanje/sećanje osjećaj/osećaj osjetljiv/osetljiv podsjetio/podsetio sjesti/sesti
sjeo/seo presjek/presek prosjek/prosek odsjek/odsek sjeći/seći siječe/seče sjever/sever
sjeverni/severni sjena/sena sijeno/seno cvijet/cvet cvijeće/cveće cvjetni/cvetni zvijezda/zvezda
zvijer/zver lijep/lep lijepa/lepa ljepota/lepota najljepši/najlepši lijevi/levi ljevica/levica
lijek/lek liječenje/lečenje ljekovit/lekovit ljeto/leto ljetni/letni ljeti/leti hljeb/hleb
bijel/bel bijela/bela bijelog/belog Bjelorusija/Belorusija bijeda/beda pobijediti/pobediti
pobjeda/pobeda pobjednik/pobednik bijes/bes bijesan/besan bježati/bežati bijeg/beg
izbjeglica/izbeglica izbjegavati/izbegavati svijet/svet svjetski/svetski svijetao/svetao
svjetlo/svetlo svijest/svest svjestan/svestan savjest/savest svijeća/sveća svjedok/svedok
savjet/savet savjetnik/savetnik smijeh/smeh smiješan/smešan smijati/smejati grijati/grejati
smije/sme smijem/smem vjera/vera vjerovati/verovati povjerenje/poverenje uvjeren/uveren
nevjera/nevera vjetar/vetar vijek/vek uvijek/uvek čovjek/čovek čovječji/čovečji vječan/večan
vijest/vest obavijestiti/obavestiti obavještenje/obaveštenje vijeće/veće vijenac/venac
vjenčati/venčati vještina/veština vježba/vežba zavjet/zavet zavjesa/zavesa cijena/cena
cijeniti/ceniti procjena/procena ocjena/ocena ocjenjuje/ocenjuje cijeli/celi cijelom/celom
cjelina/celina cijelosti/celosti mijenjati/menjati promijeniti/promeniti promjena/promena
zamjenik/zamenik zamijeniti/zameniti primjena/primena mjera/mera mjeriti/meriti primjer/primer
primjerak/primerak namjera/namera smjer/smer mjesec/mesec miješati/mešati mješavina/mešavina
primijetiti/primetiti primjećuje/primećuje mnijenje/mnenje njemački/nemački nijemac/nemac
nijemci/nemci nježan/nežan njegovati/negovati gnijezdo/gnezdo rijedak/redak rijetko/retko
rješenje/rešenje riješiti/rešiti rješavati/rešavati razrješenje/razrešenje srijeda/sreda
nedjelja/nedelja ponedjeljak/ponedeljak prije/pre prijelaz/prelaz prijevod/prevod
prijedlog/predlog prijenos/prenos prijestolje/prestolje prijetnja/pretnja prijetiti/pretiti
naprijed/napred unaprijediti/unaprediti poslije/posle posljednji/poslednji sljedeći/sledeći
slijediti/slediti posljedica/posledica naslijediti/naslediti slijep/slep sljepoća/slepoća
spriječiti/sprečiti zahtjev/zahtev zahtijeva/zahteva tijelo/telo tjelesni/telesni tijesto/testo
tijesan/tesan utjeha/uteha stijena/stena strijela/strela koljeno/koleno kolijevka/kolevka dio/deo
udio/udeo dijela/dela dijeliti/deliti podijeliti/podeliti podjela/podela odjeljenje/odeljenje
djelo/delo djela/dela djelovati/delovati djelatnost/delatnost djevojka/devojka
djevojčica/devojčica odijelo/odelo odjeća/odeća medvjed/medved grijeh/greh pogriješiti/pogrešiti
vrijednost/vrednost vrijedan/vredan vrijedi/vredi vrijediti/vredeti ozlijeđen/ozleđen
povrijediti/povrediti donijeti/doneti donio/doneo donijela/donela iznijeti/izneti
prenijeli/preneli umrijeti/umreti pijesak/pesak pješak/pešak pješice/pešice bilješka/beleška
zabilježiti/zabeležiti obilježiti/obeležiti obilježje/obeležje dioba/deoba dvije/dve obje/obe
dvjesta/dvesta željezo/železo željeznički/železnički pokrijepiti/pokrepiti prijeći/preći
štedjeti/štedeti uštedio/uštedeo vrijedio/vredeo izvještaj/izveštaj objesiti/obesiti
starješina/starešina suh/suv suha/suva gluh/gluv gluhi/gluvi muha/muva muhe/muve buha/buva uho/uvo
kuhati/kuvati skuhati/skuvati kuhar/kuvar kuhano/kuvano duhan/duvan duhanski/duvanski lahko/lako
lahka/laka mehko/meko mehka/meka polahko/polako kahva/kafa kava/kafa snaha/snaja promaha/promaja
sahat/sat hudovica/udovica historija/istorija historijski/istorijski hrđa/rđa tko/ko netko/neko
nitko/niko svatko/svako itko/iko što/šta koješto/koješta jučer/juče večer/veče također/takođe
sjutra/sutra nijesam/nisam đe/gdje đe/gde ovđe/ovde opći/opšti opće/opšte uopće/uopšte
općina/opština općinski/opštinski svećenik/sveštenik svećenici/sveštenici saopćiti/saopštiti
točka/tačka točno/tačno točan/tačan milijun/milion milijuna/miliona krumpir/krompir
financije/finansije financijski/finansijski demokracija/demokratija suradnja/saradnja
suglasnost/saglasnost utjecaj/uticaj poduzeće/preduzeće poduzeti/preduzeti sretan/srećan
sretna/srećna izvanredno/vanredno tijekom/tokom kemija/hemija kemijski/hemijski kirurg/hirurg
kaos/haos kršćanin/hrišćanin europa/evropa europski/evropski euro/evro shema/šema
organizirati/organizovati organizirao/organizovao organizirana/organizovana organizira/organizuje
realizirati/realizovati reagirao/reagovao reagiraju/reaguju informirati/informisati
informirala/informisala informiran/informisan definirati/definisati definira/definiše
kontrolirati/kontrolisati komentirati/komentarisati kritizirati/kritikovati
modernizirati/modernizovati mobilizirati/mobilisati funkcioniraju/funkcionišu
identificirati/identifikovati reformirane/reformisane ignoriranje/ignorisanje gledatelj/gledalac
gledatelji/gledaoci čitatelja/čitaoca slušateljima/slušaocima tisuća/hiljada tisuće/hiljade
vlak/voz vlakom/vozom vlakovi/vozovi kruh/hljeb kruh/hleb kruha/hleba zrak/vazduh zraku/vazduhu
tjedan/sedmica tjedna/sedmice kazalište/pozorište sustav/sistem glazba/muzika glazbeni/muzički
nogomet/fudbal mrkva/šargarepa žlica/kašika tvornica/fabrika zrakoplov/avion siječanj/januar
kolovoza/avgusta rujna/septembra obitelj/porodica uvjet/uslov tvrtka/firma odvjetnik/advokat
liječnik/ljekar liječnik/lekar znanstvenik/naučnik knjižnica/biblioteka povijest/istorija
povijesni/istorijski otok/ostrvo zastupnik/poslanik izvješće/izveštaj vjerojatno/verovatno
sudjelovati/učestvovati neovisnost/nezavisnost proračun/budžet osobno/lično promet/saobraćaj
sveučilište/univerzitet mirovina/penzija
""".split()

WRONG = """
sela/sijela sedeti/sijediti let/lijet vera/vijera delo/dijelo ples/plijes meta/mjeta red/rijed
peti/pjeti dijela/djela djela/dijela sijena/sjena nije/ne njega/nega njegov/negov nema/nijema
zemlja/zemla nje/ne jedan/edan prijatelj/pretelj klijent/klent dijeta/deta orijent/orent
pacijent/pacent sjedinjene/sedinjene odjednom/odednom objekat/obekat subjekt/subekt radio/radeo
nosio/noseo vozio/vozeo mislio/misleo govorio/govoreo pitao/piteo molio/moleo učio/učeo bio/beo
krio/kreo pio/peo lio/leo sila/sijela mera/mijera mesto/mijesto reka/rjeka vreme/vrjeme
mleko/mljeko dete/djete deca/dijeca sneg/snjeg cena/cjena telo/tjelo svet/svjet vek/vjek lek/ljek
leto/lijeto pesma/pijesma mesec/mijesec pesak/pješak pešak/pijesak ded/dijed seme/sijeme beg/bjeg
bes/bjes greh/grjeh sedi/sijedi sed/sijed bela/bjela celo/cjelo sreda/srjeda meni/mjeni
mene/mijene ten/tijen rep/rijep med/mijed led/lijed jelen/jelijen kamen/kamijen žena/žijena
selo/sjelo pero/pjero more/morje dete/dijeta veza/vijeza berba/bjerba test/tijest tema/tijema
sto/stio šta/štio teo/tio ceo/cil seo/sio video/videla htio/htela želio/željela vidio/vidjela
vrijeme/vremena dijete/deteta mlijeko/mleka rijeka/reku lijep/lepa čovjek/čoveka vlak/voza
vlak/vozač vlakovi/vozači voz/vozilo kruh/hleba tjedan/sedmice tisuća/hiljade suh/suva muha/muvi
kuhar/kuvati kuhinja/kuvinja duha/duva sluh/sluv vrh/vrv strah/strav prah/prav mahati/mavati
dah/dav hvala/vala hlad/lad hrana/rana hladno/ladno hoda/oda tko/što ko/što neko/nitko niko/netko
svako/netko kako/katko oko/otko opći/opšta opći/općina noći/nošti moći/mošti kuća/kušta
sreća/srešta voće/vošte plaća/plašta organizirati/organizisati informirati/informovati
birati/bisati svirati/svisati dirati/dovati sviram/svujem biram/bišem organizira/organizovao
organiziraju/organizuje pisati/pirati disati/dirati kupovati/kupirati prijatelj/prijalac
učitelj/učilac gledatelj/gledaoca točka/tačke točiti/tačiti bok/bak tok/tak milijun/milioni
europa/evropu kemija/hemije kosa/hosa kuća/huća kora/hora kolači/holači krov/hrov vjera/vjere
pjesma/pjesme dijelovi/djelovi zvijezda/svijet rječnik/riječ liječnik/lečiti obitelj/porodici
porodica/porodice porodica/porodici historija/historije jun/jul januar/februar zrak/zraka
avion/avijon radit/radić ću/će sam/sem dan/den san/sen
""".split()


def split(pairs: list[str]) -> list[tuple[str, str]]:
    return [(one.lower(), other.lower()) for one, _, other in (p.partition("/") for p in pairs)]


@pytest.mark.parametrize("pair", split(TOLERATED), ids="/".join)
def test_a_word_stands_for_its_variant_either_way(pair: tuple[str, str]) -> None:
    """Whichever standard the reference and the hypothesis are in, the variant is tolerated."""
    assert tolerated(*pair)
    assert tolerated(pair[1], pair[0])


@pytest.mark.parametrize("pair", split(WRONG), ids="/".join)
def test_other_words_are_errors_though_a_rule_might_join_them(pair: tuple[str, str]) -> None:
    """Only listed words alternate, and only with the same ending."""
    assert not tolerated(*pair)
    assert not tolerated(pair[1], pair[0])


def test_the_lists_are_long_enough_to_mean_something() -> None:
    """At least 200 pairs that differ are tolerated, and at least 100 are not."""
    assert len({pair for pair in split(TOLERATED) if pair[0] != pair[1]}) >= 200
    assert len(set(split(WRONG))) >= 100


SPAN_PAIRS = [
    ("radit ću", "radiću"), ("pisat ćeš", "pisaćeš"), ("bit će", "biće"), ("vidjet ću", "videću"),
    ("vidjet ću", "vidjeću"), ("htjet ćete", "htećete"), ("jest ću", "ješću"),
    ("krast će", "krašće"), ("ne ću", "neću"), ("ne ćemo", "nećemo"),
    ("živjet ćemo", "živećemo"), ("razumjet će", "razumeće"), ("govorit će", "govoriće"),
    ("organizirat ćemo", "organizovaćemo"), ("zračna luka", "aerodrom"),
    ("zračnu luku", "aerodrom"), ("zračnoj luci", "aerodromu"),
]  # fmt: skip


@pytest.mark.parametrize(("two", "one"), SPAN_PAIRS)
def test_two_words_stand_for_one(two: str, one: str) -> None:
    """The future tense may be one word or two, in either text."""
    assert tolerated_spans(two.split(), [one])
    assert tolerated_spans([one], two.split())


@pytest.mark.parametrize(
    ("two", "one"),
    [
        ("radit ću", "radićeš"), ("ku ću", "kuću"), ("sat ću", "sreću"), ("ne će", "neću"),
        ("doći ću", "doću"), ("mlijeko će", "mleće"), ("je li", "jeli"),
        ("zračna luka", "aerodromu"),
    ],
)  # fmt: skip
def test_other_neighbours_are_not_one_word(two: str, one: str) -> None:
    """Nothing else is joined."""
    assert not tolerated_spans(two.split(), [one])
    assert not tolerated_spans([one], two.split())


def test_spans_of_one_length_are_compared_word_by_word() -> None:
    """Each word must stand for the one at its place."""
    assert tolerated_spans(["lijepo", "vrijeme"], ["lepo", "vreme"])
    assert not tolerated_spans(["lijepo", "vrijeme"], ["vreme", "lepo"])
    assert not tolerated_spans(["a", "b", "c"], ["a"])


@pytest.mark.parametrize("language", ["bs", "hr", "sr", "sh", "cnr", "sr-Latn", "HR", "bs_BA"])
def test_the_standards_alternate(language: str) -> None:
    """Regional codes and scripts do not matter."""
    assert alternates(language)


@pytest.mark.parametrize("language", [None, "", "en", "sl", "mk", "de", "hu"])
def test_other_languages_do_not(language: str | None) -> None:
    """Not even the neighbours'."""
    assert not alternates(language)


def test_a_word_that_both_standards_write_alike_has_no_other_form() -> None:
    """Nothing is made up for words without yat."""
    for word in ("kuća", "nije", "prijatelj", "radio", "klijent", "moje", "dobije", "objekt"):
        assert not to_ekavian(word)


@given(st.text(alphabet="abcčćdđeghijklmnoprsštuvzž", min_size=1, max_size=12))
def test_any_word_is_itself_and_tolerance_has_no_direction(word: str) -> None:
    """Whatever the word: it stands for itself, and for each of its forms in both directions."""
    assert tolerated(word, word)
    for form in to_ekavian(word):
        assert tolerated(word, form)
        assert tolerated(form, word)
