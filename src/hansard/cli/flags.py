"""Flags out of option objects: each field of a room's options becomes a flag of that name."""

import functools
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Group, Parameter

from hansard.audio.options import AudioOptions
from hansard.cli.main import GROUP_PREFIX
from hansard.jobs.options import DoorOptions, LedgerOptions, RetentionOptions, WorkerOptions
from hansard.models.alignment import AlignmentModelOptions, AlignmentOptions
from hansard.models.engines import DecodeOptions, ModelOptions, PlacementOptions
from hansard.models.hub.options import HubOptions
from hansard.models.llm import LlmOptions
from hansard.models.residency.options import ResidencyOptions
from hansard.models.speakers import SpeakerModelOptions, SpeakerOptions
from hansard.models.vad import VadOptions
from hansard.models.vocals import VocalsOptions
from hansard.pipeline.options import ContextOptions, GuardOptions, LanguageOptions, PlanOptions
from hansard.settings import Options, Settings
from hansard.transcript.subtitles import SubtitleOptions
from hansard.writing.options import CleanOptions, SummaryOptions, TemplateOptions

Command = Callable[..., int | None]

GROUPS: dict[str, type] = {
    "Model": ModelOptions,
    "Language": LanguageOptions,
    "Sound": AudioOptions,
    "Subtitles": SubtitleOptions,
    "Prompts": ContextOptions,
    "Windows": PlanOptions,
    "Search": DecodeOptions,
    "Guards": GuardOptions,
    "Speakers": SpeakerOptions,
    "Speaker models": SpeakerModelOptions,
    "Word times": AlignmentOptions,
    "Word time model": AlignmentModelOptions,
    "Songs": VocalsOptions,
    "Voice activity": VadOptions,
    "Clean-up": CleanOptions,
    "Summaries": SummaryOptions,
    "Templates": TemplateOptions,
    "Language model": LlmOptions,
    "Machine": PlacementOptions,
    "Models on disk": HubOptions,
    "Models in memory": ResidencyOptions,
    "Service": DoorOptions,
    "Jobs": LedgerOptions,
    "Work": WorkerOptions,
    "Keeping": RetentionOptions,
}

WORKING = (
    "Jobs", "Work", "Keeping", "Model", "Language", "Sound", "Subtitles", "Prompts", "Windows",
    "Search", "Guards", "Speakers", "Speaker models", "Word times", "Word time model",
    "Songs", "Voice activity", "Clean-up", "Summaries", "Templates", "Language model", "Machine",
    "Models on disk", "Models in memory",
)  # fmt: skip
"""The groups of a program that works on jobs; what a job asks for is stronger."""


def with_options(*titles: str) -> Callable[[Command], Command]:
    """Give a command the flags of some rooms; it receives one `options` with every setting.

    The command declares a keyword-only parameter `options: Options` (or `settings: Settings`, which
    tells where each value came from). In its place the command line shows the flags;
    `hansard.cli.main` reads the settings, puts the given flags on top, and passes the whole.
    """

    def decorate(command: Command) -> Command:
        signature = inspect.signature(command)
        wanted = "settings" if "settings" in signature.parameters else "options"
        kept = [p for p in signature.parameters.values() if p.name != wanted]
        kept += [_group(title, GROUPS[title]) for title in titles]
        kept.append(_config())

        @functools.wraps(command)
        def wrapped(*args: Any, settings: Settings, **kwargs: Any) -> int | None:
            whole: Settings | Options = settings if wanted == "settings" else settings.options
            return command(*args, **{wanted: whole}, **kwargs)

        shown: Any = wrapped
        shown.__signature__ = signature.replace(parameters=kept)
        shown.__annotations__ = {p.name: p.annotation for p in kept}
        shown.wants_options = True
        del shown.__wrapped__
        return wrapped

    return decorate


def _group(title: str, options: type) -> inspect.Parameter:
    return inspect.Parameter(
        GROUP_PREFIX + re.sub(r"[ -]", "_", title.lower()),
        inspect.Parameter.KEYWORD_ONLY,
        default=options(),
        annotation=Annotated[
            options, Parameter(name="*", group=Group.create_ordered(title), negative_iterable="")
        ],
    )


def _config() -> inspect.Parameter:
    help_text = "The settings file; by default ./hansard.toml, else the user's own."
    return inspect.Parameter(
        "config",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[Path | None, Parameter(help=help_text)],
    )
