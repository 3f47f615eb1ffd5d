"""Small evaluations whose figures can be counted by hand, and a reader of pages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from hansard.evaluation.rates import ErrorRate, pool
from hansard.evaluation.report.rows import Row, match_rows
from hansard.evaluation.values import (
    LEVELS,
    Comparison,
    Evaluation,
    Group,
    Interval,
    Pair,
    Scored,
    Scores,
    Utterance,
)

VOID = {"meta", "link", "br", "input", "img", "hr"}


def scored(name: str, pairs: Sequence[tuple[str | None, str | None]], **facts: object) -> Scored:
    """An utterance of these words, said and written; `reka`, `rijeka` are variants."""
    paired = tuple(Pair(a, b, {a, b} == {"reka", "rijeka"}) for a, b in pairs)
    both = [pair for pair in paired if None not in (pair.reference, pair.hypothesis)]
    hits = sum(pair.reference == pair.hypothesis for pair in both)
    rate = ErrorRate(
        hits=hits,
        substitutions=len(both) - hits,
        deletions=sum(pair.hypothesis is None for pair in paired),
        insertions=sum(pair.reference is None for pair in paired),
    )
    texts = {
        "reference": " ".join(pair.reference for pair in paired if pair.reference),
        "hypothesis": " ".join(pair.hypothesis for pair in paired if pair.hypothesis),
    }
    return Scored(
        utterance=Utterance(**{"id": name, **texts, **facts}),  # type: ignore[arg-type]
        words=dict.fromkeys(LEVELS, rate),
        characters=dict.fromkeys(LEVELS, rate),
        pairs=paired,
    )


def scores(model: str, utterances: Sequence[Scored], **facts: object) -> Scores:
    """What one model did."""
    rates = {level: pool(each.words[level] for each in utterances) for level in LEVELS}
    known: dict[str, object] = {
        "intervals": {"raw": None, "normalised": Interval(0.1, 0.4), "tolerant": None},
        "groups": {},
        **facts,
    }
    return Scores(
        model=model,
        words=rates,
        characters=rates,
        scored=tuple(utterances),
        **known,  # type: ignore[arg-type]
    )


def evaluation(*models: Scores, comparisons: Sequence[Comparison] = ()) -> Evaluation:
    """An evaluation with a fixed name and day."""
    return Evaluation(
        run="nightly",
        created="2026-11-20T10:00:00Z",
        scores=models,
        comparisons=tuple(comparisons),
    )


def rows(*models: Sequence[Scored]) -> tuple[Row, ...]:
    """The rows of several models' utterances."""
    return match_rows([scores(str(place), each) for place, each in enumerate(models)])


def group(value: str, utterances: Sequence[Scored]) -> Group:
    """A group of these utterances."""
    rates = {level: pool(each.words[level] for each in utterances) for level in LEVELS}
    return Group(value=value, utterances=len(utterances), hours=0.5, words=rates, characters=rates)


@dataclass
class Node:
    """An element of a page."""

    tag: str
    attributes: Mapping[str, str | None]
    children: "list[Node | str]" = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text within, white space made one."""
        parts = (part.text if isinstance(part, Node) else part for part in self.children)
        return " ".join("".join(parts).split())

    def walk(self) -> "Iterator[Node]":
        """This element and all within."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def all(self, tag: str, **attributes: str) -> "list[Node]":
        """Elements of a kind with these attributes; `kind` is a class among others."""
        wanted = {key.replace("_", "-"): value for key, value in attributes.items()}
        kind = wanted.pop("kind", None)
        return [
            node
            for node in self.walk()
            if node.tag == tag
            and all(node.attributes.get(key) == value for key, value in wanted.items())
            and (kind is None or kind in (node.attributes.get("class") or "").split())
        ]

    def part(self, name: str) -> "Node":
        """The element of an id."""
        return next(node for node in self.walk() if node.attributes.get("id") == name)

    def table(self) -> list[list[str]]:
        """The texts of the cells of the first table within."""
        lines = self.all("table")[0].all("tr")
        return [[cell.text for cell in line.children if isinstance(cell, Node)] for line in lines]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack = [Node("page", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, dict(attrs))
        self.stack[-1].children.append(node)
        if tag not in VOID:
            self.stack.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.stack[-1].tag == tag, f"<{self.stack[-1].tag}> is closed by </{tag}>"
        self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.stack[-1].children.append(data)


def read_page(path: Path) -> Node:
    """A page as a tree; every element must be closed where it belongs."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    assert len(reader.stack) == 1, f"<{reader.stack[-1].tag}> stays open"
    return reader.stack[0]
