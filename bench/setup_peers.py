"""Make the environment in which openai-whisper and transformers are measured."""

import argparse
import subprocess
import venv

from places import BENCH, PEERS, peers_python

WITHOUT_DEPENDENCIES = "openai-whisper"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: versions stand in `bench/peers.txt`."""
    parser.description = __doc__


def main(_: argparse.Namespace) -> int:
    """Install what `peers.txt` names; pip decides, as it is configured, which build of torch."""
    lines = (BENCH / "peers.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    alone = [pin for pin in pins if pin.startswith(WITHOUT_DEPENDENCIES)]
    rest = [pin for pin in pins if pin not in alone]
    venv.create(PEERS, with_pip=True, clear=True)
    install = [str(peers_python(None)), "-m", "pip", "install", "--quiet"]
    subprocess.run([*install, *rest], check=True)
    subprocess.run([*install, "--no-deps", *alone], check=True)
    print(f"peers are installed in {PEERS}")
    return 0


if __name__ == "__main__":
    maker = argparse.ArgumentParser()
    add_arguments(maker)
    raise SystemExit(main(maker.parse_args()))
