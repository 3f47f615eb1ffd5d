"""Which channels can be speakers, decided without decoding anything."""

import pytest

from hansard.audio.channels import split_channels
from hansard.audio.options import AudioOptions
from hansard.errors import MediaLimitError, UsageError


@pytest.mark.parametrize("count", [2, 8])
def test_a_few_channels_can_be_speakers(count: int) -> None:
    """A call has two, a round table a few."""
    assert len(split_channels(count, AudioOptions())) == count


@pytest.mark.parametrize("count", [0, 1, 9, 16])
def test_one_channel_or_a_surround_mix_cannot(count: int) -> None:
    """The error says how many there are."""
    with pytest.raises(MediaLimitError, match=f"has {count}$"):
        split_channels(count, AudioOptions())


def test_one_chosen_channel_excludes_the_others() -> None:
    """Both together make no sense."""
    with pytest.raises(UsageError, match="all of them"):
        split_channels(2, AudioOptions(channel="left"))
