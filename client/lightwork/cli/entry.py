"""The program's entry point: the window at once, or the command line.

The command line's libraries would cost a window 15 MB for as long as it runs, and time at its start.
"""

import sys

WINDOW: tuple[list[str], ...] = ([], ["--tray"])


def main() -> None:
    """Open the window where nothing else is asked for."""
    if sys.argv[1:] in WINDOW:
        try:
            from lightwork_ui.app import main as open_window  # noqa: PLC0415  only here
        except ImportError:
            pass  # the command line says what is missing
        else:
            sys.exit(open_window(sys.argv[1:]))
    from lightwork.cli.main import main as command_line  # noqa: PLC0415  see above

    command_line()
