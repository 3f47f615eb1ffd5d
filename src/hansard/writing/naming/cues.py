"""Where a name is said, in English, German, and Croatian, Bosnian and Serbian; data only."""

import re
from dataclasses import dataclass
from typing import Final, Literal

Whose = Literal["self", "next new", "next", "previous"]
"""Whose name it is: of the one who speaks; of the next to speak who has not spoken yet; of the
next; of the one who spoke before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameCue:
    """Words in front of a name, and behind it."""

    before: re.Pattern[str]
    whose: Whose
    after: re.Pattern[str] | None = None
    least: int = 1
    """Words that the name must have, where one alone could be anything."""
    ends: bool = False
    """The name must end the sentence or be followed by a comma."""
    plain: bool = False
    """Sure enough for text without capital letters."""


def _cue(
    before: str, whose: Whose, *, after: str = "", least: int = 1, ends: bool = False,
    plain: bool = False,
) -> NameCue:  # fmt: skip
    return NameCue(
        before=re.compile(before, re.IGNORECASE),
        whose=whose,
        after=re.compile(after, re.IGNORECASE) if after else None,
        least=least,
        ends=ends,
        plain=plain,
    )


_TODAY: Final = r"(?:(?:today|tonight|this week|this evening|now|once again|again),? )?"
_HELLO: Final = r"^(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|yes|yeah)[,.!]? )"
_OVER: Final = (
    r"\b(?:over to(?: you)?|back to(?: you)?|go ahead|the floor is yours|take it away|up to you|"
    r"you're next|please go ahead|what do you think|what about you|how about you)(?:, | )"
)
_GLAD: Final = r"(?:very |really |so |absolutely )?(?:happy|pleased|delighted|honou?red|thrilled)"

ENGLISH: Final = (
    _cue(r"\bmy name(?:'s| is) ", "self", plain=True),
    _cue(r"\bmy full name is ", "self", plain=True),
    _cue(r"\b(?:i'm|i am) ", "self"),
    _cue(r"\b(?:you can )?call me ", "self", ends=True),
    _cue(r"\bthis is ", "self", after=r",? (?:speaking|here|calling|your host)\b"),
    _cue(_HELLO + r"(?:it's |this is )?", "self", after=r",? (?:here|speaking)\b"),
    _cue(r"^", "self", after=r",? (?:here|speaking)(?:\b[,.!]|$| (?:from|with)\b)", least=2),
    _cue(
        rf"\b(?:my|our)(?: \w+)? guest {_TODAY}is {_TODAY}(?:the (?:\w+ )?)?",
        "next new",
    ),
    _cue(rf"\b(?:my|our) (?:special |first |next )?guest,? {_TODAY}", "next new", least=2),
    _cue(
        rf"\b(?:joining|with) (?:me|us)(?: \w+){{0,3}}? is {_TODAY}(?:the (?:\w+ )?)?", "next new"
    ),
    _cue(rf"\b(?:i'm|i am|we're|we are) (?:\w+ )?(?:joined|here|talking|speaking) {_TODAY}"
         rf"(?:by|with|to) {_TODAY}", "next new", least=2),
    _cue(rf"\b{_GLAD} to (?:welcome|introduce|have|be joined by) ", "next new"),
    _cue(r"\b(?:please|let's|let us|let me)(?: all)? (?:welcome|introduce) ", "next new"),
    _cue(r"\bwelcome(?: back)?(?: (?:to (?:the|our|this) (?:show|podcast|program|programme|meeting"
         r"|studio)))?, ", "next new", ends=True),
    _cue(r"\bwelcome(?: back)? ", "next new", least=2),
    _cue(r"^(?:and |so |well )?", "next new", after=r",? welcome\b(?! to hell)"),
    _cue(r"^(?:(?:ok|okay|great|all right|right|yes|yeah|well|and|so|oh),? )*"
         r"(?:many |great, )?(?:thank you|thanks)(?: very much| so much| a lot| for that)?,? ",
         "previous", ends=True),
    _cue(_OVER, "next", ends=True),
    _cue(r"^(?:(?:and|so|ok|okay|now|well|then|right),? )*", "next",
         after=r", (?:over to you|go ahead|the floor is yours|what do you think|what about you|"
               r"how about you|you're next|please go ahead|take it away|your turn)\b"),
)  # fmt: skip

GERMAN: Final = (
    _cue(r"\bmein name ist ", "self", plain=True),
    _cue(r"\bich hei(?:ß|ss)e ", "self", plain=True),
    _cue(r"\bich bin ", "self", least=2),
    _cue(r"\bhier (?:ist|spricht) ", "self", least=2),
    _cue(r"^(?:(?:hallo|guten (?:tag|morgen|abend)|moin|ja)[,.!]? )", "self", after=r",? hier\b"),
    _cue(r"\b(?:mein|unser|meine|unsere) (?:\w+ )?(?:gast|gästin)(?: heute)? ist (?:heute )?"
         r"(?:der |die )?", "next new"),
    _cue(r"\bbei (?:mir|uns) (?:zu gast |im studio )?ist (?:heute )?(?:der |die )?", "next new",
         least=2),
    _cue(r"\b(?:begrüße|begrüßen)(?: ich| wir)?(?: heute| jetzt| nun)?(?: ganz)?(?: herzlich)? ",
         "next new", least=2),
    _cue(r"\b(?:herzlich )?willkommen,? ", "next new", ends=True),
    _cue(r"^(?:(?:ja|gut|okay|super|prima),? )*(?:vielen dank|danke|danke schön|dankeschön)"
         r"(?: dir| ihnen)?,? ", "previous", ends=True),
    _cue(r"\b(?:das wort hat|ich übergebe an|weiter mit|damit zu) ", "next"),
    _cue(r"\b(?:was meinst du|was denkst du|was meinen sie|bitte schön|du bist dran), ", "next",
         ends=True),
)  # fmt: skip

CROATIAN: Final = (
    _cue(r"\b(?:moje ime je|ime mi je) ", "self", plain=True),
    _cue(r"\b(?:ja se zovem|zovem se) ", "self", plain=True),
    _cue(r"\bja sam ", "self"),
    _cue(r"\b(?:ovdje|ovde) (?:je )?", "self", least=2, ends=True),
    _cue(r"^(?:(?:bok|pozdrav|zdravo|dobar dan|dobro jutro|dobra večer|dobro veče|halo)[,.!]? )",
         "self", after=r",? (?:ovdje|ovde)\b"),
    _cue(r"\b(?:moj|naš|moja|naša)(?: \w+)? (?:gost|gošća|gost[j]?a|gostinja|sugovornik|"
         r"sugovornica|sagovornik|sagovornica)(?: danas)? je (?:danas )?", "next new"),
    _cue(r"\b(?:s nama je|sa mnom je|s nama u studiju je|sa nama je|u studiju je|gost nam je|"
         r"gošća nam je|gošća je|gost je) (?:danas |večeras )?", "next new"),
    _cue(r"\b(?:dobrodošao|dobrodošla|dobro došao|dobro došla|dobrodošli)(?: nam)?,? ", "next new",
         ends=True),
    _cue(r"^(?:(?:dobro|u redu|evo|super|da),? )*(?:puno |najljepša |lijepa )?hvala"
         r"(?: ti| vam| lijepo| lepo| puno| najljepša)?, ", "previous", ends=True),
    _cue(r"\b(?:riječ ima|reč ima|riječ dajem|nastavlja) ", "next"),
    _cue(r"\b(?:izvoli|izvolite|ti si na redu|što ti misliš|šta ti misliš|što misliš|šta misliš|"
         r"što kažeš|šta kažeš), ", "next", ends=True),
    _cue(r"^(?:(?:a|i|dobro|evo),? )*", "next", after=r", (?:izvoli|izvolite|ti si na redu|"
         r"što ti misliš|šta ti misliš|što misliš|šta misliš|što kažeš|šta kažeš)\b"),
)  # fmt: skip

NAME_CUES: Final = {"en": ENGLISH, "de": GERMAN, "hr": CROATIAN}

TITLES: Final = frozenset(
    "dr mr mrs ms miss mx prof professor doctor sir dame lord lady madam father reverend rabbi "
    "herr frau doktor professorin gospodin gospođa gđa g gđica profesor profesorica doktorica "
    "inženjer akademik judge senator".split()
)
PARTICLES: Final = frozenset(
    "van von der den de del della di da dos du la le bin ibn al el ben ten ter zu zur af av".split()
)

NO_NAMES: Final = frozenset(
    # what follows "I'm", "thanks" or "welcome" with a capital letter and names nobody
    "god jesus christ lord santa allah everyone everybody all folks guys ladies gentlemen friends "
    "colleagues team chair chairman chairwoman chairperson chief director president minister "
    "speaker member members secretary manager head host guest captain officer coach boss mate man "
    "sir madam madame mum mom dad mother father uncle aunt grandma grandpa honey dear baby sorry "
    "ok okay fine good great glad happy sure right back home here there again today tomorrow well "
    "alright absolutely exactly bye goodbye hello hi hey please thanks thank welcome yes no yeah "
    "siri alexa google cortana monday tuesday wednesday thursday friday saturday sunday january "
    "february march june july august september october november december christmas easter "
    "committee council board parliament congress senate government university college school "
    "catholic christian muslim jewish hindu buddhist protestant orthodox atheist democrat "
    "republican conservative labour liberal american british english scottish welsh irish french "
    "german italian spanish portuguese dutch belgian swiss austrian polish czech slovak hungarian "
    "romanian bulgarian greek turkish russian ukrainian serbian croatian bosnian slovenian "
    "macedonian montenegrin albanian swedish norwegian danish finnish icelandic canadian mexican "
    "brazilian argentinian chinese japanese korean indian pakistani australian african asian "
    "european latino latina black white native "
    # Croatian, Bosnian, Serbian
    "svima svi gospodine gospođo gospodo predsjedniče predsedniče predsjednice ministre doktore "
    "profesore kolega kolege kolegice prijatelji bože hvala molim danas sutra dobro hrvat hrvatica "
    "srbin srpkinja bosanac bosanka bošnjak bošnjakinja slovenac slovenka zagrepčanin zagrepčanka "
    "beograđanin beograđanka splićanin splićanka sarajlija novi nova direktor direktorica "
    "predsjednik predsjednica predsednik predsednica profesor ministar ministrica student "
    "studentica učitelj učiteljica liječnik liječnica lekar inženjer glumac glumica pjevač pevač "
    "novinar novinarka autor autorica urednik urednica "
    # German
    "alle allen alles zusammen leute freunde kollegen kolleginnen herr frau herren damen "
    "vorsitzender vorsitzende präsident präsidentin minister ministerin kollege kollegin schatz "
    "deutscher deutsche österreicher österreicherin schweizer schweizerin lehrer lehrerin arzt "
    "ärztin student studentin chef chefin vater mutter professor professorin ingenieur "
    "ingenieurin entwickler entwicklerin software gründer gründerin autor autorin journalist "
    "journalistin leiter leiterin mitglied bundeskanzler bundeskanzlerin "
    # places
    "africa america asia europe england scotland wales ireland britain france germany italy spain "
    "portugal poland austria switzerland croatia serbia bosnia slovenia hungary greece turkey "
    "russia ukraine china japan india canada mexico brazil australia london manchester birmingham "
    "liverpool edinburgh glasgow cardiff dublin belfast paris berlin munich hamburg frankfurt "
    "vienna zurich geneva rome milan madrid barcelona lisbon amsterdam brussels copenhagen "
    "stockholm oslo helsinki warsaw prague budapest zagreb split rijeka osijek belgrade beograd "
    "sarajevo mostar ljubljana skopje athens istanbul moscow kyiv kiev tokyo beijing shanghai "
    "singapore delhi mumbai washington boston chicago seattle houston dallas denver philadelphia "
    "miami toronto montreal vancouver melbourne california texas florida hollywood "
    "europa deutschland österreich schweiz münchen köln wien zürich hrvatska srbija bosna "
    "slovenija njemačka nemačka austrija italija francuska engleska amerika".split()
)
"""No person's name by itself; where a place is a common first name too, it is left out."""

MEANS_NOBODY: Final = re.compile(
    r"(?:speaker|spk|spkr|sprecher|sprecherin|govornik|govornica|person|participant|voice|channel|"
    r"ch|unknown|guest|host|user|caller|interviewer|interviewee|moderator|teilnehmer|sudionik|s|p)?"
    r"[ _#.:-]*(?:\d+|[a-z]|unknown|speaker)?",
    re.IGNORECASE,
)
"""Labels that a machine gives, and not a name: `SPEAKER_00`, `S1`, `ch-1`, `Speaker A`."""
