"""What a worker accepts of clips, decided without decoding anything."""

import pytest

from hansard.errors import VoiceError
from hansard.jobs.attempt import check_reference


@pytest.mark.parametrize("seconds", [1.5, 1.98, 2.0, 6.0, 10.0, 10.05, 10.5])
def test_clips_of_two_to_ten_seconds_are_taken(seconds: float) -> None:
    """A codec that adds or takes a little harms nobody."""
    check_reference(seconds, "clip of Ana")


@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.4, 10.6, 60.0])
def test_other_clips_are_refused(seconds: float) -> None:
    """The error says whose clip it is, and what is needed."""
    with pytest.raises(VoiceError, match="clip of Ana is") as caught:
        check_reference(seconds, "clip of Ana")
    assert "2 to 10 s" in caught.value.hint
