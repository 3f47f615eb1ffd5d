"""Every measurement of this project: `python bench/run.py speed --help`."""

import argparse
import os

import backends
import injection
import ledger
import quality
import scripted
import setup_peers
import speakers
import speed
import startup
import summaries
import training
import voices
import words

COMMANDS = {
    "backends": backends,
    "speed": speed,
    "quality": quality,
    "startup": startup,
    "voices": voices,
    "speakers": speakers,
    "words": words,
    "summaries": summaries,
    "injection": injection,
    "training": training,
    "scripted": scripted,
    "ledger": ledger,
    "setup-peers": setup_peers,
}


def main() -> int:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="bench/run.py", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="|".join(COMMANDS))
    for name, module in COMMANDS.items():
        chosen = commands.add_parser(name, help=str(module.__doc__))
        module.add_arguments(chosen)
        chosen.add_argument("--json", metavar="FILE", help="keep all figures in a file")
        chosen.add_argument("--threads", type=int, default=os.cpu_count() or 1)
        chosen.add_argument("--peers-python", metavar="FILE", help="default: bench/out/peers-venv")
        chosen.set_defaults(main=module.main)
    given = parser.parse_args()
    return int(given.main(given))


if __name__ == "__main__":
    raise SystemExit(main())
