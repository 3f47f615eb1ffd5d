"""Little words of a few languages: a line breaks well before them and badly behind them.

Netflix, General Requirements 4: a line breaks before conjunctions and prepositions, and never
between an article and its noun, a preposition and what it governs, a pronoun and its verb.
"""

from collections.abc import Mapping
from types import MappingProxyType


def words(text: str) -> frozenset[str]:
    """The words of a line as a set."""
    return frozenset(text.split())


JOINERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "en": words(
            "and or but so because that which who whose where when while if though although unless "
            "until since as than of in on at for with without from by about into onto over under "
            "after before between through during against to near like within"
        ),
        "de": words(
            "und oder aber denn weil dass ob wenn als während obwohl bis damit sondern der die das "
            "in im an am auf aus bei beim mit nach von vom zu zum zur für durch ohne gegen um über "
            "unter vor zwischen seit wegen"
        ),
        "fr": words(
            "et ou mais donc car que qui dont où quand si comme parce lorsque puisque de du des à "
            "au aux en dans sur sous avec sans pour par vers chez entre avant après depuis pendant"
        ),
        "es": words(
            "y e o u pero sino porque que quien donde cuando si como aunque mientras de del a al "
            "en con sin por para sobre entre hasta desde hacia según durante"
        ),
        "it": words(
            "e ed o ma perché che chi dove quando se come mentre anche di del della dei a al alla "
            "in nel nella con senza per su sul sulla da dal dalla tra fra dopo prima"
        ),
        "pt": words(
            "e ou mas porque que quem onde quando se como embora enquanto de do da dos das a ao em "
            "no na nos nas com sem por para sobre entre até desde após"
        ),
        "nl": words(
            "en of maar want omdat dat die wie waar wanneer als terwijl hoewel zodat van in op aan "
            "bij met naar voor door zonder tegen om over onder tussen sinds uit tot"
        ),
        "ru": words(
            "и а но или что чтобы который где когда если как потому хотя пока в во на с со из к ко "  # noqa: RUF001 - Russian
            "о об от до для по за под над при без через между после перед"  # noqa: RUF001 - Russian
        ),
    }
)
"""Conjunctions and prepositions, by the first two letters of a language's code."""

CLINGERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "en": words(
            "a an the my your his her its our their this these those i you he she it we they not "
            "is are was were be been am has have had will would can could should must may might "
            "do does did very no mr mrs dr"
        ),
        "de": words(
            "ein eine einen einem einer der die das den dem des mein dein sein ihr unser "
            "ich du er sie es wir nicht kein keine ist sind war hat haben sehr zu"
        ),
        "fr": words(
            "le la les un une des mon ma mes ton ta son sa ses notre nos votre vos leur ce "
            "cette ces je tu il elle nous vous ils elles ne se est sont a ont très"
        ),
        "es": words(
            "el la los las un una unos unas mi tu su sus nuestro yo no se es son está ha "
            "han muy lo le me te"
        ),
        "it": words(
            "il lo la i gli le un uno una mio tuo suo nostro io tu non si è sono ha hanno "
            "molto mi ti ci"
        ),
        "pt": words(
            "o a os as um uma uns umas meu minha seu sua eu não é são está foi há muito me"
        ),
        "nl": words(
            "de het een mijn jouw zijn haar ons onze ik je hij ze we niet geen is was heeft "
            "hebben heel te"
        ),
        "ru": words("не ни я ты он она мы вы они это этот мой твой его её наш ваш очень"),  # noqa: RUF001 - Russian
    }
)
"""Articles, pronouns, auxiliaries: words that cling to what follows."""


def joins(word: str, language: str | None) -> bool:
    """Whether a line breaks well before this word."""
    return bare(word) in JOINERS.get((language or "")[:2], frozenset())


def clings(word: str, language: str | None) -> bool:
    """Whether a line breaks badly behind this word: it leans on the next one."""
    code = (language or "")[:2]
    word = bare(word)
    return word in CLINGERS.get(code, frozenset()) or word in JOINERS.get(code, frozenset())


def bare(word: str) -> str:
    """The word in small letters, without what is written around it."""
    return word.lower().strip("\"'\u2019\u201c\u201d\u00ab\u00bb([")
