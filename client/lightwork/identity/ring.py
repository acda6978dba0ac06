"""The system keyring, asked in a thread of its own: it may wait for a person to answer a prompt.

Every fault of it comes out as `RingUnavailableError`: backends raise their own kinds, and what matters here is only
that the ring did not answer.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

_T = TypeVar("_T")

SERVICE = "Lightwork"


class RingUnavailableError(Exception):
    """There is no keyring, it is locked, or it did not answer in time."""


def store(entry: str, secret: str, timeout: float) -> str:
    """Put a secret into the ring, read it back, and tell the ring's name. Seconds. Raises RingUnavailableError."""

    def work() -> str:
        import keyring  # noqa: PLC0415  24 MB, which a computer without a ring need not pay

        name = _ring_name()
        if "plaintext" in name.lower():
            raise RingUnavailableError(f"{name} does not encrypt")
        keyring.set_password(SERVICE, entry, secret)
        if keyring.get_password(SERVICE, entry) != secret:
            raise RingUnavailableError(f"{name} did not keep what was put into it")
        return name

    return _in_time(work, timeout)


def fetch(entry: str, timeout: float) -> tuple[str | None, str]:
    """The secret, or None if the ring has no such entry; and the ring's name. Raises RingUnavailableError."""

    def work() -> tuple[str | None, str]:
        import keyring  # noqa: PLC0415  see above

        return keyring.get_password(SERVICE, entry), _ring_name()

    return _in_time(work, timeout)


def _ring_name() -> str:
    import keyring  # noqa: PLC0415  see above

    kind = type(keyring.get_keyring())
    return f"{kind.__module__}.{kind.__qualname__}"


def _in_time(work: Callable[[], _T], timeout: float) -> _T:
    """Do `work` in a thread, and stop waiting for it after `timeout` seconds.

    The thread is a daemon: a prompt that nobody answers must not keep the program from ending.
    """
    answer: Future[_T] = Future()

    def run() -> None:
        try:
            answer.set_result(work())
        except RingUnavailableError as error:
            answer.set_exception(error)
        except BaseException as error:
            fault = RingUnavailableError(f"{type(error).__name__}: {error}")
            fault.__cause__ = error
            answer.set_exception(fault)

    threading.Thread(target=run, name="keyring", daemon=True).start()
    try:
        return answer.result(timeout)
    except TimeoutError as error:
        raise RingUnavailableError(f"it did not answer within {timeout:g} s") from error
