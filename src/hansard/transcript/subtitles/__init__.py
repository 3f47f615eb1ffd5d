"""Readable subtitles from a transcript: profiles, cues, line wrapping, and a score."""

from hansard.transcript.subtitles.cues import Cue, cues_of
from hansard.transcript.subtitles.options import SubtitleOptions
from hansard.transcript.subtitles.profiles import PROFILES, Profile, profile_of
from hansard.transcript.subtitles.scoring import Fault, SubtitleScore, score, score_of
from hansard.transcript.subtitles.wrapping import wrap

__all__ = [
    "PROFILES",
    "Cue",
    "Fault",
    "Profile",
    "SubtitleOptions",
    "SubtitleScore",
    "cues_of",
    "profile_of",
    "score",
    "score_of",
    "wrap",
]
