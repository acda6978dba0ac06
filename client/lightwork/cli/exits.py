"""Exit codes of all commands, and how a trouble is told."""

import sys
from enum import IntEnum

import typer

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.sentences import trouble_sentence


class Exit(IntEnum):
    """What a command's exit code means."""

    FINE = 0
    USAGE = 2  # the command line itself
    REFUSED = 3  # invalid input, or a project or host that was refused
    UNREACHABLE = 4  # no host, or no running node, answers
    FAILED = 5  # a fault on this computer


_CODES = {
    Trouble.HOST_UNREACHABLE: Exit.UNREACHABLE,
    Trouble.HOST_CONFUSED: Exit.UNREACHABLE,
    Trouble.NODE_AWAY: Exit.UNREACHABLE,
    Trouble.INTERNAL: Exit.FAILED,
    Trouble.DISK_FULL: Exit.FAILED,
    Trouble.IDENTITY_LOCKED: Exit.FAILED,
    Trouble.IDENTITY_DAMAGED: Exit.FAILED,
    Trouble.LEDGER_NEWER: Exit.FAILED,
    Trouble.RUNTIME_MISSING: Exit.FAILED,
    Trouble.DEVICE_TOO_SMALL: Exit.FAILED,
    Trouble.DEVICE_LOST: Exit.FAILED,
    Trouble.OUT_OF_MEMORY: Exit.FAILED,
    Trouble.TRAINER_FAILED: Exit.FAILED,
    Trouble.PRACTICE_FAILED: Exit.FAILED,
}


def exit_code(trouble: Trouble) -> Exit:
    """The code for a trouble; what is not listed is input that was refused."""
    return _CODES.get(trouble, Exit.REFUSED)


def fail(error: LightworkError) -> typer.Exit:
    """Tell a trouble on stderr, and give the exit to raise."""
    print(trouble_sentence(error.trouble).text(), file=sys.stderr)  # noqa: T201  it is for a person
    if error.detail:
        print(f"  {printable(error.detail)}", file=sys.stderr)  # noqa: T201
    return typer.Exit(exit_code(error.trouble))


def printable(text: str) -> str:
    """Text from elsewhere without what could move a terminal's cursor or turn its direction."""
    return "".join(character if character.isprintable() else "?" for character in text)[:2000]
