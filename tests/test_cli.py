"""The command: data on standard output, all else on standard error, and its exit codes."""

import csv
import io
import json
import runpy
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import typer
from typer.testing import CliRunner, Result

from extractor.articles import Article
from extractor.cli import console, extract, models, prompts
from extractor.cli.app import _never_fail_to_encode, app, main
from extractor.cli.output import Format, chosen_format, open_sink, safe_name
from extractor.errors import ConfigError, FetchError, PromptError
from extractor.pipeline.outcome import Failure, Outcome, Status
from extractor.report.csv import COLUMNS
from tests.test_report import make_outcome

Make = Callable[[str], Outcome]
QUOTA = Failure(kind="quota", message="The quota is used up: mend the plan.", stops_run=True)
NOT_ASKED = Failure(kind="not_asked", message="not asked", stops_run=True)


class FakeExtractor:
    """Gives the outcomes that a test has thought up, by the article's id."""

    made: Make = staticmethod(make_outcome)
    settings: dict[str, Any]
    concurrency: int
    closed: bool

    def __init__(self, **settings: Any) -> None:
        type(self).settings = settings
        type(self).closed = False

    def extract_many(self, articles: Iterable[Article], *, concurrency: int) -> Iterator[Outcome]:
        type(self).concurrency = concurrency
        for article in articles:
            yield type(self).made(article.id)

    def __enter__(self) -> "FakeExtractor":
        return self

    def __exit__(self, *_: object) -> None:
        type(self).closed = True


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeExtractor]:
    class Fake(FakeExtractor):
        pass

    monkeypatch.setattr(extract, "Extractor", Fake)
    return Fake


@pytest.fixture
def article(tmp_path: Path) -> str:
    path = tmp_path / "orlavik.txt"
    path.write_text("A bomb exploded at the fish market of Orlavik on Friday.", "utf-8")
    return str(path)


@pytest.fixture
def two(tmp_path: Path) -> str:
    path = tmp_path / "two.jsonl"
    records = [{"id": name, "text": f"Nothing happened in {name}."} for name in ("one", "two")]
    path.write_text("\n".join(map(json.dumps, records)), "utf-8")
    return str(path)


def run(*arguments: str, **options: Any) -> Result:
    result = CliRunner().invoke(app, list(arguments), **options)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def fails_for(bad: str, status: Status, error: Failure | None = None) -> Make:
    return lambda name: make_outcome(name, status if name == bad else Status.OK, error=error)


def test_table_is_the_default(fake: type[FakeExtractor], article: str) -> None:
    result = run("extract", article)
    assert result.exit_code == 0
    assert result.stdout.startswith("orlavik ")
    assert "who says so" in result.stdout
    assert "\x1b" not in result.output
    assert fake.closed


def test_json_is_one_array(fake: type[FakeExtractor], two: str) -> None:
    result = run("extract", two, "--format", "json")
    outcomes = [Outcome.model_validate(item) for item in json.loads(result.stdout)]
    assert outcomes == [make_outcome("one"), make_outcome("two")]


def test_jsonl_is_a_line_each(fake: type[FakeExtractor], two: str) -> None:
    lines = run("extract", two, "--format", "jsonl").stdout.splitlines()
    assert [Outcome.model_validate_json(line).article.id for line in lines] == ["one", "two"]


def test_csv_has_a_header_and_a_row_each(fake: type[FakeExtractor], two: str) -> None:
    rows = list(csv.reader(io.StringIO(run("extract", two, "--format", "csv").stdout)))
    assert tuple(rows[0]) == COLUMNS
    assert [row[0] for row in rows[1:]] == ["one", "two"]


@pytest.mark.parametrize(
    ("form", "expected"),
    [("json", "[]\n"), ("jsonl", ""), ("table", ""), ("csv", ",".join(COLUMNS) + "\n")],
)
def test_nothing_readable_gives_an_empty_document(
    fake: type[FakeExtractor], tmp_path: Path, form: str, expected: str
) -> None:
    result = run("extract", str(tmp_path / "missing.txt"), "--format", form)
    assert result.exit_code == 1
    assert result.stdout == expected
    assert result.stderr.startswith("error: ")
    assert "missing.txt" in result.stderr


def test_unreadable_input_does_not_stop_the_others(
    fake: type[FakeExtractor], tmp_path: Path, article: str
) -> None:
    empty = tmp_path / "empty.txt"
    empty.touch()
    result = run("extract", str(empty), article, "--format", "jsonl")
    assert result.exit_code == 1
    assert Outcome.model_validate_json(result.stdout).article.id == "orlavik"
    assert "empty.txt" in result.stderr
    assert "1 of 1 articles: 1 ok, 1 unreadable" in result.stderr


def test_options_reach_the_extractor(fake: type[FakeExtractor], article: str) -> None:
    seen: list[Article] = []
    options = {
        "model": "openai/some-model",
        "base_url": "http://127.0.0.1:9/v1",
        "api_key_env": "SOME_KEY",
        "mode": "json",
        "prompt": "incidents@1",
        "max_attempts": 3,
        "max_cost": 0.5,
        "timeout": 12.5,
        "context_window": 8192,
    }
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    original = fake.extract_many

    def watch(self: FakeExtractor, articles: Iterable[Article], **more: Any) -> Iterator[Outcome]:
        seen.extend(articles)
        return original(self, seen, **more)

    fake.extract_many = watch  # type: ignore[method-assign]
    run("extract", article, "--published", "2023-05-06", "--concurrency=2", *arguments)
    progress = fake.settings.pop("progress")
    assert isinstance(progress, console.LineProgress)
    assert fake.settings == options
    assert fake.concurrency == 2
    assert str(seen[0].published) == "2023-05-06"


def test_standard_input(fake: type[FakeExtractor]) -> None:
    result = run("extract", "-", "--format", "jsonl", input="Shots were fired in Orlavik.")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1


@pytest.mark.parametrize("status", [Status.FAILED, Status.REFUSED])
def test_failure_is_exit_code_1(fake: type[FakeExtractor], two: str, status: Status) -> None:
    fake.made = staticmethod(fails_for("one", status))
    result = run("extract", two, "--format", "jsonl")
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 2
    assert "error: one: The endpoint answered 503." in result.stderr


@pytest.mark.parametrize("status", [Status.OK, Status.REPAIRED, Status.PARTIAL])
def test_result_is_exit_code_0(fake: type[FakeExtractor], two: str, status: Status) -> None:
    fake.made = staticmethod(fails_for("one", status))
    assert run("extract", two).exit_code == 0


def test_setting_to_mend_is_exit_code_2(fake: type[FakeExtractor], two: str) -> None:
    errors = {"one": QUOTA, "two": NOT_ASKED}
    fake.made = staticmethod(lambda name: make_outcome(name, Status.FAILED, error=errors[name]))
    result = run("extract", two, "--format", "jsonl")
    assert result.exit_code == 2
    assert len(result.stdout.splitlines()) == 2
    assert "error: one: The quota is used up: mend the plan." in result.stderr
    assert "error: two" not in result.stderr


@pytest.mark.parametrize("kind", [ConfigError, PromptError, FetchError])
def test_errors_are_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, article: str, kind: type[Exception]
) -> None:
    def broken(**_: object) -> None:
        raise kind("there is no such\nthing \x1b[31mhere")

    monkeypatch.setattr(extract, "Extractor", broken)
    result = run("extract", article, "--format", "json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == "error: there is no such\nthing here\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["extract"],
        ["extract", "a.txt", "--published", "yesterday"],
        ["extract", "a.txt", "--format", "xml"],
        ["extract", "a.txt", "--max-attempts", "0"],
        ["extract", "a.txt", "--max-cost", "-1"],
        ["extract", "a.txt", "--concurrency", "0"],
        ["schema", "nothing"],
        ["unknown"],
    ],
)
def test_wrong_use_is_exit_code_2(fake: type[FakeExtractor], arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr


def interrupted_at(second: str) -> Make:
    def make(name: str) -> Outcome:
        if name == second:
            raise KeyboardInterrupt
        return make_outcome(name)

    return make


def test_interrupt_keeps_what_is_done(fake: type[FakeExtractor], two: str, tmp_path: Path) -> None:
    fake.made = staticmethod(interrupted_at("two"))
    out = tmp_path / "out.json"
    result = run("extract", two, "--out", str(out))
    assert result.exit_code == 130
    assert result.stderr.endswith("interrupted\n")
    assert "1 of 2 articles" in result.stderr
    assert [item["article"]["id"] for item in json.loads(out.read_text("utf-8"))] == ["one"]
    assert fake.closed


def test_interrupt_before_the_first_outcome_leaves_the_old_file(
    fake: type[FakeExtractor], two: str, tmp_path: Path
) -> None:
    fake.made = staticmethod(interrupted_at("one"))
    out = tmp_path / "out.csv"
    out.write_text("old")
    assert run("extract", two, "--out", str(out)).exit_code == 130
    assert out.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "two.jsonl"]


def test_quiet_says_nothing_but_errors(fake: type[FakeExtractor], two: str) -> None:
    assert run("extract", two, "--quiet", "-v").stderr == ""
    fake.made = staticmethod(fails_for("one", Status.FAILED))
    result = run("extract", two, "--quiet", "--format", "csv")
    assert result.stderr == "error: one: The endpoint answered 503.\n"


def test_verbose_tells_what_it_took(fake: type[FakeExtractor], article: str) -> None:
    said = run("extract", article, "-v").stderr
    expected = "attempts 2, requests 3, tokens 1,200 in (100 cached) 300 out, $0.0125, 3.2 s"
    assert f"orlavik: ok, incidents 1, warnings 0, {expected}" in said


def test_total_sums_tokens_and_cost(fake: type[FakeExtractor], two: str) -> None:
    said = run("extract", two).stderr
    assert "2 of 2 articles: 2 ok; 3,000 tokens, $0.0250" in said


@pytest.mark.parametrize("form", list(Format))
def test_out_file_holds_what_standard_output_would(
    fake: type[FakeExtractor], two: str, tmp_path: Path, form: Format
) -> None:
    out = tmp_path / f"results{form.suffix}"
    result = run("extract", two, "--out", str(out))
    assert result.stdout == ""
    assert out.read_text("utf-8") == run("extract", two, "--format", form).stdout
    assert not list(tmp_path.glob(".*"))


def test_out_folder_gets_a_file_for_each_article(
    fake: type[FakeExtractor], two: str, tmp_path: Path
) -> None:
    result = run("extract", two, "--format", "json", "--out", f"{tmp_path}/new/folder/")
    assert result.exit_code == 0
    folder = tmp_path / "new" / "folder"
    assert sorted(path.name for path in folder.iterdir()) == ["one.json", "two.json"]
    [outcome] = json.loads((folder / "one.json").read_text("utf-8"))
    assert outcome["article"]["id"] == "one"


def test_out_into_a_missing_folder_is_wrong_use(
    fake: type[FakeExtractor], article: str, tmp_path: Path
) -> None:
    result = run("extract", article, "--out", str(tmp_path / "missing" / "out.json"))
    assert result.exit_code == 2
    assert result.stderr.startswith("error: cannot write ")
    assert "No such file or directory; mend --out" in result.stderr


def test_names_in_a_folder_stay_in_it_and_apart(tmp_path: Path) -> None:
    names = ["../../etc/passwd", "A b", "a_b", "..", "x" * 300, "\x1b[31mé/ß"]
    with open_sink(str(tmp_path), Format.JSONL) as sink:
        for name in names:
            sink.put(make_outcome(name))
    assert sorted(path.name for path in tmp_path.rglob("*")) == sorted(
        [
            "etc_passwd.jsonl",
            "A_b.jsonl",
            "a_b-2.jsonl",
            "article.jsonl",
            "x" * 80 + ".jsonl",
            "31mé_ß.jsonl",
        ]
    )


@pytest.mark.parametrize("name", ["", "///", "...", "-", "__"])
def test_safe_name_is_never_empty(name: str) -> None:
    assert safe_name(name) == "article"


def test_device_is_written_and_not_replaced() -> None:
    with open_sink("/dev/null", Format.JSON) as sink:
        sink.put(make_outcome())
    assert Path("/dev/null").is_char_device()


def test_full_disk_does_not_replace_the_old_file(
    fake: type[FakeExtractor], two: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("old")
    opened = Path.open

    def open_with_room_for_one(self: Path, *arguments: Any, **options: Any) -> Any:
        stream = opened(self, *arguments, **options)
        if not self.name.endswith(".part"):
            return stream
        write = stream.write

        def full(text: str) -> int:
            if '"two"' in text:
                raise OSError(28, "No space left on device")
            return int(write(text))

        monkeypatch.setattr(stream, "write", full)
        return stream

    monkeypatch.setattr(Path, "open", open_with_room_for_one)
    result = run("extract", two, "--out", str(out))
    assert result.exit_code == 2
    assert "No space left on device; mend --out" in result.stderr
    assert out.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "two.jsonl"]


@pytest.mark.parametrize(
    ("form", "out", "expected"),
    [
        (None, None, Format.TABLE),
        (None, "a.JSON", Format.JSON),
        (None, "a.csv", Format.CSV),
        (None, "folder/", Format.TABLE),
        (Format.CSV, "a.json", Format.CSV),
    ],
)
def test_format_follows_the_ending(form: Format | None, out: str | None, expected: Format) -> None:
    assert chosen_format(form, out) is expected


@pytest.mark.parametrize(
    "name", ["extraction", "incident", "actor", "attribution", "draft", "outcome"]
)
def test_schema_is_valid_json_schema(name: str) -> None:
    document = json.loads(run("schema", name).stdout)
    jsonschema.Draft202012Validator.check_schema(document)
    assert document["$schema"].endswith("2020-12/schema")


def test_outcome_is_valid_against_its_printed_schema() -> None:
    document = json.loads(run("schema", "outcome").stdout)
    jsonschema.validate(json.loads(make_outcome().model_dump_json()), document)


def test_schema_prints_the_extraction_by_default() -> None:
    assert run("schema").stdout == run("schema", "extraction").stdout


def test_prompts_list_and_show() -> None:
    listed = run("prompts", "list").stdout
    assert listed.startswith("incidents@1")
    shown = run("prompts", "show", "incidents@1").stdout
    assert "==> system.md <==" in shown
    assert "==> prompt.toml <==" in shown


def test_prompts_show_of_an_unknown_prompt() -> None:
    result = run("prompts", "show", "nothing@9")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: there is no prompt 'nothing@9'")


def test_prompts_diff(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run("prompts", "diff", "incidents@1", "incidents@1")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert "are the same" in result.stderr
    monkeypatch.setattr(prompts, "diff_prompts", lambda a, b: f"--- {a}\n+++ {b}")
    assert run("prompts", "diff", "a@1", "a@2").stdout == "--- a@1\n+++ a@2\n"


@pytest.mark.parametrize(("problems", "code"), [([], 0), (["incidents@1 was edited"], 1)])
def test_prompts_check(monkeypatch: pytest.MonkeyPatch, problems: list[str], code: int) -> None:
    monkeypatch.setattr(prompts, "check_prompts", lambda: problems)
    result = run("prompts", "check")
    assert result.exit_code == code
    expected = "error: incidents@1 was edited\n" if code else "all prompts are as released\n"
    assert result.stderr == expected


def test_models_list(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    monkeypatch.setattr(models, "model_path", lambda _: path)
    line = "local/qwen2.5-coder-1.5b  1.1 GB  Apache-2.0"
    assert run("models", "list").stdout == f"{line}  not fetched\n"
    path.touch()
    assert run("models", "list").stdout == f"{line}  at {path}\n"


def test_models_pull_prints_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    def ensure(name: str, progress: console.ConsoleProgress) -> Path:
        progress.note(f"Fetching {name}, 1.12 GB, from a hub.")
        return Path("/cache/model.gguf")

    monkeypatch.setattr(models, "ensure_model", ensure)
    result = run("models", "pull", "local/some")
    assert result.stdout == "/cache/model.gguf\n"
    assert result.stderr == "Fetching local/some, 1.12 GB, from a hub.\n"
    assert run("models", "pull", "local/some", "--quiet").stderr == ""


def test_models_pull_of_an_unknown_model() -> None:
    result = run("models", "pull", "local/unknown")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")


def test_models_serve_ends_well_on_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[object] = []

    class Engine:
        base_url = "http://127.0.0.1:8080/v1"

        def __init__(self, *arguments: object, **options: object) -> None:
            events.append((arguments, options))

        def __enter__(self) -> "Engine":
            return self

        def __exit__(self, *_: object) -> None:
            events.append("closed")

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(models, "ensure_model", lambda *_: Path("/cache/model.gguf"))
    monkeypatch.setattr(models, "LocalEngine", Engine)
    monkeypatch.setattr(models, "wait_forever", interrupt)
    result = run("models", "serve", "local/some", "--port", "8080", "--context-window", "4096")
    assert result.exit_code == 0
    assert result.stdout == "http://127.0.0.1:8080/v1\n"
    assert result.stderr.endswith("stopped\n")
    expected = ((Path("/cache/model.gguf"), "local/some"), {"context_window": 4096, "port": 8080})
    assert events == [expected, "closed"]


def test_version() -> None:
    assert run("--version").stdout.startswith("extractor ")


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", list(commands(typer.main.get_command(app))), ids=" ".join)
def test_help_has_an_example(path: tuple[str, ...]) -> None:
    result = run(*path, "--help")
    assert result.exit_code == 0
    assert f"Example: extractor {' '.join(path)}".rstrip() in " ".join(result.stdout.split())


def test_main_exits_with_the_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["extractor", "prompts", "show", "nothing@9"])
    with pytest.raises(SystemExit) as exit_info:
        main()
    assert exit_info.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_main_tells_of_an_interrupt_outside_a_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("extractor.cli.app.app", interrupt)
    with pytest.raises(SystemExit) as exit_info:
        main()
    assert exit_info.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_line_progress_is_a_line_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    progress = console.LineProgress()
    progress.start("Fetching model", 2_000_000, "B")
    for _ in range(200):
        progress.advance(10_000)
    progress.finish()
    progress.advance()
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert captured.out == ""
    assert len(lines) == 10
    assert lines[-1] == "Fetching model: 2.0 MB of 2.0 MB"


def test_line_progress_without_a_total_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    progress = console.LineProgress()
    progress.start("Reading", None, "articles")
    progress.advance(5)
    progress.finish()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_fits_standard_error(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    expected = console.BarProgress if terminal else console.LineProgress
    assert isinstance(console.make_progress(), expected)
    assert isinstance(console.make_progress(quiet=True), console.QuietProgress)


def test_bars_keep_off_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    progress = console.BarProgress()
    progress.start("Extracting", 2, "articles")
    progress.start("Fetching [bold]", 1000, "B")
    progress.advance(500)
    progress.finish()
    with progress.aside():
        print("data")
    progress.note("a [bold]note\x1b[2J")
    progress.error("an error")
    progress.advance()
    progress.finish()
    progress.close()
    captured = capsys.readouterr()
    assert captured.out == "data\n"
    assert "a [bold]note\n" in captured.err
    assert "error: an error\n" in captured.err


@pytest.mark.parametrize("kind", [console.LineProgress, console.BarProgress])
def test_progress_outside_of_a_task_does_nothing(
    kind: type[console.ConsoleProgress], capsys: pytest.CaptureFixture[str]
) -> None:
    progress = kind()
    progress.advance(3)
    progress.finish()
    with progress.aside():
        pass
    progress.close()
    assert "of" not in capsys.readouterr().err


def test_quiet_progress_tells_errors_only(capsys: pytest.CaptureFixture[str]) -> None:
    progress = console.QuietProgress()
    progress.start("Fetching", 5, "B")
    progress.advance()
    progress.note("a note")
    progress.error("an error")
    progress.finish()
    progress.close()
    assert capsys.readouterr().err == "error: an error\n"


def test_bars_come_back_after_data(capsys: pytest.CaptureFixture[str]) -> None:
    progress = console.BarProgress()
    progress.start("Extracting", 2, "articles")
    with progress.aside():
        print("data")
    progress.advance()
    progress.finish()
    progress.close()
    assert capsys.readouterr().out == "data\n"


def test_cost_that_is_not_known_is_told_so(fake: type[FakeExtractor], two: str) -> None:
    def made(name: str) -> Outcome:
        outcome = make_outcome(name)
        origin = outcome.provenance.model_copy(update={"cost_usd": None if name == "one" else 0.0})
        return outcome.model_copy(update={"provenance": origin})

    fake.made = staticmethod(made)
    said = run("extract", two, "-v").stderr
    assert "one: ok, incidents 1" in said
    assert "cost not known" in said
    assert "no cost" in said
    assert said.endswith("2 of 2 articles: 2 ok; 3,000 tokens, cost not known\n")


@pytest.mark.parametrize("form", [None, "csv"])
def test_an_error_is_not_told_twice_on_a_terminal(
    fake: type[FakeExtractor], two: str, monkeypatch: pytest.MonkeyPatch, form: str | None
) -> None:
    fake.made = staticmethod(fails_for("one", Status.FAILED))
    monkeypatch.setattr("typer.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(extract, "make_progress", lambda **_: console.LineProgress())
    result = run("extract", two, *([f"--format={form}"] if form else []))
    assert ("error: The endpoint answered 503." in result.stdout) is (form is None)
    assert ("error: one: The endpoint" in result.stderr) is (form is not None)


def test_models_serve_says_nothing_when_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    class Engine:
        base_url = "http://127.0.0.1:8080/v1"

        def __init__(self, *_: object, **__: object) -> None: ...

        def __enter__(self) -> "Engine":
            return self

        def __exit__(self, *_: object) -> None: ...

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(models, "ensure_model", lambda *_: Path("model.gguf"))
    monkeypatch.setattr(models, "LocalEngine", Engine)
    monkeypatch.setattr("threading.Event.wait", interrupt)
    result = run("models", "serve", "local/some", "--quiet")
    assert (result.exit_code, result.stdout) == (0, "http://127.0.0.1:8080/v1\n")
    assert result.stderr == ""


@pytest.mark.parametrize("command", ["pull", "serve"])
def test_an_interrupted_fetch_is_exit_code_130(
    monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(models, "ensure_model", interrupt)
    result = run("models", command, "local/some")
    assert (result.exit_code, result.stderr) == (130, "interrupted\n")


def test_streams_that_cannot_be_reconfigured_are_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", io.StringIO())
    monkeypatch.setattr("sys.argv", ["extractor", "--version"])
    with pytest.raises(SystemExit) as exit_info:
        main()
    assert exit_info.value.code == 0
    assert out.getvalue().startswith("extractor ")


@pytest.mark.parametrize(("terminal", "encoding"), [(False, "utf-8"), (True, "ascii")])
def test_what_a_stream_cannot_show_is_escaped(terminal: bool, encoding: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    stream.isatty = lambda: terminal  # type: ignore[method-assign]
    _never_fail_to_encode(stream)
    stream.write("é\ud800")
    stream.flush()
    assert raw.getvalue() == "é\ud800".encode(encoding, errors="backslashreplace")


def test_the_module_is_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["extractor", "--version"])
    with pytest.raises(SystemExit) as exit_info:
        runpy.run_module("extractor", run_name="__main__")
    assert exit_info.value.code == 0
    assert capsys.readouterr().out.startswith("extractor ")
    # Only imported, it does nothing.
    assert "main" in runpy.run_module("extractor.__main__", run_name="imported")


def test_a_reader_that_went_away_is_no_setting_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, _: str, /) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Gone())
    with pytest.raises(BrokenPipeError), open_sink(None, Format.JSON) as sink:
        sink.put(make_outcome())


@pytest.mark.parametrize(
    ("inputs", "out", "form"),
    [
        (["in/a.json"], "in/a.json", None),
        (["in/a.json"], "in/../in/a.json", None),
        (["in"], "in/a.json", None),
        (["in/a.txt"], "in", None),  # a table is a .txt
        (["in/a.txt"], "in/", None),
        (["in/A.TXT"], "in/", None),
        (["in/a.json"], "in/", "json"),
        (["in"], "in/", "csv"),
        (["-", "in/a.json"], "in/", "json"),
    ],
)
def test_results_do_not_replace_articles(
    fake: type[FakeExtractor],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    inputs: list[str],
    out: str,
    form: str | None,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    for name in ("a.json", "a.txt", "A.TXT"):
        (tmp_path / "in" / name).write_text('{"text": "Shots fell."}', "utf-8")
    result = run("extract", *inputs, "--out", out, *([f"--format={form}"] if form else []))
    assert result.exit_code == 2
    assert result.stderr == f"error: --out {out} would write over articles: choose another place\n"
    assert (tmp_path / "in" / "a.json").read_text("utf-8") == '{"text": "Shots fell."}'


@pytest.mark.parametrize(
    ("inputs", "out", "form"),
    [
        (["in"], "in/results.json", None),
        (["in"], "in/results/", "json"),
        (["in/a.json"], "in/", "csv"),
        (["in/a.json"], "b.json", None),
        (["in/a.json"], "-", "json"),
    ],
)
def test_results_may_stand_beside_articles(
    fake: type[FakeExtractor],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    inputs: list[str],
    out: str,
    form: str | None,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    (tmp_path / "in" / "a.json").write_text('{"text": "Shots fell."}', "utf-8")
    result = run("extract", *inputs, "--out", out, *([f"--format={form}"] if form else []))
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "in" / "a.json").read_text("utf-8") == '{"text": "Shots fell."}'


def test_a_name_that_no_file_can_have_is_told_by_the_reader(
    fake: type[FakeExtractor], tmp_path: Path
) -> None:
    result = run("extract", "a\0b", "--out", str(tmp_path / "out.json"))
    assert result.exit_code == 1
    assert "cannot be opened" in result.stderr
