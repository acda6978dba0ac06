"""The one shape of all that a desktop does, or does not, for a program."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from lightwork.domain.errors import LightworkError, Trouble


class Switch(Protocol):
    """Something that a person can switch on here, and here or in the system's own settings off."""

    def on(self) -> bool:
        """Whether the system does it now. Raises OSError where that cannot be found out."""

    def turn(self, on: bool) -> None:
        """Switch it. Where it is on already, it is brought up to date: the program may have moved.

        Raises LightworkError(DESKTOP_REFUSED), and DISK_FULL; all is as before then.
        """


@contextmanager
def refusing() -> Iterator[None]:
    """Turn the system's refusal into LightworkError(DESKTOP_REFUSED)."""
    try:
        yield
    except OSError as error:
        raise LightworkError(Trouble.DESKTOP_REFUSED, str(error)) from error


def refuse(reason: str) -> LightworkError:
    """To be raised: the desktop cannot do it."""
    return LightworkError(Trouble.DESKTOP_REFUSED, reason)
