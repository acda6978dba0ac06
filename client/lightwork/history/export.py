"""The ledger's tables as CSV files, for spreadsheets and for other programs.

RFC 4180: commas, lines that end in CRLF on every system, a line of names first. Times are ISO 8601 with the offset of
local time, numbers are plain decimals. The text is UTF-8, and begins with a byte order mark only if there is something
in it that is not ASCII: without the mark Excel reads such text in the code page of old Windows programs, and for plain
ASCII the mark would only be in the way of simpler readers.

Names come from other people, and a spreadsheet takes a cell that begins with a sign such as = for a formula
(https://owasp.org/www-community/attacks/CSV_Injection). Such a sign gets an apostrophe before it, also behind what some
locales take for the border of a cell.
"""

import contextlib
import csv
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from pathlib import Path

from lightwork.disk.durable import finish_file, told_when_full
from lightwork.domain.credit import OPERATIONS_PER_CREDIT
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.untrusted import untrusted
from lightwork.history.ledger import Ledger
from lightwork.history.periods import bounds_since
from lightwork.protocol.control import ExportKind, Period

Stop = Callable[[], None]
Cells = Sequence[str | int]

_FORMULA = re.compile(r"(^|[;|\t\"])(\s*)(?=[=+\-@＝＋－＠])")
_HEADINGS: dict[ExportKind, tuple[str, ...]] = {
    ExportKind.CONTRIBUTIONS: (
        "time", "project", "project_id", "round", "steps", "tokens", "operations", "credits", "bytes", "verdict",
        "reason", "digest", "receipt",
    ),
    ExportKind.RECEIPTS: (
        "issued", "project", "project_id", "number", "round", "steps", "tokens", "operations", "credits", "verdict",
        "reason", "contribution", "document",
    ),
    ExportKind.HISTORY: (
        "start", "end", "operations_verified", "credits_verified", "operations_rejected", "credits_rejected", "tokens",
        "receipts", "bytes_sent", "bytes_received", "joules", "training_seconds",
    ),
}  # fmt: skip


class Export:
    """One table of a ledger, to be written to files."""

    def __init__(
        self,
        ledger: Ledger,
        what: ExportKind,
        *,
        project: str | None = None,
        period: Period = Period.DAY,
        now: float,
        zone: tzinfo | None = None,
    ) -> None:
        self._ledger = ledger
        self._what = what
        self._project = project
        self._period = period
        self._now = now
        self._zone = zone
        self._names = {one: defused(untrusted(name)) for one, name in ledger.project_names().items()}

    def write(self, path: Path, stop: Stop) -> int:
        """Write the table, whole or not at all, and return how many rows it has, without the line of names.

        `stop` is called now and then, and ends the work with what it raises. Raises LightworkError: DISK_FULL, or
        FILE_REFUSED for a place that cannot be written to; what was at `path` is as it was then.
        """
        target = _acceptable(path, self._ledger.path)
        draft = target.with_name(f".lightwork-{secrets.token_hex(8)}.part")
        try:
            with told_when_full(target):
                try:
                    rows = self._fill(draft, stop)
                    finish_file(draft, target)
                except BaseException:
                    with contextlib.suppress(OSError):
                        draft.unlink(missing_ok=True)
                    raise
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise LightworkError(Trouble.FILE_REFUSED, f"{path}: {reason}") from error
        return rows

    def _fill(self, draft: Path, stop: Stop) -> int:
        encoding = "utf-8-sig" if self._what is not ExportKind.HISTORY and self._has_foreign_letters() else "utf-8"
        rows = 0
        with draft.open("x", encoding=encoding, newline="") as file:
            table = csv.writer(file)
            table.writerow(_HEADINGS[self._what])
            for row in self._rows(stop):
                table.writerow(row)
                rows += 1
        stop()
        return rows

    def _has_foreign_letters(self) -> bool:
        shown = self._names.values() if self._project is None else [self._names.get(self._project, "")]
        return not all(name.isascii() for name in shown)

    def _rows(self, stop: Stop) -> Iterator[Cells]:
        match self._what:
            case ExportKind.CONTRIBUTIONS:
                return self._contributions(stop)
            case ExportKind.RECEIPTS:
                return self._receipts(stop)
            case ExportKind.HISTORY:
                return iter(self._history())

    def _contributions(self, stop: Stop) -> Iterator[Cells]:
        for row in self._ledger.every_contribution(self._project, stop):
            one = row.contribution
            yield (
                self._time(one.at), self._names.get(one.project, ""), one.project, one.base_version, one.steps,
                one.tokens, one.operations, exact_credits(one.operations), one.length, one.state, _plain(one.reason),
                one.digest, "" if row.receipt is None else row.receipt,
            )  # fmt: skip

    def _receipts(self, stop: Stop) -> Iterator[Cells]:
        for one in self._ledger.every_receipt(self._project, stop):
            yield (
                self._time(one.issued), self._names.get(one.project, ""), one.project, one.number, one.round, one.steps,
                one.tokens, one.operations, exact_credits(one.operations), "verified" if one.verified else "rejected",
                _plain(one.reason), one.digest, one.document.decode("utf-8", "replace"),
            )  # fmt: skip

    def _history(self) -> Iterable[Cells]:
        oldest = self._ledger.oldest(self._project)
        if oldest is None:
            return
        limits = bounds_since(self._period, oldest, self._now, self._zone)
        for one in self._ledger.periods(limits, self._project, from_the_beginning=True):
            yield (
                self._time(one.start), self._time(one.end), one.verified, exact_credits(one.verified), one.rejected,
                exact_credits(one.rejected), one.tokens, one.receipts, one.sent, one.received,
                f"{one.joules:.3f}", f"{one.seconds:.3f}",
            )  # fmt: skip

    def _time(self, at: float) -> str:
        try:
            return datetime.fromtimestamp(at, self._zone).astimezone(self._zone).isoformat(timespec="seconds")
        except (OverflowError, ValueError, OSError):  # a host may date a receipt beyond all calendars
            return f"{at:.0f}"


def exact_credits(operations: int) -> str:
    """Operations as credits, as a decimal without rounding."""
    whole, rest = divmod(operations, OPERATIONS_PER_CREDIT)
    return f"{whole}.{rest:015d}".rstrip("0").rstrip(".")


def defused(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return _FORMULA.sub(r"\1\2'", text)


def _plain(reason: str) -> str:
    return defused(untrusted(reason).encode("ascii", "replace").decode())


def _acceptable(path: Path, ledger: Path) -> Path:
    """Where to write. Raises FILE_REFUSED for what is no place for a file of a person's own."""
    try:
        if not path.is_absolute():
            raise LightworkError(Trouble.FILE_REFUSED, f"{path}: not an absolute path")
        target = path.resolve() if path.is_symlink() else path
        if target.exists() and not target.is_file():
            raise LightworkError(Trouble.FILE_REFUSED, f"{path}: not a file")
        inside = any(folder.exists() and folder.samefile(ledger.parent) for folder in target.parents)
        # Some systems do not tell names apart by case. What else lies there and is no table is Lightwork's too.
        named = target.name.casefold().startswith(ledger.name.casefold())
        own = inside and (named or (target.exists() and target.suffix.casefold() != ".csv"))
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: links that go round in a circle
        raise LightworkError(Trouble.FILE_REFUSED, f"{path}: {error}") from error
    if own:
        raise LightworkError(Trouble.FILE_REFUSED, f"{path}: that is Lightwork's own record")
    return target
