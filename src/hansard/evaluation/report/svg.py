"""Drawings as elements of HTML; the library escapes what is put into them."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring


@dataclass(frozen=True, slots=True)
class Drawing:
    """A finished drawing, which templates put into the page as it is."""

    text: str

    def __html__(self) -> str:
        """What templates ask for that escape all else."""
        return self.text


def drawing(width: int, height: int, title: str) -> Element:
    """An empty drawing that shrinks with the page; `title` is what screen readers say of it."""
    svg = Element("svg", viewBox=f"0 0 {width} {height}", width=f"{width}", height=f"{height}")
    svg.set("role", "img")
    svg.set("aria-label", title)
    return svg


def draw(parent: Element, tag: str, name: str, **places: float | str) -> Element:
    """Add an element of the class `name`; underscores in attributes become hyphens."""
    attributes = {key.replace("_", "-"): _number(value) for key, value in places.items()}
    return SubElement(parent, tag, {"class": name, **attributes})


def write(parent: Element, name: str, x: float, y: float, text: str) -> Element:
    """Add a text."""
    element = draw(parent, "text", name, x=x, y=y)
    element.text = text
    return element


def explain(element: Element, text: str) -> None:
    """What is shown when the pointer rests on an element."""
    SubElement(element, "title").text = text


def finish(svg: Element) -> Drawing:
    """The drawing as text."""
    return Drawing(tostring(svg, encoding="unicode", short_empty_elements=False))


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
