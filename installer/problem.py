"""What stops the installer, told in words."""

from __future__ import annotations

import errno


class ProblemError(Exception):
    """Ends the installer. The first argument is a sentence for the person at the computer; no traceback is shown."""

    @property
    def sentence(self) -> str:
        """What is wrong, and what to do about it."""
        return str(self.args[0])


NO_SPACE = "The disk is full. Free some space and start again; what was installed so far is kept."


def of_system_error(error: OSError) -> ProblemError:
    """Translate an error of the operating system that came up while the installer itself used a file."""
    where = f" ({error.filename})" if error.filename else ""
    if isinstance(error, PermissionError):
        return ProblemError(
            f"Permission denied{where}. The installer writes only inside this folder: it must belong to you. "
            "On Windows, also close every program that uses the folder's .venv."
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ProblemError(NO_SPACE)
    if error.errno == errno.EROFS:
        return ProblemError(f"This folder cannot be written to{where}: copy it to a disk of your own and start there.")
    return ProblemError(f"The system refused: {error.strerror or error}{where}.")
