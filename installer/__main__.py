"""`python3 installer run | test | doctor`: makes what Lightwork needs in this folder, then starts it or tests it.

Needs nothing but Python. Every file here parses on Python 3.8, so that an old Python gets a sentence and no traceback.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Return the exit status; on POSIX systems `run` ends by becoming the program and does not return."""
    import python_version  # noqa: PLC0415  the other modules need the Python that this one checks for

    complaint = python_version.complaint(tuple(sys.version_info[:2]), sys.argv[1:])
    if complaint is not None:
        print(complaint, file=sys.stderr)
        return 1
    import commands  # noqa: PLC0415

    return commands.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
