"""A folder for what a benchmark leaves behind."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch(prefix: str, *, keep: bool = False) -> Iterator[Path]:
    """Deleted in the end, with whatever is in it; or kept, and its name printed, so that the logs can be read."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        if keep:
            print(f"logs: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
