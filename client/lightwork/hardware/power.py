"""A limit on a card's power that outlives nobody: what held before is noted down on disk, and brought back."""

import logging
from pathlib import Path

import msgspec

from lightwork.disk.durable import replace_file
from lightwork.domain.errors import LightworkError
from lightwork.hardware.source import Board, PowerSource

ROUNDING = 1000  # milliwatts: boards keep limits in steps of their own

log = logging.getLogger(__name__)


class Change(msgspec.Struct, frozen=True):
    """One board's limit, in milliwatts, before us and as we set it."""

    before: int
    ours: int
    earlier: int | None = None  # what we had set before that, until the board has been seen to have taken the new one


class _Notes(msgspec.Struct, frozen=True):
    """The file: changes by the boards' serials."""

    boards: dict[str, Change] = {}


class PowerLimits:
    """Sets limits and takes them back. A limit that somebody else has set since ours is his, and left alone."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._boards = self._read()

    @property
    def left(self) -> bool:
        """Whether limits of ours may still hold."""
        return bool(self._boards)

    def limit(self, source: PowerSource, device: str, watts: float | None) -> float | None:
        """Limit a board to `watts`; None takes our limit back. Returns what holds now, None where it cannot be set.

        Raises whatever the source does.
        """
        board = source.board(device)
        if board is None:
            return None
        change = still_ours(self._boards.get(board.serial), board)
        before = board.limit if change is None else change.before
        wanted = target(watts, before, board)
        if abs(wanted - board.limit) <= ROUNDING:
            # Nothing to do; what is noted stays noted unless it has become wrong.
            return board.limit / 1000 if self._note(board.serial, change) else None
        # To ask for what holds already changes nothing, and shows whether we may.
        if not source.set_power(device, board.limit):
            return None
        earlier = None if change is None else change.ours
        if wanted != before and not self._note(board.serial, Change(before, wanted, earlier)):
            return None
        source.set_power(device, wanted)
        now = source.board(device)
        holds = board.limit if now is None else now.limit
        if abs(holds - before) <= ROUNDING:
            self._note(board.serial, None)
        else:
            self._note(board.serial, Change(before, holds))
        return holds / 1000

    def _note(self, serial: str, change: Change | None) -> bool:
        """Keep or forget a board's change, on disk before anything else happens. False if the disk does not take it."""
        boards = {other: noted for other, noted in self._boards.items() if other != serial}
        if change is not None:
            boards[serial] = change
        if boards != self._boards:
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                replace_file(self._file, msgspec.json.encode(_Notes(boards)))
            except (LightworkError, OSError) as error:
                log.warning("power limits are not changed, since %s cannot be written: %r", self._file.name, error)
                return False
            self._boards = boards
        return True

    def _read(self) -> dict[str, Change]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=_Notes).boards
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError) as error:
            log.warning("earlier power limits cannot be read from %s: %r", self._file.name, error)
            return {}


def still_ours(change: Change | None, board: Board) -> Change | None:
    """The change, if the board has the limit that we gave it: a restart or another person may have set another."""
    ours = () if change is None else (change.ours, change.earlier)
    return change if any(one is not None and abs(board.limit - one) <= ROUNDING for one in ours) else None


def target(watts: float | None, before: int, board: Board) -> int:
    """Milliwatts to set: within the board's own bounds, and no more than held before us."""
    if watts is None:
        return before
    return min(max(round(watts * 1000), board.lowest), before, board.highest)
