"""Voices are learnt from clips of one person; what would teach a wrong voice is refused."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from spectral_voices import (
    ANA,
    DIGEST,
    SILENCE,
    ZOE,
    ChordWorkshop,
    SpectralEngine,
    speak,
    write_wave,
)

from hansard.errors import Cancelled, MediaNotFoundError, UnreadableMediaError, UsageError
from hansard.errors import VoiceError as Refused
from hansard.library.voices import Profile, read_profiles
from hansard.models.speakers import Diarisation, Voice
from hansard.models.speakers.recognition import similarity
from hansard.pipeline import Event, Staged
from hansard.settings import Options
from hansard.storage.folder import FolderStore
from hansard.transcript import Turn
from hansard.work.voices import Learnt, check_alike, enrol, has_two
from hansard.work.wires import Wires


class Site:
    """A store, a workshop, and a folder for clips."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = FolderStore(folder / "store")
        self.workshop = ChordWorkshop()

    def clip(self, name: str, *said: tuple[tuple[float, ...], float]) -> Path:
        """A clip of chords."""
        return speak(self.folder / name, *said)

    def enrol(self, name: str, *clips: Path, wires: Wires | None = None) -> Profile:
        """Learn a voice."""
        return enrol(name, clips, Options(), self.workshop, self.store, wires or Wires())

    def refused(self, name: str, *clips: Path) -> str:
        """Why it is not learnt; nothing may be kept then."""
        before = read_profiles(self.store)
        with pytest.raises(Refused) as caught:
            self.enrol(name, *clips)
        assert read_profiles(self.store) == before
        assert caught.value.hint
        return str(caught.value)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return Site(tmp_path)


def test_a_voice_is_learnt_from_clips(site: Site) -> None:
    """The profile has the voice, how much of it was heard, and no sound."""
    told: list[Event] = []
    first = site.clip("first.wav", (ANA, 3.0))
    second = site.clip("second.wav", (SILENCE, 0.5), (ANA, 2.0))
    profile = site.enrol(" Ana ", first, second, wires=Wires(on_event=told.append))
    assert profile.name == "Ana"
    assert profile.clips == 2
    assert profile.seconds == pytest.approx(5.0, abs=0.2)
    assert list(profile.embeddings) == [DIGEST]
    assert read_profiles(site.store) == (profile,)
    assert Staged("listening to second.wav") in told
    assert site.workshop.open == 0
    assert list((site.folder / "temporary").iterdir()) == []
    assert sum(blob.size for blob in site.store.list()) < 10_000


def test_enrolling_again_adds_to_what_is_known(site: Site) -> None:
    """A second day adds its speech; another engine's embedding stands beside."""
    site.enrol("Ana", site.clip("a.wav", (ANA, 3.0)))
    more = site.enrol("ana", site.clip("b.wav", (ANA, 2.0)))
    assert (more.name, more.clips) == ("Ana", 2)
    assert more.seconds == pytest.approx(5.0, abs=0.2)
    site.workshop = ChordWorkshop(SpectralEngine(replace(SpectralEngine().info, digest="6" * 64)))
    both = site.enrol("Ana", site.clip("c.wav", (ANA, 2.0)))
    assert set(both.embeddings) == {DIGEST, "6" * 64}
    assert both.embeddings[DIGEST] == more.embeddings[DIGEST]


def test_too_little_speech_is_refused(site: Site) -> None:
    """A third of a second says nothing of a voice, nor does silence."""
    assert "only 0.3 s of speech" in site.refused("Ana", site.clip("hm.wav", (ANA, 0.3)))
    assert "'quiet.wav' has no speech" in site.refused("Ana", site.clip("quiet.wav", (SILENCE, 4)))


def test_noise_is_no_voice(site: Site) -> None:
    """What the engine finds no voice in is refused with the name of the clip."""
    noise = np.random.default_rng(1).normal(0, 0.2, 48_000).astype(np.float32)
    write_wave(site.folder / "noise.wav", [np.clip(noise, -1, 1)])
    assert site.refused("Ana", site.folder / "noise.wav").startswith("'noise.wav'")


def test_two_people_in_a_clip_are_refused(site: Site) -> None:
    """A clip in which somebody else has a clear share teaches no voice; a cough does no harm."""
    assert "two people speak" in site.refused("Ana", site.clip("both.wav", (ANA, 3.0), (ZOE, 2.0)))
    cough = site.clip("cough.wav", (ANA, 5.0), (ZOE, 0.5))
    assert site.enrol("Ana", cough).clips == 1


def test_clips_of_different_people_are_refused_by_name(site: Site) -> None:
    """Of three, the one that is unlike the others is named; of two, both are."""
    ana = [site.clip(f"ana{n}.wav", (ANA, 2.0 + n)) for n in range(2)]
    zoe = site.clip("zoe.wav", (ZOE, 3.0))
    assert site.refused("Ana", ana[0], zoe, ana[1]).startswith("'zoe.wav' is not of the same voice")
    said = site.refused("Ana", ana[0], zoe)
    assert "'ana0.wav' and 'zoe.wav'" in said
    assert "0.80 is needed" in said


def test_another_voice_is_not_added_to_a_known_one(site: Site) -> None:
    """Who is known stays who they are."""
    site.enrol("Ana", site.clip("ana.wav", (ANA, 3.0)))
    said = site.refused("Ana", site.clip("zoe.wav", (ZOE, 3.0)))
    assert "'zoe.wav' is not of the voice that is known as 'Ana'" in said


def test_wrong_names_and_clips_are_told(site: Site) -> None:
    """A name that is none, no clips, a missing file and one that is no recording."""
    clip = site.clip("ana.wav", (ANA, 3.0))
    (site.folder / "text.wav").write_text("no sound")
    for name, clips, error in (
        ("a\nb", [clip], UsageError),
        ("Ana", [], UsageError),
        ("Ana", [clip, site.folder / "gone.wav"], MediaNotFoundError),
        ("Ana", [clip, site.folder / "text.wav"], UnreadableMediaError),
    ):
        with pytest.raises(error):
            site.enrol(name, *clips)
    assert read_profiles(site.store) == ()


def test_enrolling_can_be_stopped(site: Site) -> None:
    """A caller that stops gets nothing, and nothing is left."""
    with pytest.raises(Cancelled):
        site.enrol("Ana", site.clip("ana.wav", (ANA, 3.0)), wires=Wires(cancelled=lambda: True))
    assert read_profiles(site.store) == ()
    assert list((site.folder / "temporary").iterdir()) == []


def test_one_voice_under_two_labels_is_one_person() -> None:
    """Where the engine splits one voice in two, the clip is still of one person."""
    turns = (
        Turn(speaker="SPEAKER_00", start=0.0, end=4.0),
        Turn(speaker="SPEAKER_01", start=4.0, end=7.0),
    )
    near, far = (0.9, (1 - 0.81) ** 0.5), (0.5, 0.75**0.5)
    for other, two in ((near, False), (far, True)):
        voices = (
            Voice(speaker="SPEAKER_00", embedding=(1.0, 0.0), seconds=4.0),
            Voice(speaker="SPEAKER_01", embedding=other, seconds=3.0),
        )
        assert has_two(Diarisation(turns=turns, voices=voices), 0.8) is two
    assert similarity((1.0, 0.0), near) == pytest.approx(0.9)
    assert not has_two(Diarisation(turns=(), voices=()), 0.8)


def test_the_clip_that_is_named_is_the_odd_one() -> None:
    """Whatever the order, the clip that is least like the others is the one to leave out."""
    alike = [Learnt(f"{n}.wav", (1.0, n / 10), 2.0) for n in range(3)]
    check_alike(alike, 0.8)
    check_alike(alike[:1], 0.8)
    for place in range(4):
        clips = [*alike[:place], Learnt("odd.wav", (0.0, 1.0), 2.0), *alike[place:]]
        with pytest.raises(Refused, match=r"'odd\.wav' is not"):
            check_alike(clips, 0.8)
