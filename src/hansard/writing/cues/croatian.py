"""The cue phrases of Croatian, Bosnian and Serbian, ijekavian and ekavian, in Latin letters."""

from hansard.writing.cues.tables import CueTable, one_of, pattern

_STEM = one_of(
    "ažurir dodat doda dogovor donije donese donijet dostav istraž ispravi javi kontaktir kup "
    "nabavi napisa napiš napravi nazov nazva objav obavijest obavest obavi organizir organizuj "
    "pita pitat plati platit podijel podel pokren popravi poprav posla pošalj potpisa potpiš "
    "potvrd predaj predat pregleda pregledat prevedi prevest prevede priprem prosljed prosled "
    "provjer prover razgovara rezervir rezerviš riješ reši rješ sastav skupi testir uredi unese "
    "uradi učinit ugovor zakaž zakaza zamol završ zvat"
)
_VERB = rf"{_STEM}\w*"
_BETWEEN = r"(?:(?!ne\b)\w+ ){0,4}?"
_MADE = (
    r"(?:odlučil|dogovoril|zaključil|složil|usvojil|izglasal|prihvatil|usuglasil|usaglasil)[ieao]"
)
_DONE = (
    r"(?:odlučen|dogovoren|zaključen|usvojen|prihvaćen|izglasan|odobren|odbijen|usuglašen|usaglašen)"
    r"[aoie]?"
)
_DAY = (
    r"(?:ponedjelj(?:ka|kom|ak)|ponedelj(?:ka|kom|ak)|utor(?:ka|ak)|srijed[aeu]|sred[aeu]|"
    r"četvrt(?:ka|ak)|pet(?:ka|ak)|subot[aeu]|nedjelj[aeu]|nedelj[aeu])"
)
_MONTH = (
    r"(?:siječnja|veljače|ožujka|travnja|svibnja|lipnja|srpnja|kolovoza|rujna|listopada|studenog[a]?"
    r"|prosinca|januara|februara|marta|aprila|maja|juna|jula|avgusta|augusta|septembra|oktobra"
    r"|novembra|decembra)"
)
_SPAN = r"(?:tjedna|nedelje|nedjelje|sedmice|mjeseca|meseca|godine|dana|kvartala|sprinta|sastanka)"
_WHEN = (
    rf"(?:kraja (?:ovog |ove |sljedećeg |sledeće |idućeg )?(?:{_SPAN}|{_MONTH})\b|"
    rf"(?:sljedeć\w+ |sledeć\w+ |iduć\w+ |ov\w+ )?{_DAY}\b|\d{{1,2}}\.? (?:{_MONTH}|\d{{1,2}}\.)|"
    rf"(?:sljedeć\w+|sledeć\w+|iduć\w+) (?:{_SPAN}|{_MONTH})|"
    rf"(?:sutra|prekosutra|večeras|danas|podneva|ponoći)\b|"
    rf"\d{{1,2}}(?:[:.]\d\d)? ?(?:sati|sata|h)\b)"
)

TABLE = CueTable(
    decided=pattern(
        rf"\b{_MADE} (?:smo|su)\b",
        rf"\b(?:smo|su) (?:se )?(?:\w+ ){{0,2}}{_MADE}\b",
        rf"\b(?:je|su|bi) (?:\w+ )?{_DONE}\b|\b{_DONE} (?:je|su)\b",
        r"\bdon(?:ij|)eli smo (?:\w+ )?odluku\b|\bdonosimo odluku\b|\bodluka (?:je|glasi)\b",
        r"\b(?:idemo|ostajemo|nastavljamo) (?:s|sa|na|pri|kod) \w+",
        r"^(?:dakle |znači |dobro )?dogovoreno[,:.;] \w+",
    ),
    undecided=pattern(
        r"\b(?:ni(?:je|smo|su)|ne|nikad|ništa)\b[^.!?]{0,25}\b(?:odluč|dogovor|zaključ|slož|usvoj"
        r"|prihva)",
        r"\b(?:ako|kad|kada|dok|prije nego|pre nego|da li)\b[^.!?,]{0,25}\b(?:odluč|dogovor|zaključ"
        r"|usvoj)",
        r"\b(?:treba|moramo|možemo|mogli|trebali)\b[^.!?,]{0,20}\b(?:odlučiti|dogovoriti|odlučimo)",
    ),
    task=pattern(
        rf"\b{_STEM}\w*(?:t|ti)? ?(?:ću|ćemo)\b",
        rf"\b(?:ću|ćemo|će|ćeš|ćete) {_BETWEEN}{_VERB}",
        rf"\b(?:možeš li|možete li|hoćeš li|hoćete li|biste li|bi li|da li možeš|da li možete) "
        rf"{_BETWEEN}{_VERB}",
        rf"\b(?:treba|trebam|trebamo|trebaš|trebate|trebaju|mora|moram|moramo|moraš|morate|moraju) "
        rf"(?:da )?{_BETWEEN}{_VERB}",
        rf"\bmolim (?:te|vas)\b,? (?:da )?{_BETWEEN}{_VERB}",
        r"\b(?:zadužen|zadužena|odgovoran|odgovorna) (?:je |si |sam )?za\b",
        r"\bzadatak (?:je|za)\b|\bpreuzimam\b",
        rf"\brok (?:je )?(?:do )?{_WHEN}",
    ),
    no_task=pattern(
        r"\b(?:neću|nećemo|neće|nećeš|nećete|ne treba|ne trebamo|ne moramo|ne mora)\b",
        r"\b(?:ako|kad bi|da sam|da smo)\b",
    ),
    due=pattern(
        rf"\b(?:do|prije|pre|najkasnije do|u|za) {_WHEN}",
        r"\b(?:za|u roku od|kroz) (?:\w+ )?(?:dan|dana|tjedan|tjedna|sedmicu|nedelju|nedjelju|"
        r"mjesec|mesec|sata|sati)\b",
        rf"\b(?:sljedeć\w+|sledeć\w+|iduć\w+) (?:{_DAY}|tjedan|tjedna|mjesec|sedmic[aeu])\b",
        r"\b(?:sutra(?: ujutro| popodne| navečer| uveče)?|prekosutra|večeras|danas|što prije|"
        r"što pre|odmah)\b",
    ),
    mine=pattern(
        rf"\bću\b|\b{_STEM}\w*ću\b",
        r"\b(?:trebam|moram|preuzimam|zadužen sam|zadužena sam|ja sam zadužen\w?)\b",
    ),
    theirs=pattern(
        r"(?-i:\b(?P<name>[A-ZČĆŽŠĐ]\w+) (?:će|treba|mora|je zadužen|je zadužena)\b)",
        r"(?-i:^(?:(?:I|A|Dakle|Onda|Dobro),? )?(?P<called>[A-ZČĆŽŠĐ]\w+), (?:možeš|možete|hoćeš|"
        r"molim|da li|ti|treba))",
        r"(?-i:\b(?:možeš|možete|hoćeš|biste)\b[^?]*, (?P<last>[A-ZČĆŽŠĐ]\w+)\?$)",
    ),
    nobody=frozenset(
        "ja ti on ona ono mi vi oni one to ovo netko neko nitko niko svatko svako svi svatko tko "
        "ko što šta i a ali ili dakle znači dobro onda sada sad danas sutra možda ovdje ovde tamo "
        "molim hvala da ne to bit biti".split()
    ),
    open_question=pattern(
        r"^(?:(?:a|i|pa|ali|dobro|dakle|znači|onda|sad|sada),? )*(?:[\w' ]{1,30}, )?"
        r"(?:što|šta|zašto|zbog čega|kako|kada|kad|gdje|gde|kamo|kuda|tko|ko|koji|koja|koje|kojeg|"
        r"kojem|čiji|čija|koliko|kakav|kakva|kakvo|kakve|u kojoj|na koji|"
        r"s kim|sa kim|o čemu|čemu)\b"
    ),
    bare_question=pattern(
        r"^(?:(?:a|i|pa|dobro) )?(?:da li|je li|jesu li|jesi li|jeste li|ima li|imate li|imaš li|"
        r"može li|možemo li|možete li|možeš li|hoće li|hoćemo li|hoćeš li|zašto|koliko|"
        r"kako (?:je|su|da|si|ste|bi)|što (?:je|su|si|ste|bi)|šta (?:je|su|si|ste|bi)|"
        r"gdje (?:je|su)|gde (?:je|su)|tko (?:je|će|bi)|ko (?:je|će|bi)|kada (?:je|će|bi))\b"
    ),
    small_talk=pattern(
        r"(?:(?:a|i|pa|ali|dobro|da|ne|ma),? )*(?:zar ne|je li|jel|jel da|je l da|je l'|"
        r"razumiješ|razumeš|razumijete|razumete|znaš|znate|"
        r"stvarno|zaista|ozbiljno|dobro|u redu|ok|okej|može|molim|što|šta|kako|ha|"
        r"(?:čujete|čuješ|vidite|vidiš) li (?:me|nas|ekran)|kako (?:si|ste)(?: danas)?|tko zna|"
        r"ko zna|zašto ne|ima li (?:pitanja|još pitanja)|(?:još )?nešto|što ti ja znam|"
        r"da li (?:me|se) (?:čujete|čuješ|čujemo)|"
        r"(?:možemo li|mogu li|da) (?:krenuti|početi|nastaviti|krenemo|počnemo|nastavim))\W*"
    ),
    tag=pattern(r", (?:zar ne|je li|jel da|jel|je l da|ne|da|dobro|u redu|okej|ok|ha)\?+$"),
    first_person=pattern(r"\b(?:ja|sam|smo|moj|moja|moje|mene|meni|mi|nas|nam|naš|naša|naše)\b"),
    vivid=pattern(
        r"\b(?:nikad|nikada|uvijek|uvek|ništa|nitko|niko|svi|volim|volio|volela|voljela|mrzim|"
        r"vjerujem|verujem|san|sanjao|sanjala|strah|bojim|ponosan|ponosna|iskreno|istina|prekrasno|"
        r"strašno|nevjerojatno|neverovatno|najbolj\w+|najgor\w+|najveć\w+|najvažnij\w+|srce|srca|"
        r"život\w*|umr\w+|borb\w+|plaka\w+|smija\w+|sjeća\w+|seća\w+|promijeni\w+|promeni\w+|"
        r"grešk\w+|pogrešk\w+|naučil\w+|shvati\w+|zamisli\w*|kao da|odbijam)\b"
    ),
    spoken_link=pattern(
        r"\b(?:[a-z0-9-]+ )(?:(?:točka|tačka) )(?:[a-z0-9-]+ (?:točka|tačka) ){0,2}"
        r"(?:com|hr|rs|ba|org|net|info|eu|me|si)\b(?: (?:kosa crta|slash) [a-z0-9-]+){0,3}"
    ),
)
