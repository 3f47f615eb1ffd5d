#!/usr/bin/env python3
"""Everything a developer types: `python3 dev.py demo`, `python3 dev.py test`.

Needs Python 3.11 or newer and nothing else; makes `.venv` beside this file, installs and runs.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
OLDEST = (3, 11)
TORCH = ("torch", "transformers", "accelerate", "peft", "optuna", "tensorboard", "lhotse")
"""What the torch tests need; versions stand in constraints/cpu.txt."""
GPU_PACKAGES = ("nvidia-", "triton", "cuda-")
SYSTEM = {
    "redis-server": "redis-server",
    "espeak-ng": "espeak-ng",
    "flite": "flite",
    "fpcalc": "libchromaprint-tools",
    "chromium": "chromium",
}
"""Programs that tests start, and Debian's packages that hold them."""
EXTRAS = ("serve", "cluster", "otel", "lyrics", "llm", "fetch", "s3")
"""What of pyproject.toml's extras is locked, and tested with everything else."""


def main() -> int:
    """Run the command that was named; returns its exit code."""
    if sys.version_info < OLDEST:
        print(f"error: Python {sys.version.split()[0]} is too old, 3.11 or newer is needed")
        return 2
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("demo", help="install Hansard and transcribe a bundled recording")
    test = commands.add_parser("test", help="lint, types, contracts, budgets and tests")
    test.add_argument("--no-torch", action="store_true", help="leave out the tests that need torch")
    test.add_argument("pytest", nargs="*", help="what to give to pytest instead of everything")
    commands.add_parser("lint", help="lint, types and import contracts")
    setup = commands.add_parser("setup", help="install extras into .venv")
    setup.add_argument("extras", nargs="*", help="extras of pyproject.toml, such as convert")
    bench = commands.add_parser("bench", help="measure; see bench/README.md")
    bench.add_argument("arguments", nargs=argparse.REMAINDER)
    commands.add_parser("docs", help="write the generated reference pages anew")
    commands.add_parser("lock", help="write locks/ anew from pyproject.toml")
    options = parser.parse_args()
    return int(globals()["do_" + options.command](options) or 0)


def do_demo(_options: argparse.Namespace) -> int:
    """Install the base, and show the whole path."""
    install("base")
    return call(BIN / "hansard", "demo")


def do_test(options: argparse.Namespace) -> int:
    """Everything that must pass before a change lands."""
    install("test")
    left_out = install_system()
    left_out += [] if options.no_torch else install_torch()
    code = lint()
    arguments = options.pytest or ["-n", "2", "--dist", "loadfile"]
    code = call(PYTHON, "-m", "pytest", *arguments) or code
    if options.no_torch:
        left_out.append("tests marked torch: --no-torch was given")
    for reason in left_out:
        print(f"left out: {reason}")
    return code


def do_lint(_options: argparse.Namespace) -> int:
    """What can be checked without running anything."""
    install("test")
    return lint()


def do_setup(options: argparse.Namespace) -> int:
    """Install extras."""
    install("base")
    if not options.extras:
        return 0
    wanted = f"{ROOT}[{','.join(options.extras)}]"
    return pip("install", "-c", str(ROOT / "constraints" / "cpu.txt"), "-e", wanted)


def do_bench(options: argparse.Namespace) -> int:
    """Run the benchmarks."""
    install("test")
    return call(PYTHON, ROOT / "bench" / "run.py", *options.arguments)


def do_docs(_options: argparse.Namespace) -> int:
    """Write the reference pages."""
    install("test")
    return call(PYTHON, ROOT / "docs" / "generate.py")


def do_lock(_options: argparse.Namespace) -> int:
    """Resolve anew; prints no addresses and needs uv."""
    install("base")
    pip("install", "-q", "uv")
    extras = [flag for extra in EXTRAS for flag in ("--extra", extra)]
    tools = ["--group", "build"]
    wanted = {
        "base": tools,
        "service": [*tools, *extras],
        "test": [*tools, *extras, "--group", "test"],
    }
    for name, flags in wanted.items():
        common = ["--universal", "--python-version", "3.11", "--generate-hashes"]
        quiet = ["--no-annotate", "--no-header", "-q", "-o", f"locks/{name}.txt"]
        code = call(BIN / "uv", "pip", "compile", "pyproject.toml", *flags, *common, *quiet)
        if code:
            return code
    return 0


def install(lock: str) -> None:
    """Make `.venv` hold what a lock names, and Hansard itself; quick when nothing changed."""
    if not PYTHON.exists():
        print(f"making {VENV.name} with Python {sys.version.split()[0]}", flush=True)
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    locked = ROOT / "locks" / f"{lock}.txt"
    facts = locked.read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    digest = hashlib.sha256(facts).hexdigest()
    stamp = VENV / f".hansard-{lock}"
    if stamp.exists() and stamp.read_text() == digest:
        return
    print(f"installing what locks/{lock}.txt names", flush=True)
    code = pip("install", "-q", "--no-deps", "--require-hashes", "-r", str(locked))
    code = code or pip("install", "-q", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    if code:
        print("error: installing failed", "hint: is the network there?", sep="\n", file=sys.stderr)
        sys.exit(code)
    stamp.write_text(digest)


def install_torch() -> list[str]:
    """Install CPU torch where it can be had; otherwise say why the torch tests are left out."""
    limits = ["-c", str(ROOT / "constraints" / "cpu.txt")]
    look = f"from importlib.util import find_spec as f; assert all(map(f, {TORCH}))"
    if call(PYTHON, "-c", look, quiet=True) == 0:
        return []
    plan = run_pip("install", "--dry-run", "-q", "--report", "-", *limits, *TORCH)
    if plan.returncode:
        return ["tests marked torch: torch cannot be had for this Python and system"]
    names = [item["metadata"]["name"].lower() for item in json.loads(plan.stdout)["install"]]
    if any(name.startswith(GPU_PACKAGES) for name in names):
        reason = "only a build with several GB of GPU libraries is offered here"
        how = "to have it anyway: python3 dev.py setup convert"
        return [f"tests marked torch: {reason}; {how}"]
    print("installing the CPU build of torch", flush=True)
    failed = pip("install", "-q", *limits, *TORCH)
    return ["tests marked torch: installing it failed"] if failed else []


def install_system() -> list[str]:
    """Install programs that tests start, where that may be done; otherwise say what is missing."""
    missing = [program for program in SYSTEM if not shutil.which(program)]
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        packages = [SYSTEM[program] for program in missing]
        print("installing", *packages, flush=True)
        quiet = {"DEBIAN_FRONTEND": "noninteractive", **os.environ}
        for step in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            command = ["apt-get", "-q", *step]
            subprocess.run(command, check=False, env=quiet, stdout=subprocess.DEVNULL)
        missing = [program for program in SYSTEM if not shutil.which(program)]
    return [f"tests that start {program}: it is not installed" for program in missing]


def lint() -> int:
    """Ruff, its formatter, mypy, import contracts."""
    checks = (
        [PYTHON, "-m", "ruff", "check"],
        [PYTHON, "-m", "ruff", "format", "--check"],
        [PYTHON, "-m", "mypy"],
        [BIN / "lint-imports"],
    )
    worst = 0
    for check in checks:
        print("==", *check[1:] if len(check) > 1 else [Path(check[0]).name], flush=True)
        worst = call(*check) or worst
    return worst


def pip(*arguments: str) -> int:
    """Run pip in `.venv`; returns its exit code."""
    return call(PYTHON, "-m", "pip", "--disable-pip-version-check", *arguments)


def run_pip(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run pip in `.venv` and keep what it prints."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def call(*command: "str | Path", quiet: bool = False) -> int:
    """Run a program from the project's root; returns its exit code."""
    words = [str(word) for word in command]
    silence = subprocess.DEVNULL if quiet else None
    return subprocess.run(words, cwd=ROOT, check=False, stdout=silence, stderr=silence).returncode


if __name__ == "__main__":
    sys.exit(main())
