"""`hansard bench load` against a real service."""

import json
import shutil
from pathlib import Path

import pytest

from hansard.cli.bench import LoadOptions, load
from hansard.testing.service import RunningService
from hansard.work.demonstrate import find_sample


def test_a_real_service_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """More jobs than may wait are all taken in the end, and all are complete."""
    talk = tmp_path / "note.ogg"
    shutil.copy(find_sample("note").path, talk)
    with RunningService(tmp_path, "--max-queue-depth", "1", auth=True) as service:
        (tmp_path / "keys").write_text(f"ops:{service.key}\n", encoding="utf-8")
        options = LoadOptions(url=service.address, key_file=tmp_path / "keys")
        assert load(talk, 4, json_=True, options=options) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["jobs"], told["complete"], told["errors"]) == (4, 4, {})
    assert told["audio_seconds"] > 0
    assert 0 < told["p50_seconds"] <= told["p95_seconds"]
