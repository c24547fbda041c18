"""Prompts as data: load a version, render it for an article, compare it with its release.

A prompt is a folder `prompts/<name>/v<N>` with `prompt.toml` (settings) and `reask.md` (a
template). One that asks for the whole draft at once has `system.md` (instructions), `article.md`
(a template) and `examples/` (a `N.toml` with an article of our own and a `N.json` with its
answer). One that asks in steps has a file `<step>.toml` for each, with its instructions and
examples. `prompts/lock.json` holds the hash of every released version; a released version is
never edited.
"""

import difflib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from extractor.errors import ConfigError, PromptError
from extractor.fingerprint import fingerprint
from extractor.grounding.sentences import Sentence, split_sentences
from extractor.llm.base import Message
from extractor.schemas import steps
from extractor.schemas.codes import IncidentType
from extractor.schemas.draft import ARTICLE, UNATTRIBUTED, Draft

WHOLE = "draft"
"""The one question of a prompt that asks for the whole draft at once."""

_STEPS_1: Mapping[str, type[BaseModel]] = {
    "act": steps.ActAnswer,
    "voice": steps.VoiceAnswer,
    "frame": steps.FrameAnswer,
    "deed": steps.DeedAnswer,
    "thing": steps.ThingAnswer,
    "figure": steps.FigureAnswer,
    "stance": steps.StanceAnswer,
    "speaker": steps.SpeakerAnswer,
    "statement": steps.StatementAnswer,
    "actor": steps.ActorAnswer,
}
SCHEMAS: Mapping[str, Mapping[str, type[BaseModel]]] = {
    "draft@1": {WHOLE: Draft},
    "steps@1": _STEPS_1,
    "steps@2": {
        **_STEPS_1,
        "act": steps.ToldActAnswer,
        "figure": steps.CountAnswer,
        "fate": steps.FateAnswer,
    },
    "steps@3": {
        **_STEPS_1,
        "act": steps.ToldActAnswer,
        "check": steps.CheckAnswer,
        "figure": steps.CountAnswer,
        "fate": steps.FateAnswer,
        "parties": steps.PartiesAnswer,
        "actor": steps.NamedAnswer,
    },
}
"""For each name that a prompt's `draft` setting may use: its questions, their answers' schemas."""

_NAME = re.compile(r"^(?P<name>[a-z][a-z0-9-]*)(?:@(?P<version>[1-9]\d*))?$")


class PromptSettings(BaseModel):
    """The settings of one prompt version, from its `prompt.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str = Field(description="What this version does, in one line.")
    draft: str = Field(description="Name of the draft schema that answers follow.")
    max_attempts: int = Field(
        ge=1, description="Answers asked for to a question before the valid part is kept."
    )
    max_output_tokens: int = Field(ge=1, description="Limit of an answer's length, in tokens.")
    parameters: dict[str, Any] = Field(description="Generation settings, sent as they are.")


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example, written for this project: what is shown and its right answer."""

    text: str
    published: date | None
    answer: BaseModel


@dataclass(frozen=True, slots=True)
class Step:
    """One question of a prompt: the same beginning for every article, then what is asked about.

    Attributes:
        name: Its name, such as `draft` or `act`.
        schema: The Pydantic model that the answer has to follow.
        static: Instructions and worked examples.
        examples: The worked examples as data.
        notes: For a step that asks about a type of incident: what it is called in the question.
    """

    name: str
    schema: type[BaseModel]
    static: tuple[Message, ...]
    examples: tuple[Example, ...]
    notes: Mapping[IncidentType, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromptInfo:
    """One line of `extractor prompts list`."""

    name: str
    version: int
    released: bool
    hash: str
    description: str


@dataclass(frozen=True)
class Prompt:
    """One version of a prompt, ready to be rendered."""

    name: str
    version: int
    settings: PromptSettings
    contents: Mapping[str, str]
    steps: Mapping[str, Step] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Name and version, such as `incidents@1`."""
        return f"{self.name}@{self.version}"

    @cached_property
    def hash(self) -> str:
        """Hash over the names and contents of all files of this version."""
        return fingerprint(dict(self.contents))

    @cached_property
    def schema_hash(self) -> str:
        """Hash of the JSON Schemas that answers follow."""
        return fingerprint({k: step.schema.model_json_schema() for k, step in self.steps.items()})

    def files(self) -> dict[str, str]:
        """Contents by file name, as released."""
        return dict(self.contents)

    def article_message(
        self, text: str, sentences: Sequence[Sentence], published: date | None
    ) -> Message:
        """The message that shows an article, or a window of it, as numbered sentences."""
        lines: list[str] = []
        for sentence in sentences:
            shown = " ".join(text[sentence.start : sentence.end].split())
            lines.append(f"[{sentence.number}] {defuse(shown)}")
        template = Template(self.contents["article.md"])
        content = template.substitute(
            published=published.isoformat() if published else "unknown", sentences="\n".join(lines)
        )
        return Message("user", content.strip())

    def reask_message(self, problems: Sequence[str]) -> Message:
        """The message that lists what was wrong with the last answer."""
        listed = "\n".join(f"- {problem}" for problem in problems)
        return Message(
            "user", Template(self.contents["reask.md"]).substitute(issues=listed).strip()
        )


def defuse(text: str) -> str:
    """`text` without what could end its own delimiter or pass for a turn of the conversation.

    Chat templates read `<|...|>` as control tokens even inside a message, and a closing
    `</article>` would let the rest of the article pass for instructions. Only what the model
    sees is changed; evidence is always taken from the article itself.
    """
    text = re.sub(r"<(?=\s*/?\s*article\b)", "‹", text, flags=re.IGNORECASE)
    return re.sub(r"<(?=[|｜])|(?<=[|｜])>|<(?=/?s>)|(?<=\[)/?(?=INST\])", " ", text)


def default_prompt(model: str) -> str:
    """The prompt for `model` where none is named, newest version.

    The embedded model is small and answers small questions; a larger one reads the whole article
    better, and is paid for by the token.
    """
    return "steps" if model.startswith("local/") else "incidents"


def load_prompt(name: str) -> Prompt:
    """The prompt called `name`, such as `incidents@1`; without a version the newest.

    Raises:
        ConfigError: if there is no such prompt.
        PromptError: if its files are malformed.
    """
    match = _NAME.match(name)
    versions = _versions()
    if match is None or match["name"] not in versions:
        known = ", ".join(info.name + f"@{info.version}" for info in list_prompts())
        raise ConfigError(f"there is no prompt {name!r}: use --prompt with one of {known}")
    available = versions[match["name"]]
    version = int(match["version"]) if match["version"] else max(available)
    if version not in available:
        known = ", ".join(f"{match['name']}@{number}" for number in sorted(available))
        raise ConfigError(f"there is no prompt {name!r}: use --prompt with one of {known}")
    return _load(match["name"], version, available[version])


def list_prompts() -> list[PromptInfo]:
    """Every prompt version, by name and number."""
    lock = _lock()
    infos = []
    for name, versions in sorted(_versions().items()):
        for version, folder in sorted(versions.items()):
            prompt = _load(name, version, folder)
            released = prompt.label in lock
            infos.append(
                PromptInfo(name, version, released, prompt.hash, prompt.settings.description)
            )
    return infos


def diff_prompts(first: str, second: str) -> str:
    """A unified difference of all files of two prompt versions; empty when they are equal."""
    a, b = load_prompt(first), load_prompt(second)
    lines: list[str] = []
    for file in sorted({*a.contents, *b.contents}):
        lines += difflib.unified_diff(
            a.contents.get(file, "").splitlines(),
            b.contents.get(file, "").splitlines(),
            f"{a.label}/{file}",
            f"{b.label}/{file}",
            lineterm="",
        )
    return "\n".join(lines)


def check_prompts() -> list[str]:
    """What is wrong with the prompts: an edited or lost release, an example beside its text."""
    problems: list[str] = []
    lock = _lock()
    found: set[str] = set()
    for name, versions in sorted(_versions().items()):
        for version, folder in sorted(versions.items()):
            label = f"{name}@{version}"
            found.add(label)
            try:
                prompt = _load(name, version, folder)
            except PromptError as error:
                problems.append(str(error))
                continue
            if label in lock and lock[label] != prompt.hash:
                problems.append(f"{label} was edited after its release: make a new version of it")
            for step in prompt.steps.values():
                for number, example in enumerate(step.examples, 1):
                    where = f"{label} {step.name} example {number}"
                    problems += (f"{where}: {p}" for p in _example_problems(example))
    problems += (f"{label} is released but its files are gone" for label in sorted({*lock} - found))
    return problems


def release_prompt(name: str) -> str:
    """Put the hash of a version into the lock file, which makes it unchangeable; the hash.

    Raises:
        ConfigError: if there is no such version, or it is released already.
        PromptError: if its files are malformed, or the lock file cannot be written.
    """
    prompt, lock = load_prompt(name), _lock()
    if prompt.label in lock:
        raise ConfigError(f"{prompt.label} is released already: copy it to the next version")
    lock[prompt.label] = prompt.hash
    path = Path(str(_root() / "lock.json"))
    try:
        path.write_text(json.dumps(dict(sorted(lock.items())), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise PromptError(f"{path} cannot be written: {error}") from error
    return prompt.hash


def _example_problems(example: Example) -> list[str]:
    text = " ".join(example.text.split()).casefold()
    if isinstance(example.answer, steps.StepAnswer):
        allowed = (text, ARTICLE, UNATTRIBUTED)
        pairs = example.answer.copied()
        return [f"{k} {v!r} is not in its text" for k, v in pairs if not _stands_in(v, allowed)]
    assert isinstance(example.answer, Draft)  # noqa: S101  # the two kinds of SCHEMAS
    problems = [
        f"{path} {value!r} is not in its text"
        for path, value in _written_strings(example.answer)
        if not _stands_in(value, (text,))
    ]
    count = len(split_sentences(example.text, "en"))
    for incident in example.answer.incidents:
        numbers = [*incident.sentences, *(f.sentence for f in incident.figures)]
        numbers += [s.sentence for s in incident.statements]
        problems += (f"there is no sentence {n}" for n in numbers if n > count)
    return problems


def _stands_in(value: str, texts: Sequence[str]) -> bool:
    return any(value.casefold() in text for text in texts)


def _written_strings(draft: Draft) -> list[tuple[str, str]]:
    pairs = [("actor", name) for actor in draft.actors for name in (actor.name, *actor.aliases)]
    for incident in draft.incidents:
        pairs += [("weapon", weapon) for weapon in incident.weapons]
        pairs += [("object", item.name) for item in incident.objects]
        pairs += [("number", figure.number) for figure in incident.figures if figure.number]
        pairs += [(k, v) for k, v in (("when", incident.when), ("where", incident.where)) if v]
    return pairs


def _root() -> Traversable:
    return files("extractor.prompts")


def _lock() -> dict[str, str]:
    file = _root() / "lock.json"
    locked: dict[str, str] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return locked


def _versions() -> dict[str, dict[int, Traversable]]:
    found: dict[str, dict[int, Traversable]] = {}
    for folder in _root().iterdir():
        if not folder.is_dir() or folder.name.startswith(("_", ".")):
            continue
        for version in folder.iterdir():
            if re.fullmatch(r"v[1-9]\d*", version.name):
                found.setdefault(folder.name, {})[int(version.name[1:])] = version
    return found


def _contents(folder: Traversable, prefix: str = "") -> dict[str, str]:
    contents: dict[str, str] = {}
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            contents |= _contents(item, f"{prefix}{item.name}/")
        elif item.name.endswith((".md", ".toml", ".json")):
            contents[prefix + item.name] = item.read_text("utf-8")
    return contents


def _load(name: str, version: int, folder: Traversable) -> Prompt:
    label = f"{name}@{version}"
    contents = _contents(folder)
    try:
        settings = PromptSettings.model_validate(tomllib.loads(contents["prompt.toml"]))
        prompt = Prompt(name, version, settings, contents)
        prompt.reask_message([])
        schemas = SCHEMAS[settings.draft]
        if WHOLE in schemas:
            loaded = {WHOLE: _whole(prompt, schemas[WHOLE])}
        else:
            loaded = {step: _step(contents, step, schema) for step, schema in schemas.items()}
    except (KeyError, ValueError, ValidationError) as error:
        raise PromptError(f"prompt {label} is malformed: {error}") from error
    return replace(prompt, steps=loaded)


def _whole(prompt: Prompt, schema: type[BaseModel]) -> Step:
    static = [Message("system", prompt.contents["system.md"].strip())]
    examples = []
    for file in sorted(prompt.contents):
        if not re.fullmatch(r"examples/\d+\.toml", file):
            continue
        fields = tomllib.loads(prompt.contents[file])
        text, published = str(fields["text"]).strip(), fields.get("published")
        answer = prompt.contents[file.removesuffix(".toml") + ".json"].strip()
        static.append(prompt.article_message(text, split_sentences(text, "en"), published))
        static.append(Message("assistant", answer))
        examples.append(Example(text, published, schema.model_validate_json(answer)))
    return Step(WHOLE, schema, tuple(static), tuple(examples))


def _step(contents: Mapping[str, str], name: str, schema: type[BaseModel]) -> Step:
    data = tomllib.loads(contents[f"{name}.toml"])
    static = [Message("system", str(data["instructions"]).strip())]
    examples = []
    for item in data["examples"]:
        text, answer = str(item["text"]), str(item["answer"])
        static += [Message("user", text), Message("assistant", answer)]
        examples.append(Example(text, None, schema.model_validate_json(answer)))
    notes = {IncidentType(kind): str(note) for kind, note in data.get("notes", {}).items()}
    if notes and (missing := {*IncidentType} - {*notes}):
        raise ValueError(f"{name}.toml has no note for {', '.join(sorted(missing))}")
    return Step(name, schema, tuple(static), tuple(examples), notes)
