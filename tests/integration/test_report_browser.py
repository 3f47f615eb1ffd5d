"""The pages of an evaluation in a real browser, opened from a disk without a network."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from report_samples import make_evaluation, score_pairs, write_tone

from hansard.evaluation.report import write_report
from hansard.evaluation.values import Evaluation, Utterance

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --autoplay-policy=no-user-gesture-required"
).split()
HOSTILE = "<img src=x onerror=\"document.title='owned'\"></script><script>document.title='owned'//"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@dataclass
class Visit:
    """A page that was opened, and what went wrong on it."""

    page: Any
    faults: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def entries(self) -> Any:
        return self.page.locator(".entry")

    @property
    def ids(self) -> list[str]:
        return list(self.page.locator(".entry .id").all_inner_texts())

    def wait_for(self, status: str) -> None:
        self.page.locator("#status").filter(has_text=status).wait_for()

    def column(self, table: str, number: int) -> list[str]:
        cells = self.page.locator(f"{table} tbody tr > :nth-child({number})")
        return list(cells.all_inner_texts())


def visit(browser: Any, report: Path, **options: Any) -> Visit:
    """Open a report with its network off, and wait until its list is there."""
    page = browser.new_context(offline=True, **options).new_page()
    opened = Visit(page)
    page.on("console", lambda message: opened.faults.append(message.text))
    page.on("pageerror", lambda error: opened.faults.append(str(error)))
    page.on("request", lambda request: opened.asked.append(request.url))
    page.goto(report.as_uri())
    page.locator("#status").filter(has_text="utterances").wait_for()
    return opened


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    audio = write_tone(folder / "tone.wav", 30)
    return write_report(make_evaluation(120, audio=audio), folder / "run-7")


@pytest.fixture
def seen(browser: Any, report: Path) -> Iterator[Visit]:
    opened = visit(browser, report)
    yield opened
    opened.page.context.close()
    assert opened.faults == []


def test_the_page_opens_from_a_disk_and_asks_for_its_own_files_only(
    seen: Visit, report: Path
) -> None:
    """Without a network everything is there, and nothing outside the folder is asked for."""
    assert seen.page.title() == "\u2068run-7\u2069 \u2013 evaluation"
    assert seen.entries.count() == 25
    home = report.parent.as_uri()
    assert {url for url in seen.asked if not url.startswith((home, "data:"))} == set()


def test_headings_sort_their_table_by_mouse_and_keyboard(seen: Visit) -> None:
    """The first choice sorts one way, the next the other; the heading tells which."""
    table = "#groups [aria-labelledby='by-speaker'] table"
    heading = seen.page.locator(f"{table} th", has_text="Words")
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    words = [int(cell.replace(",", "")) for cell in seen.column(table, 4)]
    assert words == sorted(words, reverse=True)
    heading.locator("button").press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    assert [int(cell.replace(",", "")) for cell in seen.column(table, 4)] == sorted(words)
    seen.page.locator(f"{table} th button", has_text="Speaker").press("Space")
    assert heading.get_attribute("aria-sort") == "none"
    assert seen.column(table, 1)[0] == "Ana"


def test_choosing_a_model_chooses_it_for_every_figure(seen: Visit) -> None:
    """Tabs are worked by keys too, and hide the other model's panel."""
    tabs = seen.page.get_by_role("tab")
    assert tabs.first.get_attribute("aria-selected") == "true"
    tabs.first.press("ArrowRight")
    assert tabs.first.get_attribute("aria-selected") == "false"
    assert seen.page.evaluate("document.activeElement.textContent") == "tuned"
    assert seen.page.locator("#mistakes .tab:visible").get_attribute("data-tab") == "tuned"


def test_the_list_is_narrowed_by_words_groups_and_rates(seen: Visit) -> None:
    """Filters work together, and what is shown is what was asked for."""
    seen.page.fill("#f-text", "ĐACI")
    seen.page.select_option("#f-speaker", "Ana")
    seen.page.select_option("#f-model", "0")
    seen.page.fill("#f-low", "20")
    seen.page.locator("#status").filter(has_not_text="120 of").filter(has_text="of 120").wait_for()
    seen.page.check("#f-written")
    seen.page.locator(".written").first.wait_for()
    for entry in seen.entries.all():
        text = entry.inner_text()
        assert "đaci" in text
        assert "Ana" in text
        assert float(entry.locator(".rate:not(:empty)").first.inner_text()) >= 20
    assert seen.entries.count() > 0
    seen.page.fill("#f-text", "no such words")
    seen.wait_for("0 of 120 utterances")
    assert seen.entries.count() == 0


def test_the_list_is_sorted_and_turned(seen: Visit) -> None:
    """Worst first at the start; by id on demand; the last page holds what is left."""
    rates = [
        float(text) for text in seen.page.locator(".line:nth-child(2) .rate").all_inner_texts()
    ]
    assert rates[0] >= rates[-1] > 0
    seen.page.select_option("#f-order", "id")
    seen.page.locator(".entry .id").filter(has_text="clip-00000").wait_for()
    assert seen.ids == [f"clip-{number:05}" for number in range(25)]
    seen.page.get_by_role("button", name="Last").click()
    seen.page.locator(".entry .id").filter(has_text="clip-00119").wait_for()
    assert seen.ids == [f"clip-{number:05}" for number in range(100, 120)]
    assert seen.page.get_by_role("button", name="Next").is_disabled()


def test_the_diff_tells_kinds_by_more_than_colour(seen: Visit) -> None:
    """Every kind has its own sign or line, and says what was said and what was written."""
    for kind in ("substituted", "deleted", "inserted", "tolerated"):
        seen.page.locator(f".entries .{kind}").first.wait_for()
    lines = "el => getComputedStyle(el).textDecorationLine"
    signs = "el => getComputedStyle(el, '::before').content"
    one = seen.page.locator
    assert one(".entries .substituted del").first.evaluate(lines) == "line-through"
    assert one(".entries .substituted ins").first.evaluate(lines) == "underline"
    assert one(".entries .deleted del").first.evaluate(signs) == '"\u2212"'
    assert one(".entries .inserted ins").first.evaluate(signs) == '"+"'
    assert one(".entries .tolerated ins").first.evaluate(signs) == '"\u2248"'


def test_sound_plays_and_words_lead_into_it(seen: Visit) -> None:
    """A clip has its utterance's length; choosing a word goes to where it is said."""
    entry = seen.entries.first
    audio = entry.locator("audio")
    word = entry.locator(".seek").last
    time = float(word.get_attribute("data-time"))
    length = float(entry.locator(".chip", has_text=" s").inner_text().split()[0])
    word.click()
    found = audio.evaluate(
        """el => new Promise((resolve) => {
          const tell = () => resolve([el.readyState, el.duration, el.currentTime, el.src]);
          if (el.readyState && !el.seeking) tell();
          else el.addEventListener("seeked", tell, { once: true });
        })"""
    )
    assert found[0] >= 1
    assert found[1] == pytest.approx(length, abs=0.06)
    assert found[2] == pytest.approx(time, abs=0.3)
    assert "/audio/" in found[3]
    assert audio.evaluate("el => el.error") is None


def test_dots_and_mistakes_lead_to_their_utterances(seen: Visit) -> None:
    """Both plots have dots; one that is chosen shows what it stands for, and can be left again."""
    plots = seen.page.locator("#duels svg.scatter")
    assert plots.count() == 2
    assert all(plots.nth(place).locator("a.dot").count() > 5 for place in (0, 1))
    dot = plots.nth(1).locator("a.dot.second").first
    assert "base" in dot.locator("title").text_content()
    count = len(dot.get_attribute("data-rows").split())
    dot.press("Enter")
    seen.wait_for(f"{count} of 120 utterances")
    seen.page.get_by_role("button", name="Show all again").click()
    seen.wait_for("120 of 120 utterances")
    seen.page.locator("#mistakes a[data-rows]:visible").first.click()
    seen.page.locator("#status .chosen", has_text="\u2192").wait_for()
    said, written = seen.page.locator("#status .chosen").inner_text().split(" \u2192 ")
    first = seen.entries.first.inner_text()
    assert said.strip("\u2068\u2069") in first
    assert written.strip("\u2068\u2069") in first


def test_arrow_keys_go_from_dot_to_dot(seen: Visit) -> None:
    """A plot is one stop of the tab key."""
    dots = seen.page.locator("#duels svg.scatter").first.locator("a.dot")
    assert seen.page.locator("#duels svg.scatter").first.locator("[tabindex='0']").count() == 1
    dots.first.press("ArrowRight")
    assert dots.nth(1).evaluate("el => el === document.activeElement")


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_wider_than_the_window(browser: Any, report: Path, width: int) -> None:
    """Wide tables scroll for themselves, on a desk and on a telephone."""
    opened = visit(browser, report, viewport={"width": width, "height": 800})
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    opened.page.context.close()


def test_without_scripts_the_tables_and_the_worst_utterances_are_there(
    browser: Any, report: Path
) -> None:
    """All models' panels are shown, and what needs scripts is hidden."""
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator("#mistakes .tab:visible").count() == 2
    assert page.locator(".entry").count() == 25
    assert not page.locator("#controls").is_visible()
    assert page.locator("#summary table").first.is_visible()
    context.close()


def hostile() -> Evaluation:
    """Every text of it is an attack."""
    made = make_evaluation(30, models=(HOSTILE, "b" + HOSTILE))
    scores = []
    for model in made.scores:
        scored = tuple(
            score_pairs(
                Utterance(
                    id=f"{HOSTILE}{number}",
                    reference=f"{HOSTILE} שלום {number}",
                    hypothesis=f"{HOSTILE}x عالم {model.model}",
                    language='hr" onload="x',
                    speaker=HOSTILE,
                    source="\u202e" + HOSTILE * (number % 2),
                    failure=HOSTILE,
                )
            )
            for number in range(30)
        )
        scores.append(replace(model, scored=scored, facts={HOSTILE: HOSTILE}, digest=HOSTILE))
    return replace(made, run=HOSTILE, scores=tuple(scores))


def test_foreign_text_runs_nothing(browser: Any, tmp_path: Path) -> None:
    """Tags and scripts in names and texts are shown as they are, wherever one clicks."""
    opened = visit(browser, write_report(hostile(), tmp_path / "r"))
    page = opened.page
    page.check("#f-written")
    page.fill("#f-text", "<IMG")
    opened.wait_for("30 of 30 utterances")
    page.locator("#mistakes a[data-rows]:visible").first.click()
    page.locator("#status .chosen").wait_for()
    for name in ("speaker", "source"):
        assert page.locator(f"#f-{name}").count() <= 1
    assert page.locator("img").count() == 0
    assert page.locator("[onerror], [onload]").count() == 0
    assert page.title().endswith("\u2013 evaluation")
    assert page.title().startswith("\u2068<img")
    assert HOSTILE in opened.entries.first.inner_text()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.faults == []
    page.context.close()


def repeat(evaluation: Evaluation, times: int) -> Evaluation:
    """The same utterances again and again, each under a name of its own."""
    scores = []
    for model in evaluation.scores:
        scored = tuple(
            replace(each, utterance=replace(each.utterance, id=f"{each.utterance.id} {turn}"))
            for turn in range(times)
            for each in model.scored
        )
        scores.append(replace(model, scored=scored))
    return replace(evaluation, scores=tuple(scores))


def test_ten_thousand_utterances_stay_usable(browser: Any, tmp_path: Path) -> None:
    """All can be searched and sorted, while the page holds a few at a time."""
    page_path = write_report(repeat(make_evaluation(500), 20), tmp_path / "r")
    size = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert size < 16_000_000
    opened = visit(browser, page_path)
    opened.wait_for("10,000 of 10,000 utterances")
    assert len([url for url in opened.asked if "texts-" in url]) < 26
    opened.page.fill("#f-text", "broj166 ")
    opened.wait_for("40 of 10,000 utterances")
    opened.page.fill("#f-text", "clip-00499 19")
    opened.wait_for("1 of 10,000 utterances")
    assert opened.ids == ["clip-00499 19"]
    opened.page.fill("#f-text", "")
    opened.page.select_option("#f-order", "gap")
    opened.wait_for("10,000 of 10,000 utterances")
    opened.page.get_by_role("button", name="Last").click()
    opened.page.locator("#pages", has_text="Page 400 of 400").wait_for()
    assert opened.entries.count() == 25
    assert opened.page.evaluate("document.querySelectorAll('*').length") < 20_000
    assert opened.faults == []
    opened.page.context.close()
