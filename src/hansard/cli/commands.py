"""The table of commands: what each is for, where it lives, and what one types."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Command:
    """One command, loaded when it is used."""

    help: str
    target: str = ""
    """`module:function` under `hansard.cli`; empty for a command that only has others below it."""
    examples: tuple[str, ...] = ()
    below: dict[str, "Command"] = field(default_factory=dict)


COMMANDS = {
    "transcribe": Command(
        "Turn recordings into transcripts and subtitles.",
        "transcribe:transcribe",
        (
            "hansard transcribe talk.mp3",
            "hansard transcribe talk.mp3 -f srt -f json -o subtitles",
            "hansard transcribe season1/ -f vtt -o source --language en",
            "cat talk.mp3 | hansard transcribe - --model demo",
        ),
    ),
    "demo": Command(
        "Show the whole path offline, on a recording that comes with Hansard.",
        "demo:demo",
        ("hansard demo", "hansard demo podcast"),
    ),
    "doctor": Command(
        "Say what this machine can run, and how fast.",
        "doctor:doctor",
        ("hansard doctor", "hansard doctor --json"),
    ),
    "models": Command(
        "List, fetch, check and remove models.",
        below={
            "list": Command(
                "List the models that have a name, and those that are here.",
                "models:list_models",
                ("hansard models list", "hansard models list --json"),
            ),
            "info": Command(
                "Show what is known of one model.", "models:info", ("hansard models info demo",)
            ),
            "pull": Command(
                "Fetch models; an interrupted download goes on where it was.",
                "models:pull",
                ("hansard models pull small", "hansard models pull owner/repo@revision"),
            ),
            "verify": Command(
                "Compare every byte of models with their recorded hashes.",
                "models:verify",
                ("hansard models verify demo",),
            ),
            "remove": Command(
                "Remove models from this machine.",
                "models:remove",
                ("hansard models remove small",),
            ),
        },
    ),
    "settings": Command(
        "Show every setting and where its value comes from.",
        "settings:show",
        ("hansard settings", "hansard settings --json"),
        below={
            "init": Command(
                "Write a settings file with every setting explained.",
                "settings:init",
                ("hansard settings init", "hansard settings init my.toml"),
            ),
            "check": Command(
                "Check every value in every source.",
                "settings:check",
                ("hansard settings check --config my.toml",),
            ),
        },
    ),
    "formats": Command(
        "List the formats that can be read and written.",
        "formats:formats",
        ("hansard formats", "hansard formats --json"),
    ),
    "probe": Command(
        "Show what a media file holds.", "probe:probe", ("hansard probe talk.mp4 --json",)
    ),
}
