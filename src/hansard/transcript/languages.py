"""Languages by the codes and the English names that Whisper's users know."""

from difflib import get_close_matches

from hansard.errors import UnknownNameError

LANGUAGES: dict[str, str] = dict(
    pair.split("=")
    for pair in (
        "af=afrikaans am=amharic ar=arabic as=assamese az=azerbaijani ba=bashkir be=belarusian "
        "bg=bulgarian bn=bengali bo=tibetan br=breton bs=bosnian ca=catalan cs=czech cy=welsh "
        "da=danish de=german el=greek en=english es=spanish et=estonian eu=basque fa=persian "
        "fi=finnish fo=faroese fr=french gl=galician gu=gujarati ha=hausa haw=hawaiian he=hebrew "
        "hi=hindi hr=croatian ht=haitian_creole hu=hungarian hy=armenian id=indonesian "
        "is=icelandic it=italian ja=japanese jw=javanese ka=georgian kk=kazakh km=khmer kn=kannada "
        "ko=korean la=latin lb=luxembourgish ln=lingala lo=lao lt=lithuanian lv=latvian "
        "mg=malagasy mi=maori mk=macedonian ml=malayalam mn=mongolian mr=marathi ms=malay "
        "mt=maltese my=myanmar ne=nepali nl=dutch nn=nynorsk no=norwegian oc=occitan pa=punjabi "
        "pl=polish ps=pashto pt=portuguese ro=romanian ru=russian sa=sanskrit sd=sindhi si=sinhala "
        "sk=slovak sl=slovenian sn=shona so=somali sq=albanian sr=serbian su=sundanese sv=swedish "
        "sw=swahili ta=tamil te=telugu tg=tajik th=thai tk=turkmen tl=tagalog tr=turkish tt=tatar "
        "uk=ukrainian ur=urdu uz=uzbek vi=vietnamese yi=yiddish yo=yoruba yue=cantonese zh=chinese"
    ).split()
)
"""Code to English name; underscores stand for spaces."""

ALSO = {
    "burmese": "my", "valencian": "ca", "flemish": "nl", "haitian": "ht",
    "letzeburgesch": "lb", "pushto": "ps", "panjabi": "pa", "moldavian": "ro", "moldovan": "ro",
    "sinhalese": "si", "castilian": "es", "mandarin": "zh", "jv": "jw", "iw": "he", "nb": "no",
}  # fmt: skip


def find_language(name: str) -> str:
    """The code of a language given as a code, a regional code (`pt-BR`) or an English name.

    Raises:
        UnknownNameError: nothing is called so; the hint names what is near.
    """
    wanted = name.strip().casefold().replace(" ", "_")
    if wanted in LANGUAGES:
        return wanted
    by_name = {english: code for code, english in LANGUAGES.items()} | ALSO
    found = by_name.get(wanted) or by_name.get(wanted.split("-")[0])
    if found is None and wanted.split("-")[0].split("_")[0] in LANGUAGES:
        found = wanted.split("-")[0].split("_")[0]
    if found is None:
        near = get_close_matches(wanted, [*by_name, *LANGUAGES], n=3)
        raise UnknownNameError(
            f"unknown language {name!r}",
            hint=f"did you mean {' or '.join(near)}?"
            if near
            else "use a code such as en, de or hr",
        )
    return found
