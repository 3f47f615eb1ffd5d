"""The cue phrases of German."""

from hansard.writing.cues.tables import CueTable, one_of, pattern

_INFINITIVE = one_of(
    "anrufen aktualisieren anlegen aufschreiben ausfüllen beantragen bearbeiten bereitstellen "
    "besorgen bestellen bestätigen bezahlen buchen einladen einplanen einreichen entwerfen "
    "erledigen erstellen fertigstellen festhalten fragen freigeben heraussuchen hochladen "
    "informieren klären kontaktieren kontrollieren kümmern liefern melden mitbringen mitteilen "
    "nachfragen nachreichen nachsehen organisieren planen prüfen reservieren schicken schreiben "
    "senden sprechen teilen testen treffen überarbeiten übernehmen übersetzen überprüfen "
    "unterschreiben veröffentlichen vereinbaren verschicken verteilen vorbereiten vorlegen "
    "weiterleiten zahlen zusammenfassen zusammenstellen zuschicken zusenden".replace("-", r"\-")
)
_PRESENT = one_of(
    "aktualisiere bearbeite besorge bestelle bestätige buche entwerfe erledige erstelle frage "
    "informiere kläre kontaktiere kümmere liefere melde organisiere plane prüfe reserviere rufe "
    "schicke schreibe sende spreche teile teste überarbeite übernehme überprüfe unterschreibe "
    "vereinbare verschicke verteile veröffentliche"
)
_MODAL = one_of("muss müssen müsste müssten soll sollen sollte sollten musst müsst sollst")
_MADE = one_of("beschlossen entschieden geeinigt vereinbart festgelegt abgestimmt verabschiedet")
_PASSED = one_of("angenommen abgelehnt genehmigt bewilligt verabschiedet beschlossen")
_DAY = r"(?:Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonnabend|Sonntag)"
_MONTH = (
    r"(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember|Jänner)"
)
_SPAN = r"(?:Woche|Monats?|Quartals?|Jahres?|Tages?|Sprints?|Sitzung)"
_WHEN = (
    rf"(?:Ende (?:der |des |nächster |nächsten |dieser |dieses )?(?:{_SPAN}|{_MONTH})\b|"
    rf"(?:nächsten |kommenden |diesen )?{_DAY}(?:abend|morgen|mittag|nachmittag| früh)?\b|"
    rf"\d{{1,2}}\. ?(?:{_MONTH}|\d{{1,2}}\.)|{_MONTH}\b|"
    r"(?:nächsten?|kommenden?|diese[rn]?) (?:Woche|Monat|Quartal|Sitzung)\b|"
    r"(?:übermorgen|morgen(?: früh| abend| mittag)?|heute(?: abend)?|Mittag|Mitternacht)\b|"
    r"\d{1,2}(?::\d\d)? Uhr\b)"
)
_GAP = r"[^.!?]{0,60}?\b"

TABLE = CueTable(
    decided=pattern(
        rf"\b(?:wir haben|haben wir|man hat|der (?:Vorstand|Ausschuss|Rat) hat) {_GAP}{_MADE}\b",
        rf"\b(?:es|das) (?:wurde|ist|wird|war) {_GAP}(?:{_MADE}|abgemacht)\b",
        r"\bwir (?:einigen uns auf|entscheiden uns für|bleiben bei|machen es so)\b",
        r"\b(?:die|unsere|meine) Entscheidung (?:ist|lautet|war)\b",
        rf"\b(?:Antrag|Vorschlag|Plan|Haushalt|Protokoll|Budget)\b[^.!?]{{0,40}}"
        rf"\b(?:ist|wurde|wird|sind|wurden) (?:\w+ ){{0,2}}{_PASSED}\b",
        r"^(?:also |gut,? )?(?:abgemacht|beschlossen|einverstanden)[:,.;] \w+",
    ),
    undecided=pattern(
        rf"\b(?:nicht|nie|noch kein\w*|nichts)\b[^.!?]{{0,25}}\b(?:{_MADE}|abgemacht)\b",
        rf"\b(?:ob|wenn|falls|bevor|sobald)\b[^.!?,]{{0,60}}\b{_MADE}\b",
    ),
    task=pattern(
        rf"\b(?:ich|wir) (?:werde|werden) {_GAP}{_INFINITIVE}\b",
        rf"\b(?:werde|werden) (?:ich|wir) {_GAP}{_INFINITIVE}\b",
        rf"\bich {_PRESENT}\b|\b{_PRESENT} ich\b",
        rf"\b(?:kannst|könntest|können|könnten|könnt|würdest|würden) (?:du|ihr|Sie)\b"
        rf"{_GAP}{_INFINITIVE}\b",
        rf"\b(?:ich|du|wir|ihr|Sie|jemand|(?-i:[A-ZÄÖÜ]\w+)) {_MODAL} {_GAP}{_INFINITIVE}\b",
        rf"(?-i:\b[A-ZÄÖÜ]\w+ (?:wird)) {_GAP}{_INFINITIVE}\b",
        r"\b(?:kümmert sich|kümmere mich|kümmerst dich|kümmern uns) um\b",
        r"\b(?:übernimmt|übernimmst)\b",
        r"\b(?:ist|sind|bist|bin) (?:dafür |dann )?(?:zuständig|verantwortlich) für\b",
        r"\bbitte (?:schick|schreib|send|prüf|ruf|meld|bestell|erstell|erledig|klär|bring|"
        r"organisier)\w*\b",
        r"\b(?:Aufgabe|To-do) (?:ist|für|an)\b",
    ),
    no_task=pattern(
        r"\b(?:werde|werden|muss|müssen|soll|sollen|brauchen?) (?:\w+ ){0,3}(?:nicht|kein\w*)\b",
        r"\b(?:wenn|falls) (?:ich|du|wir|ihr|Sie|man)\b",
        r"\bich (?:frage|spreche) (?:mich|hier|jetzt|von|für)\b",
    ),
    due=pattern(
        rf"\b(?:bis(?: spätestens)?(?: zum| zur)?|vor|spätestens(?: am)?|am|um|noch|zum) {_WHEN}",
        r"\b(?:in|innerhalb von|binnen) (?:\w+ )(?:Tagen|Tag|Wochen|Woche|Stunden|Monaten)\b",
        rf"\b(?:nächsten?|kommenden?|diesen?) (?:{_DAY}|Woche|Monat)\b",
        r"\b(?:übermorgen|heute(?: noch| abend)?|so bald wie möglich|sofort|umgehend)\b",
        r"(?-i:\bmorgen(?: früh| abend| mittag)?\b)",
    ),
    mine=pattern(r"\bich\b", r"\bkümmere mich\b"),
    theirs=pattern(
        r"(?-i:^(?:(?:Und|Also|Gut|Dann),? )?(?P<name>[A-ZÄÖÜ]\w+) (?:wird|muss|soll|sollte|"
        r"übernimmt|kümmert sich|ist zuständig))",
        r"(?-i:^(?:(?:Und|Also|Gut|Okay),? )?(?P<called>[A-ZÄÖÜ]\w+), (?:kannst|könntest|können|"
        r"könnten|würdest|bitte|du))",
        r"(?-i:\b(?:du|Sie)\b[^?]*, (?P<last>[A-ZÄÖÜ]\w+)\?$)",
    ),
    nobody=frozenset(
        "ich du er sie es wir ihr man jemand niemand wer was das dies dieser diese dieses der die "
        "den jeder alle und aber oder also gut dann jetzt heute morgen okay ja nein hier dort "
        "bitte vielleicht danke team firma montag dienstag mittwoch donnerstag freitag".split()
    ),
    open_question=pattern(
        r"^(?:(?:und|aber|also|gut|okay|ja|dann|nun),? )*(?:[\w' ]{1,30}, )?"
        r"(?:was|warum|weshalb|wieso|wie|wann|wo|wohin|woher|wer|wen|wem|wessen|welche[rsnm]?|"
        r"worum|womit|wofür|woran|wodurch|(?:in|an|auf|zu|für|mit|von|aus) (?:welche[rsnm]?|wem))\b"
    ),
    bare_question=pattern(
        r"^(?:(?:und|aber|also) )?(?:warum|weshalb|wieso|wie (?:viel|viele|lange|oft|ist|sind|kann|"
        r"können|geht)|was (?:ist|sind|machen|soll|sollen|hat)|wann (?:ist|sind|kommt|machen)|"
        r"wo (?:ist|sind)|wer (?:ist|macht|kann|hat)|(?:können|haben|sind|müssen|sollen|wollen|"
        r"werden) (?:wir|Sie|sie|ihr)|(?:kannst|hast|bist|willst) du|gibt es)\b"
    ),
    small_talk=pattern(
        r"(?:(?:und|aber|also|ja|nein|na),? )*(?:oder|nicht wahr|weißt du(?: was)?|wissen Sie|"
        r"verstehst du|verstehen Sie|wirklich|echt|ja|nein|okay|ok|gut|klar|was|wie|wie bitte|"
        r"bitte|hm|ne|gell|stimmt's|(?:hört|hören|hörst|seht|sehen) (?:ihr|Sie|du) (?:mich|uns|das|"
        r"meinen Bildschirm)|wie geht(?:'s| es)(?: (?:dir|Ihnen|euch))?|wer weiß|warum nicht|"
        r"na und|(?:noch |gibt es )?(?:weitere )?fragen|sonst noch (?:was|etwas|fragen)|"
        r"(?:können|sollen|wollen) wir (?:anfangen|beginnen|weitermachen|starten))\W*"
    ),
    tag=pattern(r", (?:oder|nicht|nicht wahr|ja|gell|ne|okay|richtig|stimmt's|oder nicht)\?+$"),
    first_person=pattern(r"\b(?:ich|mein\w*|mich|mir|wir|uns|unser\w*)\b"),
    vivid=pattern(
        r"\b(?:nie|niemals|immer|alles|nichts|niemand|liebe|liebte|hasse|hasste|glaube|traum|"
        r"träume|angst|stolz|ehrlich|wahrheit|wunderschön|schrecklich|unglaublich|verrückt|beste\w*|"
        r"schlimmste\w*|größte\w*|wichtigste\w*|herz\w*|leben\w*|gestorben|kämpf\w+|geweint|"
        r"gelacht|erinnere|verändert|fehler|geheimnis|gelernt|begriffen|stell dir vor|als ob)\b"
    ),
    spoken_link=pattern(
        r"\b[a-z0-9-]+(?: Punkt [a-z0-9-]+){0,2} Punkt (?:com|de|at|ch|org|net|info|eu|io)\b"
        r"(?: (?:Schrägstrich|Slash) [a-z0-9-]+){0,3}"
    ),
)
