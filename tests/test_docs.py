"""What the documents tell people to type is run, or at least parsed by what they would run.

Each fenced block is treated after its language, each line of a shell block after its first
word. What is in neither table fails: teach this test how to run it.
"""

import ast
import asyncio
import inspect
import json
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
import typer
from typer.testing import CliRunner

import extractor
from extractor import (
    Article,
    Extraction,
    Extractor,
    Incident,
    LabelledArticle,
    Manifest,
    Outcome,
    read_outcomes,
    run_articles,
    run_batch,
    write_tables,
)
from extractor.cli.app import app
from extractor.llm.catalogue import MODELS
from extractor.llm.scripted import Scripted
from extractor.report.csv import COLUMNS
from tests.test_pipeline import ARTICLE, draft

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "examples" / "README.md"]
DOCUMENTS += sorted((ROOT / "docs").glob("*.md"))

_FENCE = re.compile(r"^( *)(```+)([^\n]*)\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block and where it stands."""

    where: str
    language: str
    code: str


def blocks() -> Iterator[Block]:
    for path in DOCUMENTS:
        text = path.read_text("utf-8")
        for match in _FENCE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            where = f"{path.relative_to(ROOT)}:{line}"
            yield Block(where, match[3].strip(), inspect.cleandoc(match[4]))


BLOCKS = list(blocks())


# --- shell


def lines_of(block: Block) -> list[str]:
    """What is typed: of a `console` block only what stands after a prompt."""
    lines = block.code.replace("\\\n", " ").splitlines()
    if block.language == "console":
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    return [line for line in lines if line.strip()]


def commands_of(line: str) -> Iterator[list[str]]:
    """The simple commands of a line, without comments and redirections."""
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    command: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in ("|", "&&", "||", ";", "&"):
            yield command
            command = []
        elif word in (">", ">>", "<"):
            skip = True
        else:
            command.append(word)
    yield command


def extractor_command(arguments: list[str]) -> None:
    """Parsed by the real command; run where that needs no model."""
    path, command = [], typer.main.get_command(app)
    rest = arguments
    while rest and rest[0] in getattr(command, "commands", {}):
        path.append(rest[0])
        command, rest = command.commands[rest[0]], rest[1:]  # type: ignore[attr-defined]
    needs_model = path in (
        ["extract"],
        ["batch"],
        ["behaviour"],
        ["models", "pull"],
        ["models", "serve"],
    )
    needs_data = path in (["evaluate"], ["compare"], ["report"], ["review"], ["status"], ["export"])
    if (needs_model or needs_data) and "--help" not in rest:
        command.make_context(path[-1], [*rest])
        for word in rest:
            assert not word.startswith("examples/") or (ROOT / word).exists(), word
            assert path[0] != "models" or not word.startswith("local/") or word in MODELS, word
        return
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert result.output.strip()


def make(arguments: list[str]) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for word in arguments:
        assert "=" in word or word in targets, f"the Makefile has no target {word}"


def python(arguments: list[str]) -> None:
    if arguments[:1] == ["-m"]:
        module, *rest = arguments[1:]
        if module.startswith("benchmarks."):
            import_module(f"{module}.__main__").parser().parse_args(rest)
            return
        assert module in ("pytest", "extractor", "pip", "venv"), module
        if module == "extractor":
            extractor_command(rest)
        return
    script = ROOT / arguments[0]
    ast.parse(script.read_text("utf-8"), filename=arguments[0])


def ray(arguments: list[str]) -> None:
    """A command of Ray's own, with the options that it has."""
    name, *rest = arguments
    command = import_module("ray.scripts.scripts").cli.commands[name]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word.partition("=")[0] for word in rest if word.startswith("-")} <= options, rest


def tool(name: str) -> Callable[[list[str]], None]:
    def check(_: list[str]) -> None:
        declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
        packages = declared["project"]["optional-dependencies"]["dev"]
        assert any(re.match(rf"{name}\b", package) for package in packages), name

    return check


def export(arguments: list[str]) -> None:
    known = {"EXTRACTOR_MODEL", "EXTRACTOR_CACHE", "OPENAI_API_KEY", "OPENAI_BASE_URL"}
    names = {word.partition("=")[0] for word in arguments}
    assert names <= known, f"nothing reads {names - known}"


def nothing(_: list[str]) -> None:
    """A command that is not ours, with nothing in it that we could break."""


COMMANDS: dict[str, Callable[[list[str]], None]] = {
    "extractor": extractor_command,
    "make": make,
    "python": python,
    "python3.11": python,
    "pre-commit": tool("pre-commit"),
    "pytest": tool("pytest"),
    "lint-imports": tool("import-linter"),
    "mypy": tool("mypy"),
    "ruff": tool("ruff"),
    "export": export,
    "ray": ray,
    "run": nothing,  # `.ci/run`, whose place is checked as that of every path
    **dict.fromkeys(("pip", "git", "cd", "cat", "curl", "jq", "head", "docker"), nothing),
}


def run_line(line: str) -> None:
    for command in commands_of(line):
        if not command:
            continue  # a comment
        while command and re.fullmatch(r"[A-Z_]+=.*", command[0]):
            export(command[:1])
            command.pop(0)
        first = command[0]
        if "/" in first and not first.startswith(".venv/"):
            assert (ROOT / first).is_file(), f"there is no {first}"
        name = Path(first).name
        assert name in COMMANDS, f"it is not known how to check {name!r}: add it to COMMANDS"
        COMMANDS[name](command[1:])


def shell(block: Block) -> None:
    lines = lines_of(block)
    assert lines, "nothing is typed in it"
    for line in lines:
        run_line(line)


# --- Python


class DocumentedExtractor(Extractor):
    """Takes all settings of the real one, and asks a scripted model about a known article."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, llm=Scripted(lambda _: json.dumps(draft())))

    async def _extract(self, article: Article) -> Outcome:
        return await super()._extract(ARTICLE.model_copy(update={"id": article.id}))


def a_run(folder: Path, **settings: Any) -> Manifest:
    """A run with any settings over a known article, by a scripted model."""
    article = folder.with_suffix(".json")
    article.write_text(ARTICLE.model_dump_json(), "utf-8")
    llm = Scripted(lambda _: json.dumps(draft()))
    return run_batch([str(article)], folder, llm=llm, **settings)


def run_python(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extractor, "Extractor", DocumentedExtractor)
    monkeypatch.chdir(ROOT)
    with DocumentedExtractor() as made, TemporaryDirectory() as folder:
        outcome = made.extract(ARTICLE)
        assert outcome.extraction is not None
        gold = [LabelledArticle(ARTICLE, outcome.extraction)]
        monkeypatch.setattr(extractor, "read_gold", lambda _: gold)
        monkeypatch.setattr(
            extractor, "run_articles", lambda e, a, out: run_articles(e, a, Path(folder, out))
        )
        run = Path(folder, "run")
        monkeypatch.setattr(extractor, "run_batch", lambda _, out, **how: a_run(run, **how))
        monkeypatch.setattr(extractor, "read_outcomes", lambda _: read_outcomes(run))
        monkeypatch.setattr(extractor, "write_tables", lambda o, _, f: write_tables(o, run, f))
        # What a block may take as given.
        names: dict[str, Any] = {
            **{name: getattr(extractor, name) for name in extractor.__all__},
            "__name__": "documented",
            "date": date,
            "article": ARTICLE,
            "articles": [ARTICLE],
            "extractor": made,
            "outcome": outcome,
            "result": outcome,
            "data": outcome.extraction.model_dump_json(),
        }
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code = compile(block.code, block.where, "exec", flags=flags, dont_inherit=True)
        running = eval(code, names)
        if inspect.iscoroutine(running):
            asyncio.run(running)


# --- data


def json_data(block: Block) -> None:
    data = json.loads(block.code)
    if isinstance(data, dict) and "schema_version" in data:
        assert set(data) == set(Extraction.model_fields)
        for incident in data["incidents"]:
            assert set(incident) == set(Incident.model_fields)


@pytest.mark.parametrize("block", BLOCKS, ids=[block.where for block in BLOCKS])
def test_block(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    match block.language:
        case "sh" | "console":
            shell(block)
        case "python":
            run_python(block, monkeypatch)
        case "json":
            json_data(block)
        case "toml":
            tomllib.loads(block.code)
        case "sql":
            assert duckdb.connect().extract_statements(block.code)  # test_tables runs them
        case "text":
            pass
        case other:
            pytest.fail(f"it is not known how to check a block of {other or 'no language'}")


def test_the_readme_begins_with_the_demo_and_the_tests() -> None:
    readme = next(block for block in BLOCKS if block.where.startswith("README"))
    assert [line.split("#")[0].strip() for line in lines_of(readme)] == ["make demo", "make test"]


def options(command: Any) -> Iterator[str]:
    for parameter in command.params:
        yield from getattr(parameter, "opts", [])
        yield from getattr(parameter, "secondary_opts", [])
    for inner in getattr(command, "commands", {}).values():
        yield from options(inner)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_options_and_links_of_the_text_exist(path: Path) -> None:
    text = _FENCE.sub("", path.read_text("utf-8"))
    known = {*options(typer.main.get_command(app)), "--help"}
    for code in re.findall(r"`([^`\n]+)`", text):
        named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", code))
        assert code.startswith(("git ", "pip ", "ray ")) or named <= known, code
        if match := re.match(r"make ([a-z-]+)$", code):
            make([match[1]])
    for link in re.findall(r"\]\(([^)#\s]+)", text):
        assert "://" in link or (path.parent / link).exists(), link


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("sh", "extractor extract a.txt --colour"),
        ("sh", "extractor extract a.txt --format xml"),
        ("sh", "extractor extract examples/missing.md"),
        ("sh", "extractor models pull local/none"),
        ("sh", "extractor extrude"),
        ("sh", "extractor prompts show nothing@9"),
        ("sh", "make coffee"),
        ("sh", "cat x | sendmail me"),
        ("sh", "export OPENAI_KEY=x"),
        ("sh", "OPENAI_KEY=x extractor extract a.txt"),
        ("sh", "bin/missing"),
        ("sh", "python examples/missing.py"),
        ("console", "extractor --version"),
        ("python", "extractor.extrude(article)"),
        ("python", "Extractor(modle='x')"),
        ("python", "await Extractor().aextract(nothing)"),
        ("json", "{'a': 1}"),
        ("json", '{"schema_version": "1.0"}'),
        ("ruby", "puts 1"),
        ("", "extractor --version"),
    ],
)
def test_a_wrong_block_is_noticed(
    language: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises((Exception, pytest.fail.Exception)):
        test_block(Block("wrong", language, code), monkeypatch)


@pytest.mark.parametrize(
    "code",
    [
        "extractor schema > a.json  # a comment",
        "cat a.txt | extractor extract - --published 2026-03-14 \\\n    --format csv < b.txt",
        "EXTRACTOR_MODEL=x .venv/bin/extractor extract a.txt && make test demo",
        ".ci/run",
    ],
)
def test_a_right_block_is_not(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    test_block(Block("right", "sh", code), monkeypatch)


def test_every_column_of_the_csv_is_described() -> None:
    section = (ROOT / "docs" / "output.md").read_text("utf-8").partition("## CSV")[2]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert tuple(re.findall(r"`(\w+)`", " ".join(cells))) == COLUMNS
