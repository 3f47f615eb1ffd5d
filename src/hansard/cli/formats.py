"""`hansard formats`."""

from typing import Annotated

from cyclopts import Parameter

from hansard.audio.formats import FORMATS
from hansard.cli.tables import print_json, print_table
from hansard.transcript.formats import describe, suffixes


def formats(*, json_: Annotated[bool, Parameter(name="--json", negative="")] = False) -> None:
    """List the formats that can be read and written.

    Parameters
    ----------
    json_
        Write JSON.
    """
    written = describe()
    if json_:
        read = [
            {"name": f.name, "suffixes": list(f.suffixes), "description": f.description}
            for f in FORMATS
        ]
        print_json({"read": read, "written": dict(written), "suffixes": suffixes()})
        return
    print("Recordings that can be read (content decides, not the name):")
    print_table(
        ("format", "usual names", "what"),
        [(f.name, " ".join(f.suffixes), f.description) for f in FORMATS],
    )
    print("Files that can be written (-f):")
    endings = suffixes()
    print_table(
        ("format", "name ends in", "what"),
        [(name, endings[name], about) for name, about in written.items()],
    )
