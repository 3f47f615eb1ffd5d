"""Settings for child processes, and the worker's own folder."""

from dataclasses import replace
from pathlib import Path

import pytest

from hansard.errors import SettingError
from hansard.settings import Options, override, pack
from hansard.wiring.worker import _Scratch


def test_settings_reach_a_child_as_they_are(tmp_path: Path) -> None:
    """Packed settings, read back on top of the defaults, are the same settings."""
    options = replace(
        Options(),
        model="demo",
        data_dir=tmp_path,
        suppress_tokens=(-1, 7),
        aliases={"mine": "owner/repo@v2"},
        trusted_proxies=("10.0.0.1",),
        language="hr",
    )
    assert override(Options(), pack(options)) == options
    assert "model" not in pack(options, leave_out={"model"})


def test_a_request_may_not_set_what_is_no_setting() -> None:
    """An unknown name, and a value out of range, are told by name."""
    with pytest.raises(SettingError, match="beam_sise") as caught:
        override(Options(), {"beam_sise": 5})
    assert "beam_size" in caught.value.hint
    with pytest.raises(SettingError, match="beam_size = 99"):
        override(Options(), {"beam_size": 99})


def test_folders_of_dead_workers_are_taken_away(tmp_path: Path) -> None:
    """A new worker removes what killed ones left, and nothing of those that live."""
    dead, live = _Scratch(tmp_path), _Scratch(tmp_path)
    (dead.folder / "sound.wav").write_bytes(b"left behind")
    (live.folder / "sound.wav").write_bytes(b"at work")
    dead._lock.release()
    new = _Scratch(tmp_path)
    assert not dead.folder.exists()
    assert (live.folder / "sound.wav").exists()
    live.leave()
    new.leave()
    assert list(tmp_path.iterdir()) == []
