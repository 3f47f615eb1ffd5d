"""What a model name means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import UnknownNameError
from hansard.models.hub.catalogue import CATALOGUE, all_names
from hansard.models.hub.names import PRECISIONS, Reference, parse_name, split_precision

ALIASES = {
    "mine": "owner/repo@rev:int8",
    "base": "openai/whisper-base:float16",
    "small-fp32": "small:fp32",
    "here": "./models/x",
}


def nothing(_text: str) -> bool:
    """There are no folders."""
    return False


def read(text: str, *folders: str) -> Reference:
    """Parse a name where these folders exist."""
    return parse_name(text, ALIASES, folders.__contains__)


@pytest.mark.parametrize(
    ("text", "kind", "target", "revision", "precision"),
    [
        ("small", "entry", "small", None, None),
        ("Large-V3", "entry", "large-v3", None, None),
        ("large", "entry", "large-v3", None, None),
        ("turbo", "entry", "large-v3-turbo", None, None),
        ("tiny.en@main", "entry", "tiny.en", "main", None),
        ("medium:INT8", "entry", "medium", None, "int8"),
        ("owner/repo", "repo", "owner/repo", None, None),
        ("Owner/Re_po-1.5", "repo", "Owner/Re_po-1.5", None, None),
        ("owner/repo@refs/pr/1", "repo", "owner/repo", "refs/pr/1", None),
        ("owner/repo@v2:fp16", "repo", "owner/repo", "v2", "float16"),
        ("./here", "folder", "./here", None, None),
        ("/abs/olute", "folder", "/abs/olute", None, None),
        ("../up", "folder", "../up", None, None),
        ("~/models/x:int8", "folder", "~/models/x", None, "int8"),
        (".", "folder", ".", None, None),
        (r"C:\models\x", "folder", r"C:\models\x", None, None),
        ("  small  ", "entry", "small", None, None),
    ],
)
def test_every_form_is_understood(
    text: str, kind: str, target: str, revision: str | None, precision: str | None
) -> None:
    """Names, ids, revisions, precisions and paths are told apart; case matters for ids only."""
    found = read(text)
    assert (found.kind, found.target, found.revision, found.precision) == (
        kind,
        target,
        revision,
        precision,
    )


@pytest.mark.parametrize(
    ("text", "kind", "target", "revision", "precision"),
    [
        ("mine", "repo", "owner/repo", "rev", "int8"),
        ("MINE", "repo", "owner/repo", "rev", "int8"),
        ("base", "repo", "openai/whisper-base", None, "float16"),
        ("small-fp32", "entry", "small", None, "float32"),
        ("mine:float32", "repo", "owner/repo", "rev", "float32"),
        ("here", "folder", "./models/x", None, None),
    ],
)
def test_aliases_come_before_the_catalogue(
    text: str, kind: str, target: str, revision: str | None, precision: str | None
) -> None:
    """An alias stands for its target, and a precision behind it wins over the alias's own."""
    found = read(text)
    assert (found.kind, found.target, found.revision, found.precision) == (
        kind,
        target,
        revision,
        precision,
    )
    assert found.asked == text
    assert found.alias_of is not None


def test_an_alias_of_an_alias_is_not_followed() -> None:
    """An alias that names itself or another alias ends in an error, not in a ring."""
    aliases = {"a": "b", "b": "a", "self": "self"}
    for name in aliases:
        with pytest.raises(UnknownNameError):
            parse_name(name, aliases, nothing)


def test_a_folder_of_that_name_is_taken_before_a_repository() -> None:
    """`models/mine` is the folder where there is one, and else a repository."""
    assert read("models/mine", "models/mine").kind == "folder"
    assert read("models/mine").kind == "repo"
    assert read("models/mine:int8", "models/mine").precision == "int8"


def test_a_folder_does_not_hide_a_catalogue_name() -> None:
    """A folder that happens to be called `small` is not taken for the model; `./small` is."""
    assert read("small", "small").kind == "entry"
    assert read("./small", "./small").kind == "folder"


def test_a_folder_may_end_like_a_precision() -> None:
    """A folder whose own name ends in `:int8` is found by that name."""
    found = read("./x:int8", "./x:int8")
    assert (found.target, found.precision) == ("./x:int8", None)


@pytest.mark.parametrize(
    ("text", "guess"),
    [("smal", "small"), ("whisper-small", "small"), ("large-v4", "large-v3"), ("trubo", "turbo")],
)
def test_a_slip_gets_a_guess(text: str, guess: str) -> None:
    """An unknown name is answered with names that are spelt alike."""
    with pytest.raises(UnknownNameError) as caught:
        read(text)
    assert repr(text) in str(caught.value)
    assert repr(guess) in caught.value.hint
    assert "hansard models list" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "nothing-like-it-at-all",
        "a/b/c",
        "owner/",
        "owner/..",
        "owner/.hidden",
        "owner/re--po",
        "owner/re..po",
        "owner/repo@",
        "owner/repo@../../etc",
        "owner/repo@-x",
        "owner/repo@a//b",
        "owner/repo@" + "x" * 101,
        "o" * 60 + "/" + "r" * 60,
        "owner/re\x00po",
        "owner/re po",
        "owner/répo",
        "small@",
    ],
)
def test_what_is_no_name_is_refused(text: str) -> None:
    """Names that the hub forbids, or that would lead out of the store, are refused."""
    with pytest.raises(UnknownNameError):
        read(text)


@given(st.text(max_size=40))
def test_no_name_leads_out_of_the_store(text: str) -> None:
    """Whatever is asked, a repository id is two plain parts and a revision has no way up."""
    try:
        found = parse_name(text, {}, nothing)
    except UnknownNameError:
        return
    if found.kind == "repo":
        assert found.target.count("/") == 1
        assert not {"", ".", ".."} & set(found.target.split("/"))
        assert "--" not in found.target
    assert ".." not in (found.revision or "")
    assert found.kind in {"entry", "repo", "folder"}


@given(st.sampled_from(sorted(all_names())), st.sampled_from(sorted(PRECISIONS)))
def test_precisions_come_off_again(name: str, precision: str) -> None:
    """A precision behind a colon is split from the name, whatever its case."""
    assert split_precision(f"{name}:{precision.upper()}") == (name, PRECISIONS[precision])
    assert split_precision(name) == (name, None)


def test_every_catalogue_name_means_one_entry() -> None:
    """No two entries share a name, and each name finds its own."""
    names = list(all_names())
    assert len(names) == len(set(names))
    for entry in CATALOGUE:
        for name in entry.names:
            assert parse_name(name, {}, nothing).target == entry.name
