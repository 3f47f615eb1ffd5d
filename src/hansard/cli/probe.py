"""`hansard probe`."""

import sys
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from hansard.audio.media import probe as look
from hansard.cli.inputs import expand
from hansard.cli.main import DONE, FAILED, tell
from hansard.cli.peers import STDIN
from hansard.cli.tables import print_facts, print_json
from hansard.errors import HansardError, MediaError


def probe(
    inputs: list[str], /, *, json_: Annotated[bool, Parameter(name="--json", negative="")] = False
) -> int:
    """Show what media files hold, without decoding them.

    Parameters
    ----------
    inputs
        Recordings: files, folders, patterns, or - for standard input.
    json_
        Write JSON: one object for one file, a list for more.
    """
    found: list[dict[str, object]] = []
    failed = False
    for path in expand(inputs):
        try:
            if isinstance(path, HansardError):
                raise path
            source = sys.stdin.buffer if str(path) == STDIN else path
            found.append(asdict(look(source)))
        except MediaError as error:
            failed = True
            tell(error)
    if json_ and found:
        print_json(found[0] if len(found) == 1 else found)
    elif not json_:
        for number, facts in enumerate(found):
            if number:
                print()
            print_facts({name: value for name, value in facts.items() if value is not None})
    return FAILED if failed else DONE
