"""Keys are made once, kept hashed, checked, and end."""

import time
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansard.errors import SettingError, UnknownNameError, UsageError
from hansard.jobs.options import DoorOptions
from hansard.server.keys import ALL_SCOPES, Key, KeyBook, digest_of, read_key_file
from hansard.storage.folder import FolderStore

STRONG = "mVt3-9xQ_pLr7ZkWb2yD"


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


@pytest.fixture
def book(store: FolderStore) -> KeyBook:
    return KeyBook(store, DoorOptions())


def test_a_key_is_found_by_its_text_and_by_nothing_else(book: KeyBook) -> None:
    """What `add` gave opens the door; a changed secret, id or nothing at all does not."""
    key, text = book.add("newsroom")
    assert text.startswith(f"hk_{key.id}_")
    assert len(text.split("_", 2)[2]) == 43
    assert book.find(text) == key
    assert key.owner == "newsroom"
    assert key.scopes == {"submit", "read"}
    wrong = text[:-1] + ("A" if text[-1] != "A" else "B")
    for other in (wrong, text.replace(key.id, "0" * 12), "", "hk_", key.id, text + "x", "ключ"):
        assert book.find(other) is None


def test_the_secret_itself_is_kept_nowhere(book: KeyBook, store: FolderStore) -> None:
    """The store holds the hash, and neither the key nor its representation shows more."""
    key, text = book.add("newsroom")
    secret = text.split("_", 2)[2]
    kept = [store.read(blob.key) for blob in store.list("keys/")]
    assert len(kept) == 1
    assert secret.encode() not in kept[0]
    assert digest_of(text).encode() in kept[0]
    assert key.webhook_secret not in repr(key)
    assert key.digest not in repr(key)


def test_another_book_on_the_same_store_knows_the_key(book: KeyBook, store: FolderStore) -> None:
    """Keys are the store's: every service that shares it accepts them."""
    key, text = book.add("shared", owner="desk", scopes=["read"], ephemeral=True, rate=5)
    other = KeyBook(store, DoorOptions())
    assert other.find(text) == key
    assert (key.owner, key.ephemeral, key.rate) == ("desk", True, 5)


def test_a_revoked_key_opens_nothing(book: KeyBook) -> None:
    """It ends at once here; its name is free again, and revoking twice is an error."""
    key, text = book.add("temp")
    assert book.revoke("temp").revoked is not None
    assert book.find(text) is None
    book.add("temp")
    assert book.revoke("temp").id != key.id
    with pytest.raises(UnknownNameError):
        book.revoke(key.id)


def test_what_is_remembered_is_forgotten_soon(book: KeyBook, store: FolderStore) -> None:
    """A key that somebody else revoked opens nothing once it is looked up again."""
    key, text = book.add("temp")
    assert book.find(text) == key
    assert book.recall(text) == (True, key)
    KeyBook(store, DoorOptions()).revoke("temp")
    while book.find(text) is not None:
        time.sleep(0.05)
    assert book.recall(text) == (True, None)


def test_recall_touches_no_store(book: KeyBook) -> None:
    """It says that it does not know, until `find` has looked; nonsense it knows at once."""
    _, text = book.add("one")
    assert book.recall(text) == (False, None)
    assert book.recall("nonsense") == (True, None)
    book.find(text)
    assert book.recall(text)[0]


def test_a_key_expires(book: KeyBook, store: FolderStore) -> None:
    """After its days it opens nothing."""
    key, text = book.add("week", days=7)
    assert key.expires is not None
    assert key.expires - key.created == pytest.approx(7 * 86_400)
    assert key.live(key.expires - 1)
    assert not key.live(key.expires)
    store.put(f"keys/{key.id}.json", msgspec.json.encode(replace(key, expires=1.0)))
    assert KeyBook(store, DoorOptions()).find(text) is None


def test_a_damaged_key_counts_for_nothing(book: KeyBook, store: FolderStore) -> None:
    """It neither opens the door nor keeps the others from being listed."""
    damaged, text = book.add("damaged")
    whole, _ = book.add("whole")
    store.put(f"keys/{damaged.id}.json", b"{")
    assert KeyBook(store, DoorOptions()).find(text) is None
    assert [key.name for key in book.list()] == [whole.name]


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("", {}),
        ("a b", {}),
        ("../x", {}),
        ("x" * 65, {}),
        ("ok", {"owner": "no/pe"}),
        ("ok", {"scopes": []}),
        ("ok", {"scopes": ["root"]}),
        ("ok", {"days": 0}),
    ],
)
def test_senseless_keys_are_not_made(book: KeyBook, name: str, more: dict[str, object]) -> None:
    """Names, scopes and days are checked before anything is written."""
    with pytest.raises(UsageError):
        book.add(name, **more)  # type: ignore[arg-type]
    assert book.list() == ()


def test_keys_are_listed_by_age(book: KeyBook) -> None:
    """The oldest first, whatever their random ids."""
    names = [book.add(f"key-{number}")[0].name for number in range(8)]
    assert [key.name for key in book.list()] == names


def test_a_name_is_taken_once(book: KeyBook) -> None:
    """Two live keys of one name could not be told apart."""
    book.add("one")
    with pytest.raises(UsageError, match="already"):
        book.add("one")


def test_scopes_and_owners() -> None:
    """An admin may do everything and sees everybody's; others their own."""
    admin = Key(id="a", name="a", owner="a", scopes=frozenset({"admin"}), digest="")
    reader = Key(id="b", name="b", owner="b", scopes=frozenset({"read"}), digest="")
    assert all(admin.may(scope) for scope in ALL_SCOPES)
    assert admin.sees("b")
    assert reader.may("read")
    assert not reader.may("submit")
    assert reader.sees("b")
    assert not reader.sees("a")


@given(st.text(max_size=200))
def test_no_text_ends_in_an_error(text: str) -> None:
    """Whatever a client sends as its key, it is just no key."""
    book = KeyBook(FolderStore(Path("/nonexistent-hansard")), DoorOptions())
    assert book.recall(text) == (True, None)
    assert digest_of(text + "\ud800")


def test_keys_of_a_file_are_accepted_with_all_scopes(store: FolderStore, tmp_path: Path) -> None:
    """Comments and blank lines are skipped; a key may have a name; nothing of it is kept."""
    file = tmp_path / "keys.txt"
    file.write_text(f"# for the container\n\n  ops:{STRONG}  \n{STRONG[::-1]}\n")
    book = KeyBook(store, DoorOptions(key_file=file))
    named = book.find(STRONG)
    assert named is not None
    assert (named.name, named.owner, named.scopes) == ("ops", "ops", ALL_SCOPES)
    assert named.webhook_secret
    unnamed = book.find(STRONG[::-1])
    assert unnamed is not None
    assert unnamed.name.startswith("file-")
    assert book.look_up(named.id) == named
    assert STRONG not in repr(book.list())
    assert list(store.list("keys/")) == []
    with pytest.raises(UnknownNameError):
        book.revoke("ops")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("short", "fewer than 16"),
        ("ops:short", "fewer than 16"),
        ("change-me-change-me-please", "placeholder"),
        ("your_secret_key_goes_here", "placeholder"),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", "placeholder"),
        ("<put your long key in here>", "placeholder"),
        (f"bad name:{STRONG}", "no name"),
        ("# only a comment", "holds no key"),
    ],
)
def test_weak_keys_of_a_file_are_refused(tmp_path: Path, line: str, said: str) -> None:
    """The error names the line and the reason, and does not show the key."""
    file = tmp_path / "keys.txt"
    file.write_text(line + "\n")
    with pytest.raises(SettingError, match=said) as caught:
        read_key_file(file)
    assert STRONG not in str(caught.value)


def test_a_key_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The service does not start with half its keys."""
    with pytest.raises(SettingError, match="cannot be read"):
        read_key_file(tmp_path / "absent")
