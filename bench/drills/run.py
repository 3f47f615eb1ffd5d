"""Fault drills: `python bench/drills/run.py d1 --jobs 200 --kills 50`.

Each prints its figures as JSON, and ends with 1 where its promise was broken.
"""

import argparse
import json
import sys
import time
from importlib import import_module

DRILLS = {
    "d1": "d01_kills",
    "d3": "d03_redis_away",
    "d5": "d05_disk_full",
    "d6": "d06_memory",
    "d7": "d07_drops",
    "d8": "d08_slow_clients",
    "d9": "d09_fuzzed_uploads",
    "d10": "d10_bombs",
    "d11": "d11_pollers",
    "d12": "d12_many_uploads",
    "d19": "d19_cancels",
    "overhead": "overhead",
    "scaling": "scaling",
    "fairness": "fairness",
}


def main() -> int:
    """Do one drill."""
    parser = argparse.ArgumentParser(prog="bench/drills/run.py", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="|".join(DRILLS))
    for name, module in DRILLS.items():
        drill = import_module(module)
        chosen = commands.add_parser(name, help=str(drill.__doc__).split("\n", maxsplit=1)[0])
        drill.add_arguments(chosen)
        chosen.add_argument("--untimed", action="store_true", help="do not judge how long it took")
        chosen.set_defaults(drill=drill, name=name)
    given = parser.parse_args()
    begin = time.monotonic()
    figures = given.drill.run(given)
    kept = given.drill.passed(figures)
    judge = getattr(given.drill, "in_time", None)
    if judge is not None and not given.untimed:
        kept = kept and judge(figures)
    asked = {k: v for k, v in vars(given).items() if k not in {"drill", "name"}}
    report = {"drill": given.name, "kept": kept, "asked": asked, **figures}
    print(
        json.dumps({**report, "seconds": round(time.monotonic() - begin, 1)}, indent=1, default=str)
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
