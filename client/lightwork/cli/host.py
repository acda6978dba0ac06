"""`lightwork host`: make and run a project of your own.

Exit codes are listed in `exits.py`. What a command needs is imported when it runs, so that asking for help stays quick.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from lightwork.cli.exits import Exit, fail, printable
from lightwork.domain.errors import LightworkError

app = typer.Typer(help="Make and run a project of your own.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="The project's folder.", show_default=False)]


@contextmanager
def _told() -> Iterator[None]:
    """Faults as a sentence and its detail on stderr, and as an exit status."""
    try:
        yield
    except LightworkError as error:
        raise fail(error) from None
    except OSError as error:
        typer.echo(printable(str(error)), err=True)
        raise typer.Exit(Exit.REFUSED) from None


@app.command()
def create(
    recipe: Annotated[Path, typer.Argument(help="A recipe: a TOML file.", show_default=False)],
    folder: Annotated[Path, typer.Option(help="Where to make the project.", show_default=False)],
) -> None:
    """Make a project from a recipe, and print its join link."""
    from lightwork.host.create import create as make  # noqa: PLC0415

    with _told():
        typer.echo(str(asyncio.run(make(folder, recipe))))


@app.command()
def serve(
    folder: Folder,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="In place of the one in host.toml.")] = None,
) -> None:
    """Serve a project until interrupted. Prints its join link once it can be reached."""
    from lightwork.host.serve import log_to_stderr  # noqa: PLC0415
    from lightwork.host.serve import serve as run  # noqa: PLC0415

    log_to_stderr()
    with _told():
        asyncio.run(run(folder, port=port, announce=typer.echo, end_with_stdin=False))


@app.command()
def renew(
    folder: Folder,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long the description is to be valid.")] = 90,
) -> None:
    """Sign the project's description again, with a higher serial and a later expiry."""
    from lightwork.host.create import link_of  # noqa: PLC0415
    from lightwork.host.create import renew as sign_again  # noqa: PLC0415

    with _told():
        manifest = sign_again(folder, days=days)
        typer.echo(f"Serial {manifest.serial}, valid for {days} days. A running host publishes it once started again.")
        typer.echo(str(link_of(folder)))


@app.command()
def status(folder: Folder, as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Show how a project stands: round, contributions, accounts, loss, operations."""
    from lightwork.host.overview import overview  # noqa: PLC0415

    with _told():
        numbers = asyncio.run(overview(folder))
        if as_json:
            typer.echo(json.dumps(numbers))
            return
        width = max(len(name) for name in numbers)
        for name, value in numbers.items():
            typer.echo(f"{name.replace('_', ' '):<{width}}  {'-' if value is None else value}")
