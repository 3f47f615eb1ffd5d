"""Words in which lj, nj and dž are two letters, and those that look alike and are one."""

import pytest

from hansard.transcript.scripts import to_cyrillic, to_latin

TWO = """
injekcija инјекција|injekcije инјекције|injekcijom инјекцијом|injekcijski инјекцијски
injektirati инјектирати|reinjekcija реинјекција|mikroinjekcija микроинјекција|injicirati инјицирати
konjugacija конјугација|konjugacije конјугације|konjugaciji конјугацији|konjugirati конјугирати
konjugovan конјугован|konjugat конјугат|konjunktura конјунктура|konjunkturni конјунктурни
konjunkcija конјункција|konjunktiv конјунктив|konjunktivitis конјунктивитис|konjektura конјектура
vanjezički ванјезички|vanjezična ванјезична|izvanjezični изванјезични|panjelinski панјелински
panjugoslavenski панјугославенски|tanjug танјуг|Tanjuga Танјуга|Benjamin Бенјамин
Benjaminom Бенјамином|anjon анјон|anjonski анјонски|injurija инјурија
nadživeti надживети|nadživio надживио|nadživjeti надживјети|nadživljen надживљен
nadživjela надживјела|nadžupan наджупан|nadžnjeti наджњети|nadžanjem наджањем
odžaliti оджалити|odžaljen оджаљен|odžalila оджалила|neodžaljen неоджаљен|odživeti одживети
odživio одживио|odžvakati оджвакати|odžuboriti оджуборити|odžmiriti оджмирити
podžupan поджупан|podžupana поджупана|podžupanija поджупанија|podžanr поджанр
podžanrovi поджанрови
podžariti поджарити|podžareno поджарено|podžeći поджећи|podžegao поджегао|podžizati поджизати
podžigač поджигач|predživot предживот|predželudac преджелудац|predžetveni преджетвени
"""
ONE = """
konj коњ|konja коња|konjski коњски|konjic коњиц|konjušar коњушар|konjanik коњаник
Njegoš Његош|njega њега|pisanje писање|inje иње|sinje сиње|vanjski вањски|vanjština вањштина
kanjon кањон|panj пањ|panjeva пањева|šampanjac шампањац|finjak фињак|Sonja Соња|Vanja Вања
njuška њушка|kostanj костањ|tanjur тањур|tanjir тањир|manjina мањина|menjati мењати
ljubav љубав|ljubavi љубави|polje поље|zemlja земља|Aljaska Аљаска|feljton фељтон|Biljana Биљана
hiljada хиљада|nedjelja недјеља|kralj краљ|milje миље|bolji бољи|poljubac пољубац
džep џеп|džepovi џепови|džem џем|odžak оџак|odžaci оџаци|Odžaci Оџаци|odžačar оџачар|hodža хоџа
hodžaluk хоџалук|hadžija хаџија
sandžak санџак|budžet буџет|nadžak наџак|Nadžib Наџиб|Radživ Раџив
džamija џамија|narudžba наруџба|svjedodžba свједоџба|Karadžić Караџић|Džajić Џајић
patlidžan патлиџан
pidžama пиџама|menadžer менаџер|bridž бриџ|žudnja жудња|kočija кочија|odnjihati одњихати
"""


def pairs(block: str) -> list[tuple[str, str]]:
    found = [pair.split() for line in block.strip().splitlines() for pair in line.split("|")]
    return [(latin, cyrillic) for latin, cyrillic in found]


@pytest.mark.parametrize(("latin", "cyrillic"), pairs(TWO) + pairs(ONE))
def test_pairs_of_letters_are_one_or_two(latin: str, cyrillic: str) -> None:
    """Each word goes over as it is spelled in Cyrillic, also in capitals, and comes back."""
    assert to_cyrillic(latin) == cyrillic
    assert to_cyrillic(latin.upper()) == cyrillic.upper()
    assert to_latin(cyrillic) == latin
