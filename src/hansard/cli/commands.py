"""The table of commands: what each is for, where it lives, and what one types."""

from hansard.cli.command import Command
from hansard.cli.commands_learning import DATA, EVALUATE, PACKAGES, TRAIN

__all__ = ["COMMANDS", "Command"]

COMMANDS = {
    "transcribe": Command(
        "Turn recordings into transcripts and subtitles.",
        "transcribe:transcribe",
        (
            "hansard transcribe talk.mp3",
            "hansard transcribe talk.mp3 -f srt -f json -o subtitles",
            "hansard transcribe season1/ -f vtt -o source --language en",
            "hansard transcribe talk.mp3 --diarize -f vtt",
            "hansard transcribe meeting.mp3 -f json --summarise meeting_notes_v1",
            "cat talk.mp3 | hansard transcribe - --model demo",
        ),
    ),
    "clean": Command(
        "Give a transcript punctuation and capitals; words and times stay.",
        "clean:clean",
        (
            "hansard clean talk.json -f json -o clean/",
            "hansard clean talk.srt --llm-url http://localhost:11434/v1 --llm-model qwen3",
        ),
    ),
    "summarise": Command(
        "Summarise a transcript or a recording, each point with its evidence.",
        "summarise:summarise",
        (
            "hansard summarise talk.json --template podcast_v1",
            "hansard summarise meeting.mp3 -t meeting_notes_v1 > notes.json",
            "hansard summarise talk.srt --chapters chapters.json",
            "hansard summarise --list-templates",
        ),
    ),
    "ask": Command(
        "Answer a question from a transcript, with the times where it was said.",
        "ask:ask",
        (
            'hansard ask talk.json "who will send the report?"',
            'hansard ask meeting.mp3 "what was decided?" --json',
        ),
    ),
    "diarize": Command(
        "Say who spoke when, without transcribing.",
        "diarize:diarize",
        (
            "hansard diarize talk.mp3",
            "hansard diarize talk.mp3 --num-speakers 3 -f aud > talk.aud",
        ),
    ),
    "align": Command(
        "Give times to a text that you have.",
        "align:align",
        (
            "hansard align talk.mp3 talk.txt -f srt -f json",
            "hansard align song.mp3 lyrics.txt -f lrc",
        ),
    ),
    "speakers": Command(
        "Teach Hansard voices, so that speakers are called by their names.",
        below={
            "enrol": Command(
                "Learn a voice from clips in which only that person speaks.",
                "speakers:enrol",
                ("hansard speakers enrol 'Ana Kovač' ana1.wav ana2.mp3",),
            ),
            "list": Command(
                "List the voices that are known.",
                "speakers:list_voices",
                ("hansard speakers list", "hansard speakers list --json"),
            ),
            "rename": Command(
                "Call a known voice by another name.",
                "speakers:rename",
                ("hansard speakers rename Ana 'Ana Kovač'",),
            ),
            "suggest": Command(
                "Suggest names for speakers from how they are introduced.",
                "names:suggest",
                (
                    "hansard speakers suggest talk.json",
                    "hansard speakers suggest talk.json --apply -o named.json",
                ),
            ),
            "forget": Command(
                "Forget all that is known of a voice.",
                "speakers:forget",
                ("hansard speakers forget Ana",),
            ),
        },
    ),
    "serve": Command(
        "Serve the HTTP interfaces: jobs, and what OpenAI's clients speak.",
        "serve:serve",
        (
            "hansard serve --model demo",
            "hansard serve --model small --port 9000 --data-dir /srv/hansard",
            "hansard serve --redis-url redis://queue:6379/0 --shared-dir /mnt/hansard",
        ),
    ),
    "worker": Command(
        "Work on jobs that services submit to a shared Redis.",
        "worker:worker",
        ("hansard worker --redis-url redis://queue:6379/0 --shared-dir /mnt/hansard",),
    ),
    "jobs": Command(
        "Look at jobs, cancel, retry, delete and clean them up.",
        below={
            "list": Command(
                "List jobs, the newest first.",
                "jobs:list_jobs",
                ("hansard jobs list", "hansard jobs list --status failed --json"),
            ),
            "show": Command(
                "Show what the ledger knows of one job.",
                "jobs:show",
                ("hansard jobs show 2f6f2c1e-7d0f-4a43-9b1a-0f2c7e6b8d11",),
            ),
            "cancel": Command(
                "Cancel jobs.",
                "jobs:cancel",
                ("hansard jobs cancel 2f6f2c1e-7d0f-4a43-9b1a-0f2c7e6b8d11",),
            ),
            "retry": Command(
                "Queue failed or cancelled jobs again.",
                "jobs:retry",
                ("hansard jobs retry 2f6f2c1e-7d0f-4a43-9b1a-0f2c7e6b8d11",),
            ),
            "remove": Command(
                "Delete ended jobs with their recordings and transcripts.",
                "jobs:remove",
                ("hansard jobs remove 2f6f2c1e-7d0f-4a43-9b1a-0f2c7e6b8d11",),
            ),
            "clean": Command(
                "Remove what has expired, failed long ago, or belongs to nobody.",
                "jobs:clean",
                ("hansard jobs clean --dry-run",),
            ),
        },
    ),
    "keys": Command(
        "Make, list and revoke the keys of the HTTP service.",
        below={
            "add": Command(
                "Make a key; it is shown once.",
                "keys:add",
                (
                    "hansard keys add newsroom",
                    "hansard keys add monitor --scopes read --days 30",
                ),
            ),
            "list": Command("List keys.", "keys:list_keys", ("hansard keys list",)),
            "revoke": Command("End keys.", "keys:revoke", ("hansard keys revoke newsroom",)),
        },
    ),
    "bench": Command(
        "Measure a running service.",
        below={
            "load": Command(
                "Submit one recording many times, and measure.",
                "bench:load",
                ("hansard bench load talk.mp3 50", "hansard bench load talk.mp3 50 --json"),
            ),
        },
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
            **PACKAGES,
        },
    ),
    "evaluate": EVALUATE,
    "data": Command("Gather, check and prepare recordings to learn from.", below=dict(DATA)),
    "train": Command("Make a model better with your own recordings.", below=dict(TRAIN)),
    "settings": Command(
        "Show every setting and where its value comes from.",
        "settings:show",
        ("hansard settings", "hansard settings --json", "hansard settings --llm"),
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
