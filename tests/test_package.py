"""The wheel that is built from the sdist, in an environment that has nothing else."""

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from extractor import Article, Outcome
from extractor.fingerprint import canonical_json
from extractor.llm.catalogue import DEFAULT_MODEL
from extractor.llm.models import LOCAL_CONTEXT_WINDOW
from tests.cassette import FOLDER
from tests.fault_server import Behaviour, FaultServer, Recorded, status

REPOSITORY = Path(__file__).parents[1]
ARTICLES = REPOSITORY / "tests" / "articles" / "recorded.jsonl"
LINKED = ("schemas", "prompts")

pytestmark = pytest.mark.slow


def _clean_environment() -> dict[str, str]:
    """This environment without what could let the checkout or a user's settings in."""
    dropped = ("PYTHON", "EXTRACTOR_", "OPENAI_", "COV_", "COVERAGE_", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}


def _run(
    command: Sequence[str | Path], cwd: Path, environment: Mapping[str, str] | None = None
) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment or _clean_environment(),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, f"{command} ended {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _source_files(folder: str) -> dict[str, bytes]:
    """Contents of the files of a linked folder, by the name they have once installed."""
    return {
        f"extractor/{path.relative_to(REPOSITORY).as_posix()}": path.read_bytes()
        for path in (REPOSITORY / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("built")
    _run([sys.executable, "-m", "build", "--outdir", folder, REPOSITORY], cwd=folder)
    return folder


@pytest.fixture(scope="module")
def sdist(built: Path) -> Path:
    (path,) = built.glob("*.tar.gz")
    return path


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a fresh environment with the wheel and its dependencies alone."""
    folder = tmp_path_factory.mktemp("installed")
    _run([sys.executable, "-m", "venv", folder / "venv"], cwd=folder)
    # Versions as locked, so that a release of somebody else cannot fail this test. Without
    # the hashes: pip would then want one for the wheel as well.
    pins = re.findall(
        r"^[\w.-]+==[^\s;]+", (REPOSITORY / "requirements.lock").read_text(), flags=re.MULTILINE
    )
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(pins))
    binaries = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    install: list[str | Path] = [binaries / "python", "-m", "pip", "install", "--quiet"]
    _run([*install, "-c", constraints, wheel], cwd=folder)
    return binaries


@pytest.mark.parametrize("folder", LINKED)
def test_the_wheel_has_the_linked_folders_as_real_files(wheel: Path, folder: str) -> None:
    expected = _source_files(folder)
    with zipfile.ZipFile(wheel) as archive:
        inside = {
            name: archive.read(name)
            for name in archive.namelist()
            if name.startswith(f"extractor/{folder}/")
        }

    assert expected
    assert inside == expected


def test_the_wheel_has_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()

    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"extractor"}
    assert "extractor/py.typed" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert not [name for name in names if "__pycache__" in name]


def test_the_sdist_has_no_links_and_both_sides_of_the_folders(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()

    assert not [member.name for member in members if member.issym() or member.islnk()]
    names = {member.name.partition("/")[2] for member in members}
    for folder in LINKED:
        for name in _source_files(folder):
            assert {name, name.removeprefix("extractor/")} <= names
    assert {"LICENSE", "README.md", "pyproject.toml", "requirements.lock"} <= names


def test_the_installed_package_is_not_the_checkout(installed: Path, tmp_path: Path) -> None:
    code = "import extractor.schemas as s, extractor.prompts as p; print(s.__file__, p.__file__)"

    for path in _run([installed / "python", "-c", code], cwd=tmp_path).split():
        assert Path(path).is_relative_to(installed.parent)


def test_the_installed_command_shows_its_help(installed: Path, tmp_path: Path) -> None:
    assert "extract" in _run([installed / "extractor", "--help"], cwd=tmp_path)


def test_the_installed_command_lists_the_prompts(installed: Path, tmp_path: Path) -> None:
    listed = _run([installed / "extractor", "prompts", "list"], cwd=tmp_path)

    assert "incidents@1" in listed


def _recordings() -> list[Path]:
    names = (json.loads(line)["id"] for line in ARTICLES.read_text("utf-8").splitlines())
    paths = (FOLDER / f"{name}.yaml" for name in names)
    return [path for path in paths if path.is_file()]


def test_the_installed_command_extracts_from_a_cassette(installed: Path, tmp_path: Path) -> None:
    if not _recordings():
        pytest.skip("not recorded yet: run `make record`")
    recorded = _recordings()[0]
    played = yaml.safe_load(recorded.read_text("utf-8"))["interactions"]
    (line,) = (
        line
        for line in ARTICLES.read_text("utf-8").splitlines()
        if json.loads(line)["id"] == recorded.stem
    )
    record = json.loads(line)
    article = {name: record[name] for name in set(record) & set(Article.model_fields)}
    (tmp_path / "article.json").write_text(json.dumps(article), "utf-8")

    def play(request: Recorded) -> Behaviour:
        for interaction in played:
            if canonical_json(interaction["request"]["body"]) == canonical_json(request.json):
                return status(200, interaction["response"]["body"])
        return status(400, "the request differs from the recorded ones")

    with FaultServer(default=play) as server:
        out = _run(
            [
                *(installed / "extractor", "extract", "article.json", "--format", "json"),
                *("--model", DEFAULT_MODEL, "--base-url", server.base_url),
                *("--context-window", str(LOCAL_CONTEXT_WINDOW)),
            ],
            cwd=tmp_path,
        )
    (outcome,) = (Outcome.model_validate(item) for item in json.loads(out))
    assert outcome.extraction is not None
    outcome.extraction.check_quotes(article["text"])
    assert len(server.requests) == outcome.provenance.usage.requests > 0
