"""The volunteer's ledger: what this computer contributed, what hosts granted for it, and what that cost in traffic
and electricity.

Everything that a host granted can be fetched again from it by receipt number, so a lost ledger costs no credit. What is
lost with it for good are traffic, energy and pauses, and the record of contributions that no host judged.
"""

from pathlib import Path

from lightwork.history.contributions import Contributions
from lightwork.history.database import Database
from lightwork.history.energy import Energy
from lightwork.history.pauses import Pauses
from lightwork.history.projects import Projects
from lightwork.history.receipts import Receipts
from lightwork.history.sums import Sums
from lightwork.history.table import Table
from lightwork.history.traffic import Traffic


class Ledger(Contributions, Receipts, Traffic, Energy, Pauses, Projects, Sums, Table):
    """One file, used from any thread of one process. What a method recorded is on the disk when it returns.

    Each record waits for the disk (a few milliseconds). Raises LightworkError(DISK_FULL) with nothing half-written,
    and ValueError for what contradicts the ledger or cannot be: numbers are 0 to 2^63 - 1, digests are SHA-256 in
    lower-case hex.
    """

    @classmethod
    def open(cls, path: Path) -> "Ledger":
        """Open or create the ledger. `set_aside` tells afterwards whether a damaged file had to make way.

        Raises LightworkError: LEDGER_NEWER if a newer program made the file (it is left alone), DISK_FULL.
        """
        return cls(Database.open(path))

    @property
    def set_aside(self) -> Path | None:
        """Where the damaged ledger lies now that was found at this place; None if there was none."""
        return self._database.set_aside

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    def close(self) -> None:
        """Close the file; doing it again is harmless."""
        self._database.close()
