"""The commonest small words of languages that may turn up in a data set.

`sh` stands for Bosnian, Croatian, Montenegrin and Serbian together.
"""

# ruff: noqa: RUF001 - words in Cyrillic script
from typing import Final

COMMON: Final = {
    "sh": """
je u i na se da za su od s sa o ne ali kao što koji koja koje iz po do će li to ovo ono taj ta te ti
mi vi oni ona on ga mu ih joj im nije nisu bio bila bilo bili biti sam smo ste si ćemo ću bi kad
kada gdje gde kako jer ili ako samo još već vrlo veoma može mogu mora treba nakon posle poslije
prije pre između prema protiv zbog radi kod bez pod nad pred kroz jedan jedna dva dve dvije sve svi
tko ko šta ništa nešto neki neka tako sad sada danas ovaj ova ova ovog tog toga njega njih nego pa a
dobro dan hvala molim ima imaju nema evo evo eto znam znaš kaže reći rekao rekla međutim također
takođe dobar večer veče jutro ljudi godine godina vrijeme vreme kuća voda čovjek čovek
""",
    "en": """
the of and to a in is it you that he was for on are with as his they be at one have this from or had
by but not what all were we when your can said there use an each which she do how their if will up
about out many then them these so some her would make like him has two more no way could my than
been who now did get i yes know think right just well very good okay thank thanks hello please it's
don't that's i'm morning night here where why our us me also over after before
""",
    "de": """
der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden
aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur
oder aber vor zur bis mehr durch man sein wurde ich du wir ihr mich dir ja nein guten danke bitte
""",
    "sl": """
je in v na se za so ki da pa bi ne ni s z po tudi iz kot o od do še ali sem si ga jih mu lahko bil
bila bilo kaj kako kdo kje zakaj ker če ko samo že vse vsi zelo tako to ta ti tem tega pri med pred
brez proti nekaj nič jaz smo ste sva dober hvala prosim leta danes bo bodo bomo
""",
    "mk": """
и на во се да од за со не е ги го што ќе јас ти тој таа тоа ние вие тие ова овој оваа или но како по
ја му им беше има нема биде сум си сме сте треба може многу само уште кога каде зошто сите еден една
до при без меѓу според поради денес година години добро благодарам
""",
    "ru": """
и в не на что я с он как это по но они к у ты из мы за вы так же от было она был его только бы ещё
уже когда для вот кто да ли если или быть мне нет чтобы их все всё очень может
""",
    "bg": """
на и да се от за в не с по е са че ще като до или това той тя ние вие те аз как който която които
беше има няма бъде може много само още когато къде защо всички един една при без между според
""",
    "it": """
di e il la che in a per un è del non con le si da una dei i sono al della ha come ma lo gli più
anche nel alla o mi ci se questo questa quello cosa io tu noi voi loro sì no grazie buongiorno molto
""",
    "fr": """
de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec
mais ou cette je tu nous vous ils elle aux son sa ses d'un été être ont merci bonjour oui non très
""",
    "es": """
de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me
si sin sobre este ya entre cuando todo esta ser son también fue yo tú nosotros gracias hola sí muy
""",
    "pl": """
w i na z do się nie że jest o to jak po za od przez dla co ale czy są tym tak już był była było być
tylko może jego jej ich ma które który która oraz przy ja ty my wy oni dziękuję dzień dobry bardzo
""",
    "cs": """
a v se na je že z s o do i to k ve pro za by ale si po jako jsem jsou byl byla bylo být co tak už
při která který které nebo jen jeho její jejich má mám od také aby jsme jste děkuji dobrý den velmi
""",
    "hu": """
a az és hogy nem is egy van meg de ez azt csak mint ha már volt még el vagy minden nagyon én te mi
ők lesz lehet ezt itt ott mert kell most köszönöm igen jó napot
""",
}
