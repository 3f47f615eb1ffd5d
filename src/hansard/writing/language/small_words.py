# ruff: noqa: RUF001 - letters of many scripts look alike
"""Words that carry little meaning: our own lists where the package's are missing or spoilt.

The lists of the `stop-words` package hold far too much for English (`research`, `system`,
`problem` ...), are in a broken encoding for Turkish, in ancient Greek for Greek, and are missing
for Croatian, Serbian and Bosnian. Fillers are what people say while they think.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ENGLISH: Final = """
a about above across actually after again against ago all almost along already also although always
am among an and another any anybody anyhow anymore anyone anything anyway anywhere apparently are
aren't around as ask asked asking at away back basically be became because become been before behind
being below besides between beyond bit both but by came can can't cannot certain certainly come
comes coming could couldn't couple course definitely did didn't do does doesn't doing don't done
down dunno during each either else enough especially etc even ever every everybody everyone
everything exactly example fairly far few find first for four from further gave get gets getting
give given gives go goes going gone gonna good got gotta guess guys had hadn't happen happens hardly
has hasn't have haven't having he he'd he'll he's hello hence her here here's hers herself hi him
himself his hold honestly hopefully how how's however i i'd i'll i'm i've if in indeed instead into
is isn't it it'd it'll it's its itself just keep kept kind kinda knew know known knows last later
least less let let's like likely little long look looked looking looks lot lots made mainly make
makes making many may maybe me mean means might mine more most mostly mr mrs ms much must my myself
near nearly need needed needs neither never next no nobody none nor not nothing now nowhere
obviously of off often oh ok okay on once one one's ones only onto or other others otherwise ought
our ours ourselves out over own part particular particularly perhaps please possibly pretty probably
put quite rather really right said same saw say saying says see seem seems seen several shall she
she'd she'll she's should shouldn't simply since so some somebody somehow someone something
sometimes somewhat somewhere soon sorry sort still stuff such suppose supposed sure take taken takes
taking talk talked talking tell than thank thanks that that'd that'll that's the their theirs them
themselves then there there'd there's therefore these they they'd they'll they're they've thing
things think thinking this those though thought three through thus till to today together told too
took toward towards tried try trying two under unless until up upon us use used uses using usually
very via wanna want wanted wants was wasn't way ways we we'd we'll we're we've well went were
weren't what what's whatever when where where's whereas wherever whether which whichever while who
who's whoever whole whom whose why will wish with within without won't would wouldn't yes yet you
you'd you'll you're you've your yours yourself yourselves
"""

CROATIAN: Final = """
a ako ali baš bez bi bih bijah bijaše bila bile bili bilo bio bismo biste biti bićemo blizu bolje
bude budem budemo budete budeš budu biće će ćemo ćeš ćete ću čak čega čemu čije čiji da dakle dalje
dan danas daj dajte dio deo do dobro dok dole donde dosta dva dvije dve eto evo gde gdje god gore
hoće hoćemo hoćeš hoćete hoću htio hteo htjela i iako ih ili im ima imaju imali imam imamo imao
imate imaš in inače ipak ispod ispred iz iza između iznad ja je jedan jedna jedne jedno jednog
jednom jednu jer jeste jesam jesi jesmo jesu još ju kad kada kaj kako kao kasnije kaže kažem koga
koja koje kojeg kojem kojeg koji kojih kojim kojima kojoj koju kod koliko kome kroz ko koga krajem
tko tkogod ka k lako li malo manje među me mene meni mi misli mislim mislimo mišljenja mnogo moći
mogao mogla mogli mogu možda može možemo možeš možete moj moja moje moji mora moraju moram moramo
morate moraš na nad nakon nam nama naravno nas naš naša naše našeg našem naši naših našu ne neće
nećemo neću neka neke nekad nekako neki nekih nekim neko nekog nekoliko nego nek nema nemam nemaju
nešto netko ni nije nijedan nikad nikada nisam nisi nismo niste nisu ništa nitko niko no nju njega
njegov njegova njegove njegovo njemu njen njene njih njihov njihova njihove njim njima njoj njom o
ob od odakle odmah odnosno oko on ona onaj onako onda one oni onih onim ono onog onoga onom onome
onu opet osim ova ovaj ovako ovde ovdje ove ovi ovih ovim ovo ovog ovoga ovom ovome ovu pa pak par
po pod pored poslije posle potom pre preko prema prije pri prvi prva pred radi recimo reći rekao
rekla rekli s sa sad sada sam sama same sami samo se sebe sebi si smo sniti ste stoga su sva svaka
svake svaki svako svakog sve svega svemu svi svih svim svima svoj svoja svoje svojeg svojih svojim
svoju ta tad tada taj tako takav takva takve također takođe tamo te tebe tebi ti tih tijekom tim
time timu to tog toga toj tokom toliko tom tome tu tvoj tvoja tvoje u uopće uopšte upravo uvek
uvijek uz vam vama vas vaš vaša vaše važi već vi vidi vidim vidimo više vjerojatno verovatno vrlo
za zašto zato zatim zbog zna znači znam znamo znaš znate zapravo što šta štogod sto želi želim žele
"""

TURKISH: Final = """
acaba ama ancak artık aslında az bana bazı belki ben bende benden beni benim bile bir biraz birçok
biri birkaç bu buna bunda bundan bunlar bunu bunun burada bütün çok çünkü da daha de defa değil diye
dolayı en eğer fakat falan gibi göre ha hangi hatta hem hep hepsi her hiç için içinde ile ise işte
kadar karşı kendi kez ki kim kimi kimin mı mi mu mü nasıl ne neden nerede nereye niçin niye o olan
olarak oldu olduğu olduğunu olur olsa olsun on ona ondan onlar onları onların onu onun orada oysa
öyle pek peki rağmen sadece sanki sen senden seni senin siz sizden sizi sizin son sonra şey şeyi
şeyler şimdi şöyle şu şuna şunu tabii tamam tüm üzere var ve veya ya yani yine yok zaten
"""

GREEK: Final = """
α αλλά αν αντί από αυτά αυτές αυτή αυτό αυτοί αυτός αυτού αυτούς αυτών αφού για γιατί δεν δηλαδή
εάν εγώ εδώ είμαι είμαστε είναι είσαι είστε είχα είχαμε είχαν είχε εκεί εκείνα εκείνη εκείνο εκείνος
εμάς εμείς ένα έναν ένας ενώ επειδή επίσης εσείς εσύ έτσι έχει έχετε έχω έχουμε έχουν η ή ήδη ήμουν
ήταν θα ίσως και κάθε καθώς κάποια κάποιο κάποιος κάτι κατά λοιπόν μα μαζί μας με μέσα μετά μέχρι
μη μην μία μια μου μπορεί μπορούμε να ναι ο οι όλα όλες όλη όλο όλοι όμως όπου όπως όσο όταν ό,τι
ότι ούτε όχι πάλι πάντα πάρα παρά περί πιο πιά ποια ποιο ποιος πολλά πολλές πολλοί πολύ ποτέ πού που
πριν προς πρώτα πώς πως σαν σας σε σου στα στη στην στις στο στον στους τα τη την της τι τίποτα τις
το τον του τους των τώρα χωρίς ως ώστε
"""

OWN: Final[Mapping[str, str]] = MappingProxyType(
    {"en": ENGLISH, "hr": CROATIAN, "tr": TURKISH, "el": GREEK}
)
"""ISO 639-1 code to the words of the list."""

FILLERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "": "ah aha eh ehm em erm er hm hmm mhm mm mmm uh uhm uhhuh um umm",
        "en": "alright aye cause cos em yeah yep yup nah nope huh wow mm-hmm whoa ooh kay cool",
        "hr": "aha dobro ej em hajde hm ma mislim mhm naime ok okej ovaj pa recimo e uh znači",
        "de": "äh ähm eben genau gell halt hm ja mal na naja ne nee okay quasi so sozusagen tja",
        "fr": "ah alors ben bah bon bref enfin euh hein hum ouais oui ok quoi voilà",
        "es": "ah bueno claro eh ehm este entonces mmm o pues sea sí vale vamos verdad",
        "it": "ah allora beh boh cioè comunque dunque ecco eh ehm insomma mah praticamente tipo",
        "pt": "ah aí bom né então hã hum olha pois pronto sabe sim tá tipo",
        "nl": "eh ehm gewoon hè hoor ja nou oké toch zeg zeker zoiets",
        "pl": "aha ehm eee hm no okej prawda tak właśnie yyy znaczy",
        "ru": "ага вообще вот ладно мм ну окей типа угу хм эм ээ",
        "tr": "ee eee evet hani hmm ıı işte peki şey tamam yani",
    }
)
"""ISO 639-1 code to what people say while they think; the ones under "" are said everywhere."""
