"""Games that tests start are seen by every node of this user: one test with games at a time, over all workers."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock


@contextmanager
def games_alone() -> Iterator[None]:
    """Wait until no other test has games, and keep them from it meanwhile."""
    with FileLock(Path(tempfile.gettempdir()) / "lightwork-tests-with-games.lock"):
        yield
