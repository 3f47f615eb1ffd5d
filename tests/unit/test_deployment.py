"""The files that deploy the service keep the rules that docs/how-to/deploy.md promises."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from hansard.cli.commands import COMMANDS, Command
from hansard.settings import declared

ROOT = Path(__file__).parents[2]
FINAL = ("api", "worker", "cuda", "rocm", "dashboard", "proxy")
"""The images; other stages only lead to them."""
WORKERS = ("worker", "cuda", "rocm")
UNITS = ("hansard.service", "hansard-worker.service")
OPT_IN = re.compile(r"^(HSA_|PYTORCH_|HIP_)")
VARIABLE = re.compile(r"\bHANSARD_[A-Z_]*[A-Z]\b")
OWN_WORDS = {"HANSARD_CONFIG"}


@dataclass
class Stage:
    """One stage of the Dockerfile: what it begins from, and its instructions."""

    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)


@cache
def dockerfile() -> tuple[dict[str, str], dict[str, Stage]]:
    """The arguments before the first stage, and the stages by name."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    plain = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    arguments: dict[str, str] = {}
    stages: dict[str, Stage] = {}
    here = Stage("")
    for line in filter(None, map(str.strip, plain.splitlines())):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            here = stages[name] = Stage(base)
        elif word == "ARG" and not stages:
            arguments.update([rest.split("=", 1)])
        else:
            here.steps.append((word, " ".join(rest.split())))
    return arguments, stages


def chain(name: str) -> Iterator[Stage]:
    """A stage and those that it stands on, the lowest first."""
    stage = dockerfile()[1][name]
    if stage.base in dockerfile()[1]:
        yield from chain(stage.base)
    yield stage


def steps(name: str, word: str) -> list[str]:
    """What an image's instructions of a kind say, in their order."""
    return [rest for stage in chain(name) for kind, rest in stage.steps if kind == word]


def all_steps(word: str) -> list[str]:
    return [rest for s in dockerfile()[1].values() for kind, rest in s.steps if kind == word]


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return found


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def in_context(path: str) -> bool:
    """Whether .dockerignore lets a file go to the builder: its last pattern that fits decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        bare = pattern.removeprefix("!").removeprefix("**/")
        parts = Path(path).parts
        places = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        if pattern.startswith("**/"):
            places += parts
        if any(fnmatch(place, bare) for place in places):
            sent = pattern.startswith("!")
    return sent


def test_every_base_image_is_pinned_by_a_tag() -> None:
    """A stage begins from another one, or from an argument that names an image with a release."""
    arguments, stages = dockerfile()
    assert set(FINAL) <= set(stages)
    for name, stage in stages.items():
        if stage.base not in stages:
            image = arguments[stage.base.removeprefix("${").removesuffix("}")]
            assert re.fullmatch(r"[a-z0-9./_-]+:[a-z0-9._-]*\d[a-z0-9._-]*", image), name
    pulled = [s["image"] for s in services().values() if "build" not in s]
    assert pulled
    for image in pulled:
        assert re.search(r":v?\d", image), image


@pytest.mark.parametrize("name", FINAL)
def test_images_run_as_a_plain_user(name: str) -> None:
    """The last USER is a number that is not root's, and no stage after it is one's own again."""
    assert steps(name, "USER")[-1] == "10001:10001"
    assert steps(name, "STOPSIGNAL")[-1] == "SIGTERM"
    assert steps(name, "HEALTHCHECK")[-1].startswith("--interval=")
    assert steps(name, "ENTRYPOINT")


def test_nothing_is_fetched_unchecked() -> None:
    """No ADD, no download by hand; Python packages come with hashes, or lie in the project."""
    assert all_steps("ADD") == []
    for step in all_steps("RUN"):
        assert not re.search(r"\b(curl|wget|git clone)\b", step)
        for words in re.findall(r"pip install ([^;&]*)", step):
            assert "--no-deps" in words
            assert "-r " not in words or "--require-hashes" in words
    for name in ("locks/service.txt", "deploy/dashboard.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        packages = re.findall(r"^[a-z0-9._-]+==(?:.*\\\n)+.*", text, re.MULTILINE | re.IGNORECASE)
        assert packages, name
        assert all("--hash=sha256:" in package for package in packages), name
        assert "://" not in text, name


def test_packages_of_the_system_leave_nothing_behind() -> None:
    """Only what is named is installed, and the lists of packages are removed in the same layer."""
    installs = [step for step in all_steps("RUN") if "apt-get install" in step]
    assert len(installs) == 3
    for step in installs:
        assert "--no-install-recommends" in step
        assert "rm -rf /var/lib/apt/lists/*" in step
    for name in WORKERS:
        programs = " ".join(steps(name, "RUN"))
        assert "ffmpeg" in programs
        assert "libchromaprint-tools" in programs
    assert "ffmpeg" not in " ".join(steps("api", "RUN"))


def test_the_image_of_the_door_holds_no_engine() -> None:
    """The libraries that hold engines are taken out of it, and torch is in none of the images."""
    assert "--from=build-api /opt/hansard /opt/hansard" in steps("api", "COPY")
    removed = steps("build-api", "RUN")[-1]
    for library in ("ctranslate2", "faster-whisper", "onnxruntime"):
        assert library in removed
    assert not re.search(r"^torch==", (ROOT / "locks/service.txt").read_text(), re.MULTILINE)


def test_what_is_copied_exists_and_is_sent() -> None:
    """Every source of COPY is in the project and in the builder's context."""
    sources = [s for step in all_steps("COPY") if "--from" not in step for s in step.split()[:-1]]
    assert sources
    for source in sources:
        path = ROOT / source
        assert path.exists(), source
        inner = next(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else path
        assert in_context(inner.relative_to(ROOT).as_posix()), source


@pytest.mark.parametrize(
    "name", [".env", ".env.example", "deploy/secrets/keys", ".git/config", "hansard.toml", "x.key"]
)
def test_secrets_do_not_reach_the_builder(name: str) -> None:
    """The builder never sees what could hold a secret."""
    assert not in_context(name)


def test_images_hold_no_secrets_and_no_switches_for_some_cards() -> None:
    """No argument or variable is a secret, and none of AMD's opt-ins is set."""
    words = [*dockerfile()[0], *all_steps("ARG"), *all_steps("ENV")]
    for word in words:
        assert not re.search(r"TOKEN|PASSWORD|SECRET|REDIS_URL|KEY", word), word
    for step in all_steps("ENV"):
        assert not [w for w in step.split() if OPT_IN.match(w)]


@pytest.mark.parametrize("name", sorted(services()))
def test_containers_are_locked_down(name: str) -> None:
    """Read-only root, no capabilities, no new rights, bounded memory and processes, a clean end."""
    service = services()[name]
    assert service["read_only"] is True
    assert service["init"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] > 0
    assert re.match(r"\$\{\w+:-\d+g\}|\d+[mg]", service["mem_limit"])
    assert service["stop_grace_period"] == "120s"
    assert service["restart"] == "unless-stopped"
    assert all("size=" in each for each in service["tmpfs"])
    assert "build" in service or "healthcheck" in service
    assert service.get("user", "10001") not in {"0", "root", "0:0"}


def test_only_the_proxy_is_open_to_others() -> None:
    """What else is published is so for this machine only; Redis is not, and has no way out."""
    for name, service in services().items():
        if name != "proxy":
            assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
    networks = compose()["networks"]
    for name in ("redis", "dashboard"):
        assert "ports" not in services()[name]
        assert all(networks[net] == {"internal": True} for net in services()[name]["networks"])


def test_profiles_start_what_belongs_together() -> None:
    """Each kind of worker brings the door and the queue; each profile of the page exists."""
    started: dict[str, set[str]] = {}
    for name, service in services().items():
        for profile in service["profiles"]:
            started.setdefault(profile, set()).add(name)
    assert started == {
        "cpu": {"redis", "api", "worker"},
        "cuda": {"redis", "api", "worker-cuda"},
        "rocm": {"redis", "api", "worker-rocm"},
        "redis": {"redis"},
        "vllm": {"vllm"},
        "proxy": {"proxy"},
        "dashboard": {"dashboard", "dashboard-door"},
    }


def test_workers_may_write_beside_the_recordings() -> None:
    """Door and workers share one volume, and none of them has it read-only."""
    for name in ("api", "worker", "worker-cuda", "worker-rocm"):
        assert services()[name]["volumes"] == ["data:/data"]
        assert services()[name]["environment"]["HANSARD_DATA_DIR"] == "/data"
        assert services()[name]["env_file"] == [".env"]


def test_a_card_is_reserved_and_the_other_kind_mapped() -> None:
    """The worker for NVIDIA reserves a card; that for AMD gets its devices and groups."""
    devices = services()["worker-cuda"]["deploy"]["resources"]["reservations"]["devices"]
    assert [device["capabilities"] for device in devices] == [["gpu"]]
    assert services()["worker-rocm"]["devices"] == ["/dev/kfd", "/dev/dri"]
    assert not OPT_IN.search(str(services()["worker-rocm"].get("environment")))


def test_secrets_come_from_outside() -> None:
    """Passwords are variables, and keys a mounted file that git does not take."""
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    secrets = re.findall(r"^\s+\w*(?:PASSWORD|HASH): +(\S+)", text, re.MULTILINE)
    assert secrets
    assert all(value.startswith("${") for value in secrets)
    assert re.findall(r"redis://\w+:(.)", text) == ["$", "$"]
    assert services()["api"]["secrets"] == ["keys"]
    assert services()["api"]["environment"]["HANSARD_KEY_FILE"] == "/run/secrets/keys"
    ignored = (ROOT / "deploy/secrets/.gitignore").read_text(encoding="utf-8")
    assert "\n*\n" in ignored


def test_what_compose_names_is_there() -> None:
    """Targets, mounted files and variables without a default exist where they are looked for."""
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for service in services().values():
        if "build" in service:
            assert service["build"]["target"] in FINAL
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).is_file(), source
            else:
                assert source in compose()["volumes"], source
    text = re.sub(r"^\s*#.*", "", (ROOT / "compose.yaml").read_text("utf-8"), flags=re.MULTILINE)
    for name in re.findall(r"(?<!\$)\$\{(\w+)", text):
        assert re.search(rf"^#?{name}=", example, re.MULTILINE), name


def test_the_example_holds_no_real_secret() -> None:
    """In the example all secrets are empty or placeholders, and opt-ins are commented out."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert given == {
        "REDIS_PASSWORD": "",
        "HANSARD_MODEL": "demo",
        "HANSARD_HF_TOKEN": "your_huggingface_token_here",
    }


@pytest.mark.parametrize(
    "name",
    [
        *("Dockerfile", "compose.yaml", ".env.example"),
        *(f"deploy/{unit}" for unit in UNITS),
        *(f"docs/how-to/{page}" for page in ("deploy.md", "operate.md")),
    ],
)
def test_settings_have_their_true_names(name: str) -> None:
    """Every variable that is named anywhere is a setting of Hansard."""
    known = {setting.variable for setting in declared().values()} | OWN_WORDS
    found = set(VARIABLE.findall((ROOT / name).read_text(encoding="utf-8")))
    assert found - known == set()


@pytest.mark.parametrize("name", ["deploy.md", "operate.md"])
def test_commands_have_their_true_names(name: str) -> None:
    """Every `hansard ...` in a block of the page is a command."""
    text = (ROOT / "docs/how-to" / name).read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    typed = re.findall(r"(?:^|/bin/)hansard ([a-z]+)(?: ([a-z]+))?", blocks, re.MULTILINE)
    assert typed
    for first, second in typed:
        command: Command | None = COMMANDS.get(first)
        assert command is not None, first
        assert not command.below or second in command.below, (first, second)


@pytest.mark.parametrize("name", UNITS)
def test_units_are_sound_and_shut(name: str, tmp_path: Path) -> None:
    """The unit is read by systemd without complaint, and counted among those that expose little."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    text = (ROOT / "deploy" / name).read_text(encoding="utf-8")
    command = re.search(r"^ExecStart=/opt/hansard/bin/hansard (\w+)$", text, re.MULTILINE)
    assert command is not None
    assert command[1] in COMMANDS
    unit = tmp_path / name
    unit.write_text(text.replace(command[0], "ExecStart=/bin/sh"), encoding="utf-8")
    read = subprocess.run([program, "verify", unit], capture_output=True, text=True, check=False)
    assert (read.returncode, read.stderr) == (0, "")
    shut = [program, "security", "--offline=true", "--threshold=25", str(unit)]
    done = subprocess.run(shut, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-600:]


@pytest.mark.parametrize("name", UNITS)
def test_units_say_what_the_page_promises(name: str) -> None:
    """Restarted whatever happens, stopped in order, and not at all after a wrong setting."""
    lines = set((ROOT / "deploy" / name).read_text(encoding="utf-8").splitlines())
    assert lines >= {
        "Restart=always", "RestartPreventExitStatus=2", "KillMode=mixed", "TimeoutStopSec=120",
        "NoNewPrivileges=yes", "ProtectSystem=strict", "StateDirectory=hansard", "MemoryMax=75%",
        "OOMPolicy=continue", "User=hansard", "CapabilityBoundingSet=",
    }  # fmt: skip


def test_compose_itself_reads_the_file(tmp_path: Path) -> None:
    """Where docker's compose is installed, it accepts the file with every profile."""
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True,
                                        check=False).returncode:  # fmt: skip
        pytest.skip("docker's compose plugin is not installed")
    place = tmp_path / "hansard"
    shutil.copytree(ROOT / "deploy", place / "deploy")
    shutil.copy(ROOT / "compose.yaml", place)
    (place / ".env").write_text("REDIS_PASSWORD=0123456789abcdef\n", encoding="utf-8")
    (place / "deploy/secrets/keys").write_text("x\n", encoding="utf-8")
    done = subprocess.run(
        [docker, "compose", "--profile", "*", "config", "--quiet"], cwd=place,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
