"""`lightwork`: opens the window; its commands reach the node through the control wire.

Exit codes are listed in `exits.py` and in the README.
"""

import sys
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import typer

from lightwork import __version__
from lightwork.cli import durations, output
from lightwork.cli.door import NodeDoor, OwnNode
from lightwork.cli.exits import Exit, fail
from lightwork.cli.host import app as host_app
from lightwork.domain.errors import LightworkError
from lightwork.protocol import control as wire
from lightwork.settings.check import find
from lightwork.settings.places import places

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
    app()


@app.callback(invoke_without_command=True)
def window(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """Open the window, unless a command follows."""
    if version:
        sys.stdout.write(f"lightwork {__version__}\n")
        raise typer.Exit(Exit.FINE)
    if context.invoked_subcommand is not None:
        return
    try:
        from lightwork_ui.app import main as open_window  # noqa: PLC0415  Qt is needed by the window alone
    except ImportError as error:
        sys.stderr.write(f"The window cannot be opened: {error}. In a terminal, use: lightwork contribute\n")
        raise typer.Exit(Exit.FAILED) from None
    raise typer.Exit(open_window(sys.argv[:1]))


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
    as_json: Json = False,
) -> None:
    """Pause training, for a time or until `resume`. The device's memory is given back."""
    try:
        seconds = durations.parse(duration) if duration is not None else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--for") from None
    _order(wire.Pause, as_json, seconds=seconds)


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
def stats(as_json: Json = False) -> None:
    """Show credits, traffic and the newest contributions."""
    reply = _ask(wire.AskStats)
    _print(reply.stats, as_json, output.stats)


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


def _ask(command: Any, *, start: bool = True, **values: object) -> wire.Reply:
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
