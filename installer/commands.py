"""The three commands, from arguments to exit status."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import arguments
import checks
import launch
import problem
import system_packages
import tests_command
from environment import Environment
from progress import Progress

CHECKOUT = Path(__file__).resolve().parent.parent
RUN_EXTRAS = ("host", "train", "window")
TEST_EXTRAS = (*RUN_EXTRAS, "test")
USAGE_STATUS = 2
INTERRUPTED_STATUS = 130


def main(words: list[str]) -> int:
    """Do what the words say; returns the exit status."""
    try:
        command = arguments.parse(words)
    except arguments.UsageError as error:
        print(f"{error}\n\n{arguments.HELP}", end="", file=sys.stderr)
        return USAGE_STATUS
    try:
        return _do(command)
    except problem.ProblemError as error:
        return _fail(error)
    except OSError as error:
        return _fail(problem.of_system_error(error))
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on where this one stopped.", file=sys.stderr)
        return INTERRUPTED_STATUS


def _do(command: arguments.Command) -> int:
    if isinstance(command, arguments.Help):
        print(arguments.HELP, end="")
        return 0
    if isinstance(command, arguments.Run):
        return run(command)
    if isinstance(command, arguments.Test):
        return test(command)
    return doctor()


def _fail(error: problem.ProblemError) -> int:
    print(f"\n{error.sentence}", file=sys.stderr)
    return 1


def run(command: arguments.Run) -> int:
    """Install what is missing and become the program."""
    environment = Environment(CHECKOUT)
    progress = Progress(sys.stderr if command.machine_readable else sys.stdout)
    window = checks.has_display(sys.platform, os.environ) and not command.headless
    lacking = system_packages.lacking_for_window(os.environ) if window else []
    if not environment.ready(RUN_EXTRAS):
        with environment.alone(progress):
            if not environment.ready(RUN_EXTRAS):
                lacking = _provide(lacking, environment, progress)
                environment.complete(RUN_EXTRAS, progress, system_packages.venv_command())
    if lacking:
        progress.say(f"The window may not open. {system_packages.advice(lacking)}")
    program = str(environment.program("lightwork"))
    return launch.become(
        [program, *launch.program_arguments(command.rest, window=window)],
        launch.program_environment(CHECKOUT, os.environ),
    )


def _provide(lacking: list[str], environment: Environment, progress: Progress) -> list[str]:
    """Install system packages where we may; returns the libraries that are still missing. Never fatal by itself."""
    wanted = [*system_packages.names(lacking), *system_packages.lacking_venv()]
    if not wanted or not system_packages.can_install():
        return lacking
    system_packages.install(wanted, log=environment.log, progress=progress)
    return system_packages.still(lacking)


def test(command: arguments.Test) -> int:
    """Install what is missing, then check everything."""
    environment = Environment(CHECKOUT)
    progress = Progress(sys.stdout)
    needed, useful = system_packages.lacking_for_tests()
    installable = bool(needed or useful) and system_packages.can_install()
    if installable or not environment.ready(TEST_EXTRAS):
        with environment.alone(progress):
            needed = _provide([*needed, *useful], environment, progress)
            if not environment.ready(TEST_EXTRAS):
                environment.complete(TEST_EXTRAS, progress, system_packages.venv_command())
    if needed or useful:
        needed, useful = system_packages.lacking_for_tests()
    if needed:
        raise problem.ProblemError(f"The window cannot be tested. {system_packages.advice(needed)}")
    if useful:
        progress.say(f"Tests on a real X screen will not run. {system_packages.advice(useful)}")
    return tests_command.run_all(
        tests_command.all_checks(CHECKOUT, environment.python, environment.programs, command.rest),
        folder=CHECKOUT,
        environ=os.environ,
        keep_going=command.keep_going,
        say=lambda text: progress.say(f"== {text}"),
    )


def doctor() -> int:
    """Tell what was looked at and found; returns 1 if something stands in the way."""
    environment = Environment(CHECKOUT)
    installed = environment.ready(RUN_EXTRAS)
    already = checks.occupied(environment.folder)
    found = [
        checks.python(),
        checks.venv_module(system_packages.venv_command()),
        checks.writable(CHECKOUT),
        checks.disk(CHECKOUT, already=already, complete=installed),
        checks.display(sys.platform, os.environ),
        system_packages.window_libraries(os.environ),
        checks.Finding("environment", True, "installed" if installed else "not installed yet; `run` will do it"),
    ]
    for finding in found:
        print(f"{'ok     ' if finding.fine else 'MISSING'}  {finding.subject}: {finding.text}")
    return 0 if all(finding.fine for finding in found) else 1
