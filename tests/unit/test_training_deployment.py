"""The files that set up and start trainings keep the rules that docs/how-to/train.md promises."""

import json
import re
import shutil
import subprocess
import tomllib
import wave
from fnmatch import fnmatch
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from hansard.training.project import Project
from hansard.work.demonstrate import find_sample, list_samples

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github/workflows/ci-train-smoke.yml"
EXTRAS = ("train", "fetch", "s3")
"""What requirements-train.txt names besides the base."""
SCRIPTS = ("enable-pwsh-allow.ps1", "setup_env.ps1")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def steps() -> tuple[tuple[str, str], ...]:
    """The instructions of Dockerfile.train."""
    plain = re.sub(r"^\s*#.*\n", "", text_of("Dockerfile.train"), flags=re.MULTILINE)
    lines = filter(None, map(str.strip, plain.replace("\\\n", " ").splitlines()))
    return tuple((line.split()[0], " ".join(line.split()[1:])) for line in lines)


def all_steps(word: str) -> list[str]:
    return [rest for kind, rest in steps() if kind == word]


def is_sent(path: str) -> bool:
    """Whether Dockerfile.train.dockerignore lets a file go to the builder."""
    sent = True
    parts = Path(path).parts
    places = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    for line in filter(None, text_of("Dockerfile.train.dockerignore").splitlines()):
        bare = line.removeprefix("!").removeprefix("**/")
        tried = [*places, *parts] if "**/" in line else places
        if not line.startswith("#") and any(fnmatch(place, bare) for place in tried):
            sent = line.startswith("!")
    return sent


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(text_of("docker-compose.train.yml"))
    return found["services"]


def workflow() -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    return found


@cache
def pins() -> dict[str, set[str]]:
    """The versions in requirements-train.txt; some packages have two, for two Pythons."""
    found: dict[str, set[str]] = {}
    for line in text_of("requirements-train.txt").splitlines():
        if line and not line.startswith("#"):
            match = re.fullmatch(r"([a-z0-9][a-z0-9._-]*)==([^ ;]+)(?: ; .+)?", line)
            assert match is not None, line
            found.setdefault(match[1], set()).add(match[2])
    return found


def wanted() -> list[Requirement]:
    """What pyproject.toml asks for, for the base and the extras."""
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    lines = [*project["dependencies"]]
    for extra in EXTRAS:
        lines += project["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def sample() -> ModuleType:
    spec = spec_from_file_location("sample", ROOT / "deploy/train/sample.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_everything_that_is_asked_for_is_pinned() -> None:
    """Each requirement of the base and of training has a version that it allows."""
    for one in wanted():
        found = pins().get(canonical(one.name))
        assert found, f"{one}: make requirements-train.txt anew"
        assert all(Version(version) in one.specifier for version in found), one


def test_pins_agree_with_those_of_the_locks() -> None:
    """What is locked with hashes has the same version here; so has the torch that is tested."""
    locked: dict[str, set[str]] = {}
    lines = re.findall(r"^([a-z0-9._-]+)==(\S+)", text_of("locks/base.txt"), re.MULTILINE)
    for name, version in lines:
        locked.setdefault(name, set()).add(version)
    assert {name: pins().get(name) for name in locked} == locked
    lines = re.findall(
        r"^[a-z0-9-]+(?:==|<|>=)[\d.]+$", text_of("constraints/cpu.txt"), re.MULTILINE
    )
    tested = [Requirement(line) for line in lines]
    assert {"torch", "transformers"} <= {one.name for one in tested} & set(pins())
    for one in tested:
        assert all(Version(version) in one.specifier for version in pins().get(one.name, ())), one


def test_the_image_is_pinned_and_runs_as_a_plain_user() -> None:
    """Its base has a release, its last user is not root, and it is stopped so that it can save."""
    image = dict(rest.split("=", 1) for rest in all_steps("ARG"))["CUDA_IMAGE"]
    assert re.fullmatch(r"[a-z0-9./_-]+:[a-z0-9._-]*\d[a-z0-9._-]*", image)
    assert all_steps("USER") == ["10001:10001"]
    assert all_steps("STOPSIGNAL") == ["SIGTERM"]
    assert all_steps("ENTRYPOINT") == ['["/opt/hansard/train/entrypoint.sh"]']
    assert all_steps("CMD") == ['["sample"]']


def test_the_image_fetches_nothing_unchecked() -> None:
    """No download by hand; what has hashes is held to them before the rest comes by version."""
    assert all_steps("ADD") == []
    installs = [w for step in all_steps("RUN") for w in re.findall(r"pip install ([^&]*)", step)]
    assert "--require-hashes" in installs[0]
    assert installs[1].split() == ["-r", "requirements-train.txt"]
    assert installs[2].split() == ["--no-deps", "--no-build-isolation", "."]
    for step in all_steps("RUN"):
        assert not re.search(r"\b(curl|wget|git clone)\b", step)
        if "apt-get install" in step:
            assert "--no-install-recommends" in step
            assert "rm -rf /var/lib/apt/lists/*" in step


def test_what_is_copied_is_sent_and_nothing_else() -> None:
    """Every source of COPY exists and reaches the builder; recordings and secrets do not."""
    sources = [s for step in all_steps("COPY") if "--from" not in step for s in step.split()[:-1]]
    assert len(sources) >= 5
    for source in sources:
        path = ROOT / source
        inner = next(p for p in path.rglob("*.py")) if path.is_dir() else path
        assert inner.is_file(), source
        assert is_sent(inner.relative_to(ROOT).as_posix()), source
    for name in (".env", "uploads/talk.wav", "training/models/x", "deploy/secrets/keys", "x.key"):
        assert not is_sent(name), name


@pytest.mark.parametrize("name", ["train", "train-cpu", "board"])
def test_containers_are_locked_down(name: str) -> None:
    """Read-only root, no capabilities, bounds, time to save, and no endless starting anew."""
    service = services()[name]
    assert service["build"]["dockerfile"] == "Dockerfile.train"
    assert (service["read_only"], service["init"], service["cap_drop"]) == (True, True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] > 0
    assert service["mem_limit"]
    assert service["restart"] == "no"
    assert service["stop_grace_period"] == "600s"
    assert "privileged" not in service
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert [v.split(":")[-1] for v in service["volumes"]] == ["/project", "/data"]


def test_only_training_reserves_a_card() -> None:
    """The GPU is NVIDIA's, chosen by a variable, and none is needed on a CPU or for curves."""
    devices = services()["train"]["deploy"]["resources"]["reservations"]["devices"]
    assert devices == [
        {"driver": "nvidia", "device_ids": ["${GPU:-0}"], "capabilities": ["gpu"]},
    ]
    assert "deploy" not in services()["train-cpu"]
    assert "deploy" not in services()["board"]


def test_the_entrypoint_is_sound() -> None:
    """A shell reads it, it may be executed, and it needs nothing of a container."""
    path = ROOT / "deploy/train/entrypoint.sh"
    assert path.stat().st_mode & 0o111
    assert subprocess.run(["sh", "-n", path], check=False).returncode == 0
    assert "/opt/" not in text_of("deploy/train/entrypoint.sh")


def test_the_workflow_runs_strangers_code_at_fixed_commits_only() -> None:
    """Actions are named by commit, rights are to read, and no secret is given."""
    text = WORKFLOW.read_text(encoding="utf-8")
    used = re.findall(r"uses: *(\S+)", text)
    assert len(used) == 2
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", one) for one in used)
    assert workflow()["permissions"] == {"contents": "read"}
    assert "secrets." not in text
    assert "://" not in text


def test_the_workflow_runs_what_is_there() -> None:
    """Its commands are those of dev.py, and the files that it names exist."""
    job = workflow()["jobs"]["smoke"]
    typed = "\n".join(step.get("run", "") for step in job["steps"])
    assert re.findall(r"dev\.py (\w+)", typed) == ["setup", "test"]
    assert all(f"def do_{word}(" in text_of("dev.py") for word in ("setup", "test"))
    assert "deploy/train/entrypoint.sh sample" in typed
    pattern = re.search(r"dev\.py test (\S+)", typed)
    assert pattern is not None
    names = {path.name for path in ROOT.glob(pattern[1])}
    assert {"test_training_entrypoint.py", "test_train_smoke.py"} <= names
    for path in workflow()[True]["pull_request"]["paths"]:
        assert list(ROOT.glob(path.replace("/**", "") if path.endswith("/**") else path)), path


def test_tasks_of_the_editor_are_there() -> None:
    """The tasks are JSON but for comments, each runs on Windows too, and none loosens a policy."""
    text = text_of(".vscode/tasks.json")
    tasks = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))["tasks"]
    assert len({task["label"] for task in tasks}) == len(tasks) >= 5
    assert all(task["command"] and task["windows"]["command"] for task in tasks)
    assert not re.search("bypass|executionpolicy", text, re.IGNORECASE)
    for name in re.findall(r"(?:deploy|scripts)/[\w./]+", text):
        assert (ROOT / name).is_file(), name


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_for_powershell_weaken_nothing(name: str) -> None:
    """They are plain ASCII, set a policy for their own process at most, and unblock no file."""
    text = (ROOT / "scripts" / name).read_bytes().decode("ascii")
    code = re.sub(r"<#.*?#>", "", text, flags=re.DOTALL)
    assert "Set-StrictMode" in code
    for line in re.findall(r"^.*Set-ExecutionPolicy.*$", code, re.MULTILINE):
        assert "-Scope Process -ExecutionPolicy RemoteSigned" in line
    assert "Unblock-File" not in code
    assert "CurrentUser" not in code
    assert not re.search(r"Invoke-Expression|\biex\b|DownloadString|Invoke-WebRequest", code)


def test_the_policy_is_changed_only_by_those_who_say_so() -> None:
    """Warnings come first, and without -Yes the script leaves before it sets anything."""
    code = text_of("scripts/enable-pwsh-allow.ps1")
    sets = code.index("Set-ExecutionPolicy -Scope Process -ExecutionPolicy RemoteSigned -Force")
    assert code.index("Write-Warning") < code.index("if (-not $Yes)") < sets
    assert "return" in code[code.index("if (-not $Yes)") : sets]


def test_powershell_reads_the_scripts() -> None:
    """Where PowerShell is installed, it parses both; elsewhere nothing is said of that."""
    pwsh = shutil.which("pwsh")
    if pwsh is None:
        pytest.skip("pwsh is not installed")
    for name in SCRIPTS:
        parse = (
            "$e = $null; [void][System.Management.Automation.Language.Parser]::ParseFile("
            f"'{ROOT / 'scripts' / name}', [ref]$null, [ref]$e); exit $e.Count"
        )
        done = subprocess.run([pwsh, "-NoProfile", "-Command", parse], check=False)
        assert done.returncode == 0, name


def test_the_sample_is_what_was_said(tmp_path: Path) -> None:
    """A clip, its words and what is known of it for each sentence; what is there is left alone."""
    module = sample()
    project = Project(tmp_path)
    sentences = [line.text for name in list_samples() for line in find_sample(name).segments]
    assert module.lay(project) == len(sentences)
    written = sorted(project.uploads.glob("*.wav"))
    assert len(written) == len(sentences)
    assert {p.with_suffix(".txt").read_text("utf-8").strip() for p in written} == set(sentences)
    for path in written:
        known = json.loads(path.with_suffix(".meta.json").read_bytes())
        assert known["licence"]
        with wave.open(str(path)) as file:
            assert 1.0 < file.getnframes() / file.getframerate() < 8.0
    written[0].write_bytes(b"mine")
    module.lay(project)
    assert written[0].read_bytes() == b"mine"


def test_git_takes_no_secrets() -> None:
    """The file that holds secrets is ignored."""
    assert ".env" in text_of(".gitignore").split()
