"""The hooks under the real pre-commit, and the Action."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]


def run(*command: str, folder: Path, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=check, env=os.environ | env)


@pytest.fixture(scope="module")
def hooks(tmp_path_factory) -> Path:
    """This project as a repository of its own, as it lies here."""
    folder = tmp_path_factory.mktemp("hooks")
    names = run("git", "ls-files", "-co", "--exclude-standard", folder=ROOT).stdout.splitlines()
    for name in names:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "a"]):
        run(*GIT, *command, folder=folder)
    return folder


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a checkout")
def test_pre_commit(hooks, tmp_path):
    home = tmp_path / "home"
    work = tmp_path / "work"
    work.mkdir()
    revision = run("git", "rev-parse", "HEAD", folder=hooks).stdout.strip()
    (work / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {hooks}\n    rev: {revision}\n    hooks:\n      - id: cnncalc-lint\n", encoding="utf-8"
    )
    (work / "other.yaml").write_text("jobs: []\n", encoding="utf-8")
    spec = work / "net.yaml"
    spec.write_text("cnncalc: 1\ninput: 1x7x7\nlayers:\n  - conv 4 3 s2\n", encoding="utf-8")
    run(*GIT, "init", "-q", folder=work)
    run(*GIT, "add", "-A", folder=work)
    command = (sys.executable, "-m", "pre_commit", "run", "--all-files", "--verbose")
    clean = run(*command, folder=work, check=False, PRE_COMMIT_HOME=str(home))
    assert clean.returncode == 0, clean.stdout
    spec.write_text("cnncalc: 1\ninput: 1x7x7\nlayers:\n  - conv 4 3 s3\n", encoding="utf-8")
    failing = run(*command, folder=work, check=False, PRE_COMMIT_HOME=str(home))
    assert failing.returncode == 1
    assert "FT001" in failing.stdout
    assert "other.yaml" not in failing.stdout
    environment = next(home.glob("repo*/py_env-*"))
    assert not list(environment.rglob("torch"))
    pip = sum(
        f.stat().st_size
        for name in ("pip", "setuptools", "wheel")
        for f in environment.rglob(f"site-packages/{name}*/**/*")
        if f.is_file()
    )
    size = sum(file.stat().st_size for file in environment.rglob("*") if file.is_file() and not file.is_symlink()) - pip
    assert size < 40 * 2**20


def test_the_action_is_what_actions_are():
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert action["runs"]["using"] == "composite"
    assert all("shell" in step for step in action["runs"]["steps"] if "run" in step)
    for name in ("paths", "arguments", "sarif"):
        assert f"inputs.{name}" in (ROOT / "action.yml").read_text(encoding="utf-8")


def test_the_actions_command(tmp_path):
    """The last step, as a shell of a runner would run it."""
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    script = action["runs"]["steps"][-1]["run"].replace("cnncalc lint", f'"{sys.executable}" -m cnncalc lint')
    (tmp_path / "net.yaml").write_text("cnncalc: 1\ninput: 1x7x7\nlayers:\n  - conv 4 3 s3\n", encoding="utf-8")
    done = run(
        "bash", "-c", script, folder=tmp_path, check=False, LINT_PATHS=".", LINT_ARGUMENTS="--batch 8", LINT_SARIF="out.sarif",
        GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"), CNNCALC_CACHE=str(tmp_path / "cache"),
    )  # fmt: skip
    assert done.returncode == 1
    assert "::warning file=net.yaml" in done.stdout
    assert "FT001" in (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert (tmp_path / "out.sarif").exists()
