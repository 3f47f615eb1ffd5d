"""`hansard speakers`: voices that Hansard knows by name."""

from pathlib import Path
from typing import Any

from hansard.audio.names import printable
from hansard.cli.diarize import Engine, EngineFlags, Telling, TellingFlags, chosen
from hansard.cli.flags import with_options
from hansard.cli.main import set_up_logging
from hansard.cli.models import JsonFlag
from hansard.cli.tables import print_json, print_table, show_time
from hansard.cli.working import at_work
from hansard.library.voices import Profile, forget_profile, read_profiles, rename_profile
from hansard.settings import Options
from hansard.wiring.stores import open_store
from hansard.work.voices import enrol as do_enrol

WHERE = ("Jobs", "Models on disk")
ENGINE, TELLING = Engine(), Telling()


@with_options("Sound", *WHERE)
def enrol(
    name: str,
    clips: list[Path],
    /,
    *,
    engine: EngineFlags = ENGINE,
    telling: TellingFlags = TELLING,
    options: Options,
) -> None:
    """Learn a voice from clips in which only that person speaks; no sound is kept.

    A voice that is known already is learnt better. Profiles belong to the speaker engine that they
    were made with: with another one, enrol again.

    Parameters
    ----------
    name
        What to call the person: up to 80 letters of any script.
    clips
        Recordings of at least 2 s each; several from different days are best.
    """
    set_up_logging(verbose=telling.verbose, quiet=telling.quiet)
    options = chosen(options, engine)
    seen = telling.progress and not telling.quiet
    with at_work(printable(name), options, show=seen) as (workshop, wires):
        profile = do_enrol(name, clips, options, workshop, open_store(options), wires)
    clips_known = "1 clip" if profile.clips == 1 else f"{profile.clips} clips"
    print(f"{profile.name}: known by {profile.seconds:.0f} s of speech in {clips_known}")


@with_options(*WHERE)
def list_voices(*, json_: JsonFlag = False, options: Options) -> None:
    """List the voices that are known.

    Parameters
    ----------
    json_
        Write JSON.
    """
    found = [describe(profile) for profile in read_profiles(open_store(options))]
    if json_:
        print_json(found)
        return
    columns = ("name", "clips", "seconds", "created")
    print_table(columns, [[facts[column] for column in columns] for facts in found])


@with_options(*WHERE)
def rename(old: str, new: str, /, *, options: Options) -> None:
    """Call a known voice by another name.

    Parameters
    ----------
    old
        Its name now.
    new
        Its name from now on.
    """
    profile = rename_profile(open_store(options), old, new)
    print(f"{profile.name}: renamed")


@with_options(*WHERE)
def forget(names: list[str], /, *, options: Options) -> None:
    """Forget all that is known of voices.

    Parameters
    ----------
    names
        Their names.
    """
    store = open_store(options)
    for name in names:
        forget_profile(store, name)
        print(f"{name}: forgotten")


def describe(profile: Profile) -> dict[str, Any]:
    """A profile for people and programs, without the voice itself."""
    return {
        "name": profile.name,
        "clips": profile.clips,
        "seconds": round(profile.seconds, 1),
        "created": show_time(profile.created),
        "engines": sorted(profile.embeddings),
    }
