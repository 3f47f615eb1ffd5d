"""README.md of a package: what the model is, how good, and how it is served. Pure text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hansard.training.packaging.fidelity import Fidelity
from hansard.training.packaging.heads import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a README tells of."""

    name: str
    told: Mapping[str, Any]
    """The run's manifest; empty where there is none."""
    folders: Mapping[str, str]
    """Each folder of CTranslate2 weights and its precision."""
    languages: tuple[str, ...] = ()
    """That the model was taught, or all that it knows."""
    multilingual: bool = False
    window: float | None = None
    short_context: bool = False
    chosen: Choice | None = None
    """Alignment heads, where the checkpoint named none."""
    fidelities: Sequence[Fidelity] = field(default_factory=tuple)
    clips: str = ""
    """What the models were compared on."""


def write_card(card: Card) -> str:
    """The README, in Markdown."""
    parts = [
        _head(card), _training(card), _data(card), _quality(card), _faithful(card),
        _times(card), _serving(card), _ggml(),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part).strip() + "\n"


def _head(card: Card) -> str:
    tongues = ", ".join(card.languages) or "not told"
    rows = ["| `hf/` | safetensors with tokeniser and processor; transformers, and more training |"]
    rows += [
        f"| `{folder}/` | CTranslate2, {precision}; Hansard, faster-whisper |"
        for folder, precision in card.folders.items()
    ]
    rows += [
        "| `run_manifest.json` | how it was trained |",
        "| `fidelity.json` | how the conversion was tested |",
        "| `SHA256SUMS` | `sha256sum -c SHA256SUMS` checks every file |",
    ]
    table = "\n".join(["| what | for |", "|---|---|", *rows])
    return (
        f"# {card.name}\n\nA Whisper model for speech recognition. Languages: {tongues}.\n\n{table}"
    )


def _training(card: Card) -> str:
    told = card.told
    start = told.get("start")
    rows = {
        "begun with": start.get("name") if isinstance(start, dict) else start,
        "command": _code(told.get("command")),
        "trained at": told.get("created"),
        "git commit": told.get("git_commit"),
        "steps": told.get("steps"),
    }
    lines = [f"* {name}: {value}" for name, value in rows.items() if value]
    return "\n".join(["## Training", "", *lines]) if lines else ""


def _data(card: Card) -> str:
    lines = list(_parts(card.told.get("split")))
    for one in card.told.get("sources") or ():
        if isinstance(one, dict):
            lines.append(
                f"* {one.get('source') or 'source not told'}, "
                f"licence: {one.get('licence') or 'not told'}"
            )
        else:
            lines.append(f"* {one}")
    return "\n".join(["## Data", "", *lines]) if lines else ""


def _parts(split: object) -> Iterator[str]:
    if not isinstance(split, dict):
        return
    for name, part in split.items():
        if isinstance(part, dict):
            clips, hours = part.get("clips"), part.get("hours")
            yield f"* {name}: {clips} clips, {hours} hours"


def _quality(card: Card) -> str:
    figures = card.told.get("figures") or card.told.get("best")
    if not isinstance(figures, dict) or not figures:
        return ""
    rows = [f"| {name} | {value} |" for name, value in flatten(figures)]
    return "\n".join(["## How good it is", "", "| figure | value |", "|---|---|", *rows])


def flatten(figures: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Figures with the names of those above them: `before wer`, `after wer`."""
    for name, value in figures.items():
        shown = f"{above} {name}".strip()
        if isinstance(value, Mapping):
            yield from flatten(value, shown)
        elif value is not None:
            yield shown, value


def _faithful(card: Card) -> str:
    title = "## How faithful the conversion is"
    if not card.fidelities:
        return f"{title}\n\nNot tested."
    told = (
        "The trained model in transformers (float32, greedy) and the conversion read "
        f"{len(card.fidelities[0].clips)} clips of {card.clips}."
    )
    rows = [
        f"| `{one.trial.folder}` | {one.trial.compute_type} | {one.same_text:.0%} | "
        f"{one.wer:.3f} | {_spread(one, 'times')} | {_spread(one, 'words')} |"
        for one in card.fidelities
    ]
    return "\n".join(
        [
            title, "", told, "",
            "| folder | computed in | same text | WER between | timestamps | beginnings of words |",
            "|---|---|---|---|---|---|", *rows, "",
            "Differences in seconds: median / 95 % below / largest.",
        ]
    )  # fmt: skip


def _spread(fidelity: Fidelity, what: Any) -> str:
    found = fidelity.gather(what)
    return f"{found.median:.2f} / {found.most:.2f} / {found.largest:.2f}" if found else "-"


def _times(card: Card) -> str:
    chosen = card.chosen
    if chosen is None:
        return ""
    heads = ", ".join(f"{layer}.{head}" for layer, head in chosen.heads)
    how = (
        f"chosen by measurement on {chosen.clips} clips of {card.clips}: those whose attention "
        "follows the speech best"
        if chosen.is_measured
        else "all heads of the last half of the decoder's layers, because none could be measured "
        "to follow the speech; word times may be rough"
    )
    return f"## Word times\n\nThe checkpoint named no alignment heads. They are {heads}: {how}."


def _serving(card: Card) -> str:
    language = card.languages[0] if card.multilingual and card.languages else None
    given = f', language="{language}"' if language else ""
    asked = f', generate_kwargs={{"language": "{language}"}}' if language else ""
    caution = ""
    if card.short_context:
        caution = (
            "\n\nThis model was trained on windows shorter than 30 s. Hansard cuts and pads to "
            "suit it; other programs pad to 30 s, where it may hear less well."
        )
    return f"""## How to serve it

Hansard, under a name, and under an alias that can be switched:

    hansard models register {card.name} .
    hansard models promote {card.name} --alias best
    hansard transcribe talk.mp3 --model best
    hansard serve --model best

faster-whisper:

    from faster_whisper import WhisperModel
    segments, info = WhisperModel("ct2").transcribe("talk.mp3", word_timestamps=True{given})

transformers:

    from transformers import pipeline
    recognise = pipeline("automatic-speech-recognition", "hf")
    recognise("talk.wav", return_timestamps=True{asked}){caution}"""


def _ggml() -> str:
    return (
        "## whisper.cpp\n\nNo GGML file is made: the only converter is a script of whisper.cpp's "
        "own sources, `models/convert-h5-to-ggml.py`. It takes `hf/`, a copy of openai-whisper's "
        "sources and a folder for the result."
    )


def _code(command: object) -> str | None:
    if isinstance(command, (list, tuple)):
        command = " ".join(map(str, command))
    return f"`{command}`" if isinstance(command, str) and command else None
