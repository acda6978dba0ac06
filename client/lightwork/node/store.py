"""One project's folder on this computer: downloaded files by digest, the present lease, the trainer's own folder."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from lightwork.disk.durable import replace_file
from lightwork.domain.errors import LightworkError
from lightwork.protocol.manifest import FileRef
from lightwork.protocol.packing import DRAFT_SUFFIX
from lightwork.protocol.project import Lease

# Of one project's downloaded files, in bytes. Enough for most projects' data to be fetched once only.
MOST_BYTES = 1 << 30


class SavedLease(msgspec.Struct, frozen=True, kw_only=True):
    """A lease as it was granted, and when it expires (Unix time of the host)."""

    lease: Lease
    expires: float


class ManifestShelf:
    """The manifest's document from the last connection. It is checked anew whenever it is read, like one that came."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> bytes | None:
        """What was kept, if it can be read."""
        try:
            return self._file.read_bytes()
        except OSError:
            return None

    def write(self, document: bytes) -> None:
        """Keep it. On a full disk it is fetched again the next time."""
        with suppress(LightworkError, OSError):
            replace_file(self._file, document)


class ProjectStore:
    """Paths and small files of one project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "files").mkdir(parents=True, exist_ok=True)
        for draft in (folder / "files").glob(f"*{DRAFT_SUFFIX}"):  # of a program that was killed
            with suppress(OSError):
                draft.unlink()
        self.manifest = ManifestShelf(folder / "manifest.json")

    @property
    def trainer_folder(self) -> Path:
        """The trainer's own folder: its checkpoint and its contributions."""
        return self.folder / "trainer"

    def file(self, ref: FileRef) -> Path:
        """Where a file of the project lies. By digest, so that no name from elsewhere becomes a path here."""
        return self.folder / "files" / ref.sha256

    def forget(self, refs: Sequence[FileRef]) -> None:
        """Delete files that are not needed any more."""
        for ref in refs:
            with suppress(OSError):
                self.file(ref).unlink(missing_ok=True)

    def trim(self, data: Sequence[FileRef], keep: Sequence[FileRef], most: int = MOST_BYTES) -> None:
        """Delete the files of `data` that were fetched longest ago until at most `most` bytes of them are left; never
        those of `keep`, also as they travel. Weights and updates are others' business, who may be fetching them.

        Leases walk through all of a project's data: without this, the whole data set would come to lie here.
        """
        found: list[tuple[float, int, Path]] = []
        for name in _names(data):
            for file in (self.folder / "files" / name, self.folder / "files" / f"{name}.part"):
                with suppress(OSError):  # it is not here
                    stat = file.stat()
                    found.append((stat.st_mtime, stat.st_size, file))
        total, kept = sum(size for _, size, _ in found), _names(keep)
        for _, size, file in sorted(found):
            if total <= most:
                return
            if file.name.removesuffix(".part") not in kept:
                with suppress(OSError):  # on Windows, one that the trainer still has mapped
                    file.unlink()
                    total -= size

    def save_lease(self, lease: Lease, expires: float) -> None:
        """Remember the present lease over a restart."""
        replace_file(self._lease_file, msgspec.json.encode(SavedLease(lease=lease, expires=expires)))

    def save_next_lease(self, lease: Lease, expires: float) -> None:
        """Remember the one that will be the present lease after it."""
        replace_file(self._next_file, msgspec.json.encode(SavedLease(lease=lease, expires=expires)))

    def begin_next_lease(self, saved: SavedLease) -> None:
        """The next lease is the present one now. Between the two steps a kill may lose it, and never doubles it."""
        with suppress(OSError):
            self._next_file.unlink(missing_ok=True)
        self.save_lease(saved.lease, saved.expires)

    def drop_lease(self, lease: str) -> None:
        """Forget a lease whose tokens are used."""
        saved = self.saved_lease()
        if saved is not None and saved.lease.id == lease:
            with suppress(OSError):
                self._lease_file.unlink(missing_ok=True)

    def saved_lease(self) -> SavedLease | None:
        """The remembered present lease, if there is one that can be read."""
        return _read(self._lease_file)

    def saved_next_lease(self) -> SavedLease | None:
        """The one after it, likewise."""
        return _read(self._next_file)

    @property
    def _lease_file(self) -> Path:
        return self.folder / "lease.json"

    @property
    def _next_file(self) -> Path:
        return self.folder / "next-lease.json"


def _names(refs: Sequence[FileRef]) -> set[str]:
    return {name for ref in refs for name in (ref.sha256, ref.sent.sha256)}


def _read(file: Path) -> SavedLease | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=SavedLease)
    except (OSError, msgspec.DecodeError):
        return None
