"""Flags that users of openai-whisper and its family type, where they mean the same here.

Pure: arguments in, arguments out. Underscores are accepted by the command line itself.
"""

from collections.abc import Iterator, Sequence

STDIN = "\0standard input"
"""What a lone `-` among the inputs is turned into: a name that no file can have."""
SAME = {
    "-m": "--model",
    "-l": "--language",
    "--output-format": "--format",
    "--vad-filter": "--vad",
    "--vad-min-silence-duration-ms": "--vad-min-silence-ms",
    "--vad-min-speech-duration-ms": "--vad-min-speech-ms",
    "--vad-speech-pad-ms": "--vad-padding-ms",
    "--local-files-only": "--offline",
    "--model-cache-only": "--offline",
    "--prompt": "--initial-prompt",
    "--chunk-length": "--window",
    "--chunk-size": "--window",
    "--print-progress": "--progress",
    "--diarise": "--diarize",
    "--speaker-num": "--num-speakers",
    "--standard": "--subtitle-profile=netflix",
    "--standard-asia": "--subtitle-profile=asian",
}
"""Another program's flag, and ours."""
IMPLIED = {"--batched", "--carry-initial-prompt"}
"""What is always so here: batches, and a prompt that reaches every window."""
TAKES_DASH = {"-o", "--output-dir", "--output_dir"}
"""Flags whose value may be a lone dash; any other lone dash is standard input."""
TRUE, FALSE = {"true", "1", "yes"}, {"false", "0", "no"}
SWITCHES = {
    "--vad", "--word-timestamps", "--condition-on-previous-text", "--highlight-words",
    "--offline", "--guards", "--cpu-fallback", "--progress", "--verbose", "--score", "--diarize",
    *IMPLIED,
}  # fmt: skip
"""Flags that peers write with a value, `--vad_filter True`."""


def translate_peers(argv: Sequence[str]) -> list[str]:
    """The arguments with other programs' spellings turned into ours."""
    return list(_translate(list(argv)))


def _translate(rest: list[str]) -> Iterator[str]:
    taken = False
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            yield argument
            yield from rest
            return
        if not argument.startswith("-") or argument == "-":
            yield STDIN if argument == "-" and not taken else argument
            taken = False
            continue
        flag, _, value = argument.partition("=")
        taken = flag in TAKES_DASH
        known = SAME.get(_dashed(flag), _dashed(flag))
        if known in SWITCHES:
            said = _truth(value or (rest[0] if rest else ""))
            if said is not None and not value:
                rest.pop(0)
            if known not in IMPLIED:
                yield known if said is not False else "--no-" + known[2:]
            elif said is False:
                yield argument  # refused by name further on
        else:
            yield known + ("=" + value if "=" in argument else "")


def _dashed(flag: str) -> str:
    return flag.replace("_", "-") if flag.startswith("--") else flag


def _truth(word: str) -> bool | None:
    lowered = word.casefold()
    return True if lowered in TRUE else False if lowered in FALSE else None
