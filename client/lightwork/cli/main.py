"""`lightwork`: opens the window; its commands reach the node through the control wire.

Exit codes are listed in `exits.py` and in the README.
"""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from lightwork import __version__
from lightwork.cli import books, durations, output
from lightwork.cli.door import NodeDoor, OwnNode
from lightwork.cli.exits import Exit, fail
from lightwork.cli.host import app as host_app
from lightwork.domain.errors import LightworkError
from lightwork.protocol import control as wire
from lightwork.settings.check import find
from lightwork.settings.places import HOME_VARIABLE, places

app = typer.Typer(
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    help="Lend this computer to a training project that you chose. Without a command, the window opens.",
)
app.add_typer(host_app, name="host", help="Make and run a project of your own.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def main() -> None:
    """The program's entry point."""
    app(with_open(sys.argv[1:]), prog_name="lightwork")


def with_open(arguments: Sequence[str]) -> list[str]:
    """The command line with `open` before a link that stands where a command would: as a desktop hands it over."""
    before: list[str] = []
    words = iter(arguments)
    for word in words:
        if word.lower().startswith("lightwork:"):
            return [*before, "open", "--", word, *words]
        if word == "--":
            continue
        if not word.startswith("-"):
            break
        before += [word, next(words, "")] if word == "--home" else [word]
    return list(arguments)


@app.callback(invoke_without_command=True)
def window(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    tray: Annotated[bool, typer.Option("--tray", help="Start in the tray.")] = False,
    home: Annotated[Path | None, typer.Option(help="The folder of Lightwork's files; else LIGHTWORK_HOME.")] = None,
) -> None:
    """Open the window, unless a command or a link follows."""
    if version:
        sys.stdout.write(f"lightwork {__version__}\n")
        raise typer.Exit(Exit.FINE)
    if home is not None:
        os.environ[HOME_VARIABLE] = str(home)  # for the processes that are started, too
    if context.invoked_subcommand is None:
        _open_window(["--tray"] if tray else [])


@app.command(name="open", hidden=True)
def open_link(link: Annotated[str, typer.Argument(help="lightwork://HOST/PROJECT-ID")]) -> None:
    """Open the window, and show what joining this project means."""
    _open_window(["--", link])


def _open_window(arguments: list[str]) -> None:
    try:
        from lightwork_ui.app import main as open_window  # noqa: PLC0415  Qt is needed by the window alone
    except ImportError as error:
        sys.stderr.write(f"The window cannot be opened: {error}. In a terminal, use: lightwork contribute\n")
        raise typer.Exit(Exit.FAILED) from None
    raise typer.Exit(open_window(arguments))


@app.command()
def contribute(
    project: Annotated[str | None, typer.Option(help="Join link of the project; else the chosen one.")] = None,
    rounds: Annotated[int | None, typer.Option(min=1, help="Stop after this many rounds have been counted.")] = None,
    as_json: Json = False,
) -> None:
    """Contribute in this terminal until Ctrl-C. With a node running already, follow that one."""
    from lightwork.cli.contribute import contribute as run  # noqa: PLC0415

    try:
        code = run(places(), link=project, rounds=rounds, as_json=as_json)
    except LightworkError as error:
        raise fail(error) from None
    raise typer.Exit(code)


@app.command()
def status(as_json: Json = False) -> None:
    """Say what the node is doing, and why."""
    with _door() as door:
        now = door.next_status()
    _print(now, as_json, output.status)


@app.command()
def pause(
    duration: Annotated[str | None, typer.Option("--for", help="How long: 30m, 1h, 1h30m.")] = None,
    until_restart: Annotated[bool, typer.Option("--until-restart", help="Until this computer restarts.")] = False,
    as_json: Json = False,
) -> None:
    """Pause training: for a time, until a restart, or until `resume`. The device's memory is given back."""
    if duration is not None and until_restart:
        raise typer.BadParameter("choose one of --for and --until-restart")
    try:
        seconds = durations.parse(duration) if duration is not None else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--for") from None
    _order(wire.Pause, as_json, seconds=seconds, until_restart=until_restart)


@app.command()
def resume(as_json: Json = False) -> None:
    """End a pause."""
    _order(wire.Resume, as_json)


@app.command()
def stop(as_json: Json = False) -> None:
    """Stop contributing; the node stays, and what was trained is kept."""
    _order(wire.Stop, as_json)


@app.command(name="quit")
def quit_node(as_json: Json = False) -> None:
    """End the node."""
    _order(wire.Quit, as_json)


@app.command()
def join(link: Annotated[str, typer.Argument(help="lightwork://HOST/PROJECT-ID")], as_json: Json = False) -> None:
    """Look at a project, check its signature, and choose it. Training starts with `contribute`."""
    _order(wire.Join, as_json, start=True, link=link)


@app.command()
def leave(
    project: Annotated[str | None, typer.Argument(help="The project's id; else the chosen one.")] = None,
    as_json: Json = False,
) -> None:
    """Forget a project and delete its files. Receipts stay."""
    _order(wire.Leave, as_json, start=True, project=project)


@app.command()
def projects(as_json: Json = False) -> None:
    """List the projects that this computer has joined."""
    reply = _ask(wire.AskProjects)
    _print(reply.projects, as_json, output.projects)


@app.command()
def look(
    link: Annotated[str | None, typer.Argument(help="lightwork://HOST/PROJECT-ID; else the practice project.")] = None,
    as_json: Json = False,
) -> None:
    """Look at a project before joining it: what it trains, and whether it fits this computer."""
    reply = _ask(wire.LookAt, link=link)
    _print(reply.offer, as_json, output.offer)


@app.command()
def check(as_json: Json = False) -> None:
    """Try out, in less than a minute, how well this computer trains. Nothing is sent or kept."""
    reply = _ask(wire.Check, heard=output.nothing if as_json else output.checked)
    _print(reply.check, as_json, output.check)


@app.command(name="try")
def try_model(
    prompt: Annotated[str, typer.Argument(help="The text to go on with; may be empty.")],
    tokens: Annotated[int, typer.Option(min=1, max=2000, help="How many tokens to say at most.")] = 200,
    temperature: Annotated[float, typer.Option(min=0, max=2, help="0: always the likeliest.")] = 0.8,
    as_json: Json = False,
) -> None:
    """Read what the model that this computer trains goes on with. It has to contribute meanwhile."""
    from lightwork.cli.trying import try_out  # noqa: PLC0415

    try:
        try_out(places(), prompt[-wire.LONGEST_PROMPT :], tokens=tokens, temperature=temperature, as_json=as_json)
    except LightworkError as error:
        raise fail(error) from None


@app.command()
def stats(
    by: Annotated[wire.Period | None, typer.Option(help="Show each of the last days, weeks or months.")] = None,
    count: Annotated[int, typer.Option(min=1, max=400, help="How many of them, with --by.")] = 14,
    project: Annotated[str | None, typer.Option(help="Of one project, by its id, with --by; else of all.")] = None,
    as_json: Json = False,
) -> None:
    """Show credits, traffic and the newest contributions, or what each day, week or month brought."""
    if by is not None:
        reply = _ask(wire.AskHistory, period=by, count=count, project=project)
        _print(reply.history, as_json, books.history)
    elif project is not None:
        raise typer.BadParameter("it goes with --by", param_hint="--project")
    else:
        _print(_ask(wire.AskStats).stats, as_json, output.stats)


@app.command()
def export(
    what: Annotated[wire.ExportKind, typer.Argument(help="Which table.")],
    file: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    *,
    by: Annotated[wire.Period, typer.Option(help="How long a line of the history is.")] = wire.Period.DAY,
    project: Annotated[str | None, typer.Option(help="Of one project, by its id; else of all.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the file if there is one.")] = False,
    as_json: Json = False,
) -> None:
    """Write contributions, receipts or the history as a table for spreadsheets."""
    if file.exists() and not replace:
        raise typer.BadParameter(f"{file} is there already; with --replace it is replaced", param_hint="FILE")
    place = str(file.absolute())
    rows = _ask(wire.Export, what=what, file=place, period=by, project=project).rows
    _print({"rows": rows, "file": place}, as_json, books.exported)


@app.command()
def receipt(
    digest: Annotated[str, typer.Argument(help="The contribution's digest, or how it begins.")], as_json: Json = False
) -> None:
    """Show the receipt of a contribution, and check its signature."""
    try:
        project, whole = books.find(
            digest, lambda search: _ask(wire.AskContributions, search=search, limit=wire.MOST_ROWS).contributions
        )
    except LightworkError as error:
        raise fail(error) from None
    found = _ask(wire.AskReceipt, project=project, digest=whole).receipt
    _print(found, as_json, books.receipt)
    if found is not None and found.complaint is not None:
        raise fail(LightworkError(found.complaint))


@app.command()
def devices(as_json: Json = False) -> None:
    """List the devices that could train."""
    reply = _ask(wire.AskDevices)
    _print(reply.devices, as_json, output.devices)


@app.command()
def settings(
    key: Annotated[str | None, typer.Argument(help="A setting's name; without one, all are listed.")] = None,
    value: Annotated[str | None, typer.Argument(help="Its new value.")] = None,
    default: Annotated[bool, typer.Option("--default", help="Back to its default.")] = False,
    as_json: Json = False,
) -> None:
    """Show settings, or change one. What is changed holds at once."""
    if key is None or (value is None and not default):
        found = _ask(wire.AskSettings).settings or ()
        try:
            chosen = find(key).key if key is not None else None
        except LightworkError as error:
            raise fail(error) from None
        _print([one for one in found if chosen in (None, one.key)], as_json, output.settings)
        return
    if value is not None and default:
        raise typer.BadParameter("give a value or --default, not both", param_hint="--default")
    _order(wire.Change, as_json, start=True, key=key, value=value)


@app.command()
def programs(as_json: Json = False) -> None:
    """List the programs that run, to choose from for `pausing.programs` and `pausing.never_for`."""
    reply = _ask(wire.AskPrograms)
    _print(reply.programs, as_json, output.programs)


def _door() -> NodeDoor:
    try:
        return NodeDoor.open(places())
    except LightworkError as error:
        raise fail(error) from None


def _ask(command: Any, *, start: bool = True, **values: Any) -> wire.Reply:
    """Ask the running node; a question to a node that does not run starts one for as long as it takes."""
    own = None
    try:
        if start:
            own, door = OwnNode.start(places())
        else:
            door = NodeDoor.open(places())
        with door:
            return door.ask(command, **values)
    except LightworkError as error:
        raise fail(error) from None
    finally:
        if own is not None:
            own.end()


def _order(command: Any, as_json: bool, *, start: bool = False, **values: object) -> None:
    _ask(command, start=start, **values)
    if as_json:
        sys.stdout.write('{"done":true}\n')


def _print(value: Any, as_json: bool, show: Callable[[Any], None]) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    else:
        show(value)
