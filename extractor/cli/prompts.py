"""`extractor prompts`: the versions there are, their files, and whether they are as released."""

from typing import Annotated

import typer

from extractor.cli.console import say
from extractor.cli.exits import FAILED
from extractor.prompting import (
    check_prompts,
    diff_prompts,
    list_prompts,
    load_prompt,
    release_prompt,
)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Show the prompts and check that released ones were not edited.",
    epilog="Example:  extractor prompts list",
)
PromptName = Annotated[str, typer.Argument(metavar="NAME@VERSION", show_default=False)]


@app.command("list", epilog="Example:  extractor prompts list")
def list_() -> None:
    """List every version of every prompt."""
    for info in list_prompts():
        state = "released" if info.released else "draft"
        label = f"{info.name}@{info.version}"
        typer.echo(f"{label:<16} {state:<9} {info.hash}  {info.description}")


@app.command(epilog="Example:  extractor prompts show incidents@1")
def show(name: PromptName) -> None:
    """Print all files of a version."""
    for file, content in load_prompt(name).files().items():
        typer.echo(f"==> {file} <==\n{content.rstrip()}\n")


@app.command(epilog="Example:  extractor prompts diff incidents@1 incidents@2")
def diff(
    first: Annotated[str, typer.Argument(metavar="A", show_default=False)],
    second: Annotated[str, typer.Argument(metavar="B", show_default=False)],
) -> None:
    """Print what differs between two versions."""
    if difference := diff_prompts(first, second):
        typer.echo(difference)
    else:
        say(f"{first} and {second} are the same")


@app.command(epilog="Example:  extractor prompts check")
def check() -> None:
    """Check the prompts against their released hashes. Exit code 1 if one was edited."""
    problems = check_prompts()
    for problem in problems:
        say(f"error: {problem}")
    if problems:
        raise typer.Exit(FAILED)
    say("all prompts are as released")


@app.command(epilog="Example:  extractor prompts release steps@2")
def release(name: PromptName) -> None:
    """Record the hash of a version in a checkout; from then on it is never edited."""
    say(f"{name} is released as {release_prompt(name)}")
