"""What users of other programs type."""

import pytest

from hansard.cli.peers import translate_peers


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("a.mp3 --model small", "a.mp3 --model small"),
        ("a.mp3 -m small -l de", "a.mp3 --model small --language de"),
        ("a.mp3 --output_format srt --output_dir x", "a.mp3 --format srt --output-dir x"),
        ("a.mp3 --word_timestamps True", "a.mp3 --word-timestamps"),
        ("a.mp3 --word_timestamps False", "a.mp3 --no-word-timestamps"),
        ("--vad_filter=False a.mp3", "--no-vad a.mp3"),
        ("--vad_filter True a.mp3", "--vad a.mp3"),
        ("--condition_on_previous_text a.mp3", "--condition-on-previous-text a.mp3"),
        ("--batched True a.mp3", "a.mp3"),
        ("--vad_speech_pad_ms 200 a.mp3", "--vad-padding-ms 200 a.mp3"),
        ("--diarize True --speaker_num 2 a.mp3", "--diarize --num-speakers 2 a.mp3"),
        ("--diarise a.mp3", "--diarize a.mp3"),
        ("--standard a.mp3", "--subtitle-profile=netflix a.mp3"),
        ("-- --vad_filter True", "-- --vad_filter True"),
        ("--initial_prompt=a_b x", "--initial-prompt=a_b x"),
    ],
)
def test_other_programs_flags_are_understood(typed: str, understood: str) -> None:
    """Flags that mean the same are translated; values and what follows -- are left alone."""
    assert translate_peers(typed.split()) == understood.split()
