"""What a template's fields mean, by their names, titles and descriptions."""

import re
from collections.abc import Mapping
from typing import Final, Literal, get_args

from hansard.models.llm import Schema
from hansard.writing.forms.template import Method

Role = Literal[
    "text", "title", "speaker", "owner", "start", "end", "due", "answer", "link", "number",
    "duration",
]  # fmt: skip
"""What a property of an item says of it."""

METHODS: Final[tuple[Method, ...]] = get_args(Method)
ITEMS: Final[frozenset[Method]] = frozenset(
    {"quotes", "decisions", "action_items", "questions", "chapters", "people", "links", "topics"}
)
"""What is told of one thing at a time, so that an object of it is one of them."""

_NAMES: Final[Mapping[Method, str]] = {
    "title": "title headline heading subject naslov titel überschrift betreff",
    "abstract": "abstract summary overview gist synopsis tldr tl_dr recap brief outline_text "
    "executive_summary short_summary long_summary summary_text sažetak sazetak pregled "
    "zusammenfassung überblick kurzfassung inhalt",
    "key_points": "key_points points highlights takeaways key_takeaways main_points bullets "
    "bullet_points findings insights key_insights key_facts statements main_ideas ideas notes "
    "learnings ključne_točke kljucne_tocke zaključci zakljucci glavne_točke kernpunkte "
    "kernaussagen stichpunkte erkenntnisse",
    "quotes": "quotes quote quotations quotation citations soundbites sound_bites verbatims citati "
    "zitate zitat",
    "decisions": "decisions decision agreements agreement resolutions resolution decided agreed "
    "conclusions odluke odluka dogovori entscheidungen entscheidung beschlüsse beschluss "
    "vereinbarungen",
    "action_items": "action_items action_item actions action todos todo to_dos to_do tasks task "
    "next_steps next_step follow_ups follow_up followups assignments commitments promises zadaci "
    "zadatak sljedeći_koraci sledeći_koraci aufgaben aufgabe nächste_schritte maßnahmen",
    "questions": "questions question open_questions unanswered_questions unresolved_questions faq "
    "q_and_a qa open_issues pitanja pitanje otvorena_pitanja fragen frage offene_fragen",
    "chapters": "chapters chapter timeline sections parts segments_of_talk table_of_contents toc "
    "poglavlja kapitel abschnitte",
    "people": "people participants participant attendees attendee guests guest hosts speakers "
    "persons present members who panel panelists cast interviewees sudionici učesnici gosti "
    "govornici osobe teilnehmer gäste sprecher personen",
    "links": "links link urls url references resources websites web_addresses sources poveznice "
    "linkovi verweise quellen",
    "tags": "tags tag keywords keyword key_words labels hashtags key_phrases keyphrases phrases "
    "oznake ključne_riječi ključne_reči schlagworte stichworte schlüsselwörter",
    "topics": "topics topic themes theme subjects agenda agenda_items topics_discussed "
    "discussion_topics teme tema themen thema tagesordnung",
}
_EXACT: Final[Mapping[str, Method]] = {
    name: method for method, names in _NAMES.items() for name in names.split()
}
_ROLE_NAMES: Final[Mapping[Role, str]] = {
    "text": "text quote quotation sentence statement content point points_text description task "
    "action action_item item todo decision question highlight takeaway key_point idea insight "
    "finding summary abstract gist overview excerpt verbatim evidence quoted words value what "
    "body note message agreement resolution tekst citat odluka zadatak pitanje točka opis aussage "
    "zitat entscheidung aufgabe frage punkt beschreibung inhalt tag keyword phrase topic_text",
    "title": "title heading headline name topic theme subject label chapter section naslov tema "
    "naziv titel thema überschrift",
    "speaker": "speaker who said_by by author person asked_by speaker_label speaker_name "
    "attribution participant presenter decided_by proposed_by govornik tko ko sprecher wer "
    "source_speaker",
    "owner": "owner assignee assigned_to assigned responsible responsible_person responsible_party "
    "who person by name owner_name action_owner zadužen zaduženi nositelj tko ko verantwortlich "
    "verantwortliche zuständig wer",
    "start": "start start_time starttime start_seconds begin begins time timestamp time_stamp when "
    "at seconds offset start_at from from_time početak vrijeme vreme beginn anfang "
    "zeit zeitstempel",
    "end": "end end_time endtime end_seconds stop until to to_time kraj ende",
    "due": "due due_date deadline due_by by_when until when date rok do_kada frist termin fällig",
    "answer": "answer answers response reply odgovor antwort",
    "link": "url link href uri address website poveznica adresse",
    "number": "id index number no nr position order ordinal",
    "duration": "duration length speaking_time talk_time seconds_spoken trajanje dauer redezeit",
}
_OF_PERSON: Final = frozenset("name label id_label speaker who person full_name title".split())
_OF_LINK: Final = frozenset("url link href uri address website text name title value".split())
_PLAIN: Final = (
    "a an the all any list lists array collection set of short brief concise main key most "
    "important one two three few some what your our open clear good best notable every each and "
    "in words popis kratak kratki glavne glavni die der das ein eine kurze wichtigste liste von"
).split()
_LEAD: Final = re.compile(rf"(?:(?:{'|'.join(_PLAIN)}|\d+(?:\s*(?:-|\u2013|to)\s*\d+)?)\b[\s,]*)*")
_CAMEL: Final = re.compile(r"(?<=[a-zčćžšđäöüß0-9])(?=[A-ZČĆŽŠĐÄÖÜ])")


def guess_method(name: str, node: Schema) -> Method | None:
    """How a property could be filled, by its name, its title, or how its description begins."""
    for text in (name, str(node.get("title", ""))):
        words = _words(text)
        for begin in range(len(words)):
            if (method := _EXACT.get("_".join(words[begin:]))) is not None:
                return _as_it_is(method, node)
    return _by_description(str(node.get("description", "")), node)


def role_of(name: str, node: Schema, method: Method) -> Role | None:
    """What a property says of an item that was found by a method; None where nobody can tell."""
    words = "_".join(_words(name))
    if method == "people" and words in _OF_PERSON:
        return "text"
    if method == "links" and words in _OF_LINK:
        return "text"
    for role in _order(method):
        if words in _ROLE_NAMES[role].split():
            return role
    return "text" if guess_method(name, node) == method else None


def is_about_guests(name: str) -> bool:
    """Whether people who are hosts are not meant."""
    return bool({"guest", "guests", "gosti", "gäste", "interviewee"} & set(_words(name)))


def is_about_open_ones(name: str, description: str = "") -> bool:
    """Whether questions that were answered are not meant."""
    told = {*_words(name), *_words(description)}
    return bool({"open", "unanswered", "unresolved", "otvorena", "offene"} & told) or (
        "no answer" in description
    )


def _order(method: Method) -> tuple[Role, ...]:
    """Roles in the order in which a name is held against them."""
    if method == "action_items":
        return ("owner", "due", "text", "title", "start", "end", "speaker", "number")
    if method in {"chapters", "topics"}:
        return ("title", "start", "end", "duration", "number")
    if method == "people":
        return ("start", "duration", "number")
    return ("text", "title", "speaker", "start", "end", "answer", "link", "number")


def _as_it_is(method: Method, node: Schema) -> Method:
    """Topics that are plain texts are tags."""
    items = node.get("items")
    plain = isinstance(items, Mapping) and "properties" not in items
    return "tags" if method == "topics" and plain else method


def _by_description(description: str, node: Schema) -> Method | None:
    text = description.casefold()
    words = _words(text[_LEAD.match(text).end() :])[:2] if text else []  # type: ignore[union-attr]
    for many in (2, 1):
        if len(words) >= many and (method := _EXACT.get("_".join(words[:many]))) is not None:
            return _as_it_is(method, node)
    return None


def _words(name: str) -> list[str]:
    return [word.casefold() for word in re.split(r"[\W_]+", _CAMEL.sub("_", name)) if word]
