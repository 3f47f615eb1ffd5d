"""The page of an evaluation, read as a browser reads it: figures, foreign text, colours."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_cases import Node, evaluation, group, read_page, scored, scores

from hansard.evaluation.report import write_report
from hansard.evaluation.report.measures import judge
from hansard.evaluation.report.rendering import flatten, language_tag
from hansard.evaluation.values import Comparison, Evaluation, Interval

GOOD = scored("a", [("dan", "dan"), ("je", "je")], language="hr", speaker="Ana", duration=1.0)
BAD = scored("b", [("dan", "don"), ("je", None), (None, "x")], language="sr", duration=2.0)
FINE = scored("b", [("dan", "dan"), ("je", "je")], language="sr", duration=2.0)
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "\"'><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% include 'x' %}",
    "javascript:alert(1)",
    "\u202eabc\u2066",
    "שלום عالم",
    "x\u0301\u0323\u0489",
    "a\x00b\x1b",
    "\udcff\ud800",
    "]]><!--",
    "\u2028\u2029",
)


def two_models() -> Evaluation:
    compared = Comparison(
        first="base",
        second="new",
        level="normalised",
        difference=-0.375,
        interval=Interval(-0.5, -0.25),
        p_value=0.012,
    )
    groups = {"language": (group("hr", [GOOD]), group("sr", [BAD]))}
    return evaluation(
        scores("base", [GOOD, BAD], groups=groups, rtfx=12.34, hours=0.5, failed=1, digest="abc"),
        scores("new", [GOOD, FINE], facts={"engine": {"name": "fake"}}),
        comparisons=[compared],
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Node:
    return read_page(write_report(two_models(), tmp_path_factory.mktemp("page") / "nightly"))


def test_the_summary_has_the_figures_of_each_model(page: Node) -> None:
    """Rates stand under the model that they are of, with their interval and parts."""
    lines = {line[0]: line[1:] for line in page.part("summary").table()}
    assert lines["Figure"] == ["base", "new"]
    assert lines["WER normalised, %"] == ["75.0010.00 \u2013 40.00", "0.0010.00 \u2013 40.00"]
    assert lines["WER as written, %"] == ["75.00", "0.00"]
    assert lines["Substitutions, %"] == ["25.001", "0.000"]
    assert lines["RTFx"] == ["12.3", "\u2013"]
    assert lines["Failed"] == ["1", "0"]


def test_the_better_figure_is_marked(page: Node) -> None:
    """The best of several models has a sign, not only a colour; equal ones have none."""
    best = {
        line.children[1].text: [cell.text for cell in line.all("td", kind="best")]
        for line in page.part("summary").all("tr")
        if line.all("td") and isinstance(line.children[1], Node)
    }
    assert best["CER normalised, %"] == ["0.00"]
    assert best["Utterances"] == []
    assert len(page.part("summary").all("span", aria_label="best")) > 3


def test_figures_that_nobody_has_are_named(page: Node) -> None:
    """What was not measured is told in words, and takes no room in the table."""
    note = page.part("summary").all("p", kind="note")[0].text
    assert "DER" in note
    assert "cpWER" in note
    assert "DER, %" not in {line[0] for line in page.part("summary").table()}


def test_a_comparison_is_a_sentence(page: Node) -> None:
    """It names both models, the difference, its interval and its p-value."""
    assert page.all("ul", kind="verdicts")[0].text == (
        "new makes 37.50 points fewer word errors than base (normalised; 95 % interval "
        "\u221250.00 to \u221225.00 points). The difference is significant at the level of 5 %, "
        "p = 0.012."
    )


@pytest.mark.parametrize(
    ("difference", "p_value", "told"),
    [
        (0.02, 0.4, "makes 2.00 points more word errors than|This may well be chance, p = 0.400."),
        (0.0, 1.0, "makes as many word errors as|This may well be chance, p = 1.000."),
        (-0.1, None, "makes 10.00 points fewer word errors than|There are too few utterances"),
        (-0.1, 0.00001, "makes 10.00 points fewer word errors than|of 5 %, p < 0.001."),
    ],
)
def test_a_comparison_claims_no_more_than_it_has(
    difference: float, p_value: float | None, told: str
) -> None:
    """Chance, too few utterances and equal models are told as such."""
    verdict = judge(
        Comparison(
            first="a",
            second="b",
            level="tolerant",
            difference=difference,
            interval=None,
            p_value=p_value,
        )
    )
    relation, end = told.split("|")
    assert verdict.relation == relation
    assert end in verdict.rest
    assert verdict.rest.startswith("(variants tolerated).")


def test_groups_have_a_line_each_and_headings_to_sort_by(page: Node) -> None:
    """Counts and rates of a group stand in one line, with their numbers for sorting."""
    table = page.part("groups")
    assert [line[:4] for line in table.table()[2:]] == [
        ["hr", "1", "0.50", "2"],
        ["sr", "1", "0.50", "2"],
    ]
    assert [cell.attributes["data-value"] for cell in table.all("td", kind="heat-8")] == ["1.5"]
    assert all(th.attributes["scope"] == "col" for th in table.all("th", data_sort="number"))


def test_the_worst_utterances_can_be_read_without_scripts(page: Node) -> None:
    """The page itself holds them, worst first, with what became of each word."""
    entries = page.part("entries").all("li")
    assert [entry.all("bdi", kind="id")[0].text for entry in entries] == ["b", "a"]
    line = entries[0].all("p", kind="diff")[0]
    assert line.attributes["lang"] == "sr"
    assert line.attributes["dir"] == "auto"
    assert [(node.attributes["class"], node.text) for node in line.all("span")] == [
        ("w substituted", "dandon"),
        ("w deleted", "je"),
        ("w inserted", "x"),
    ]
    assert [node.tag for node in line.walk() if node.tag in {"del", "ins"}] == [
        "del",
        "ins",
        "del",
        "ins",
    ]


def test_plots_have_a_dot_for_each_place(page: Node) -> None:
    """Dots tell where they stand and which utterances they are of."""
    words, utterances = page.part("duels").all("svg")
    dots = {dot.attributes["aria-label"]: dot for dot in utterances.all("a", kind="dot")}
    assert set(dots) == {
        "\u2068base\u2069 100 %, \u2068new\u2069 0 %: 1 utterance",
        "\u2068base\u2069 0 %, \u2068new\u2069 0 %: 1 utterance",
    }
    assert [dot.attributes["data-rows"] for dot in words.all("a", kind="second")] == ["1"]
    assert page.part("duels").all("table") == []


def test_models_and_versions_are_told(page: Node) -> None:
    """Digests and nested facts are listed."""
    assert page.part("summary").all("code")[0].text == "abc"
    assert flatten({"a": {"b": 1, "c": {}}, "d": None, "e": "x"}) == [
        ("a.b", "1"),
        ("a.c", "{}"),
        ("d", "null"),
        ("e", "x"),
    ]


def test_words_that_one_model_hears_are_listed(tmp_path: Path) -> None:
    """A word that the other model never has right is in the list of the one that has."""
    one = scored("a", [("da", "da"), ("ne", "no")])
    other = scored("a", [("da", "ta"), ("ne", "ne")])
    page = read_page(write_report(evaluation(scores("A", [one]), scores("B", [other])), tmp_path))
    first, second = page.part("duels").all("table")
    assert [cell.text for cell in first.all("td")] == ["da", "1", "1", "show"]
    assert [cell.text for cell in second.all("td")] == ["ne", "1", "1", "show"]


def test_a_page_without_anything_is_a_page(tmp_path: Path) -> None:
    """No models, no utterances and no figures are no fault."""
    for number, empty in enumerate([evaluation(), evaluation(scores("m", []))]):
        page = read_page(write_report(empty, tmp_path / str(number)))
        assert page.all("h1")[0].text == "nightly"


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_stays_text(tmp_path: Path, text: str) -> None:
    """Whatever stands in names, texts and facts opens no tag, script or attribute."""
    facts = dict.fromkeys(("id", "language", "speaker", "source", "failure"), text)
    each = scored("x", [(text, "a"), ("b", text), (None, text)], **facts)
    model = scores(
        text,
        [each],
        digest=text,
        facts={text: text},
        groups={"speaker": (group(text, [each]),)},
    )
    compared = Comparison(
        first=text, second=text + "2", level="raw", difference=0.1, interval=None, p_value=None
    )
    other = scores(text + "2", [each])
    report = write_report(
        Evaluation(run=text, created=text, scores=(model, other), comparisons=(compared,)),
        tmp_path / "report",
    )
    page = read_page(report)
    assert {node.attributes["src"] for node in page.all("script")} == {"report.js", "data/index.js"}
    assert page.all("img") == []
    assert not [name for node in page.walk() for name in node.attributes if name.startswith("on")]
    assert {a.attributes["href"] for a in page.all("a")} <= {
        f"#{part}"
        for part in "summary groups heat mistakes histograms vocabulary duels utterances".split()
    }
    assert "49" not in page.all("h1")[0].text
    for script in (report.parent / "data").iterdir():
        assert "<" not in script.read_text(encoding="utf-8")


@given(st.text(max_size=40))
def test_language_tags_are_letters_and_digits(code: str) -> None:
    """Only what looks like a language becomes an attribute."""
    assert re.fullmatch(r"[A-Za-z0-9-]*", language_tag(code))


def test_language_tags_keep_their_parts() -> None:
    """Codes are written as HTML wants them."""
    assert [language_tag(code) for code in ("hr", "sr_Latn", "", None, "x y")] == [
        "hr",
        "sr-Latn",
        "",
        "",
        "",
    ]


def test_the_page_asks_for_nothing_but_its_own_files(tmp_path: Path) -> None:
    """No address of a network is in any file, and the page forbids all others."""
    report = write_report(two_models(), tmp_path / "report")
    for path in report.parent.rglob("*"):
        if path.is_file():
            assert "://" not in path.read_text(encoding="utf-8")
    (policy,) = read_page(report).all("meta", http_equiv="Content-Security-Policy")
    assert "default-src 'none'" in (policy.attributes["content"] or "")
    assert "unsafe" not in (policy.attributes["content"] or "")


def read_script(path: Path) -> list[object]:
    """The rows of a data script, by taking off the call around them."""
    body = path.read_text(encoding="utf-8")
    rows = body[body.index("[\n") + 2 : body.rindex("]);")]
    return [json.loads(line.rstrip(",")) for line in rows.splitlines()]


def test_scripts_hold_the_rows_in_chunks(tmp_path: Path) -> None:
    """Figures are in the index, texts in chunks of two hundred; the numbers agree."""
    many = [scored(f"u{n}", [("dan", "don"), ("je", "je")], noise=float("nan")) for n in range(401)]
    folder = write_report(evaluation(scores("m", many)), tmp_path / "r").parent / "data"
    index = read_script(folder / "index.js")
    assert len(index) == 401
    assert index[7] == ["u7", "", "", "", None, None, 2, "", 0, [[0.5, 0.5, 0.5, 1, 0, 0, 0]]]
    sizes = [len(read_script(folder / f"texts-{n}.js")) for n in range(3)]
    assert sizes == [200, 200, 1]
    assert read_script(folder / "texts-2.js") == [
        ["dan je", [["don je", [["dan", "don", 0], "je"], 0, ""]]]
    ]
