"""The installer's command line. Words that are not the installer's own belong to the program, or to pytest."""

from __future__ import annotations

from dataclasses import dataclass

HELP = """\
usage: python3 installer COMMAND

  run [--headless] [...]      install what is missing, then open Lightwork's window. With --headless, or where
                              there is no display, contribute in this terminal instead: `lightwork contribute`.
                              Everything else is passed on to the program, such as --rounds 5 --json
  test [--keep-going] [...]   install what is missing, then check style, types, imports and tests.
                              Everything else is passed on to pytest. --keep-going: do not stop at the first failure
  doctor                      say what this computer has and lacks
  --help                      this text

The packages lie in this folder's .venv, the program's data in its .lightwork (or where LIGHTWORK_HOME says).
"""


class UsageError(ValueError):
    """The command line makes no sense; the message says which word."""


@dataclass(frozen=True)
class Help:
    """Show the text above."""


@dataclass(frozen=True)
class Run:
    """Install and start. `rest` goes to the program."""

    headless: bool
    rest: tuple[str, ...]

    @property
    def machine_readable(self) -> bool:
        """Is stdout for the program's own output alone?"""
        return "--json" in self.rest


@dataclass(frozen=True)
class Test:
    """Install and test. `rest` goes to pytest."""

    keep_going: bool
    rest: tuple[str, ...]


@dataclass(frozen=True)
class Doctor:
    """Check and tell."""


Command = Help | Run | Test | Doctor


def parse(words: list[str]) -> Command:
    """Split the words after `python3 installer`. Raises UsageError."""
    if not words:
        raise UsageError("say what to do: run, test or doctor")
    name, rest = words[0], words[1:]
    if name in {"--help", "-h", "help"}:
        return Help()
    if name not in {"run", "test", "doctor"}:
        raise UsageError(f"unknown command: {name}")
    if rest[:1] in (["--help"], ["-h"]):
        return Help()
    if name == "run":
        headless, others = _take("--headless", rest)
        return Run(headless, others)
    if name == "test":
        keep_going, others = _take("--keep-going", rest)
        return Test(keep_going, others)
    if rest:
        raise UsageError(f"doctor takes no argument: {rest[0]}")
    return Doctor()


def _take(flag: str, words: list[str]) -> tuple[bool, tuple[str, ...]]:
    """Take every `flag` out of the words before a `--`."""
    end = words.index("--") if "--" in words else len(words)
    own, foreign = words[:end], words[end:]
    return flag in own, tuple([word for word in own if word != flag] + foreign)
