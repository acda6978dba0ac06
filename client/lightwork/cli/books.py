"""What the commands about the ledger print for people: history, receipts, exports."""

from collections.abc import Callable, Mapping
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lightwork.cli.exits import printable
from lightwork.cli.output import size
from lightwork.domain.credit import credits as in_credits
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol.control import ContributionPage, HistoryEntry, HistoryReport, Period, ReceiptEntry

_SHORTEST = 6  # of a digest's beginning: shorter ones would often mean several


def history(report: HistoryReport) -> None:
    """A line a period, the newest first."""
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False)
    table.add_column(report.period.value)
    rejected = any(entry.rejected for entry in report.entries)
    for heading in ("credits", *(["rejected"] if rejected else []), "receipts", "tokens", "sent", "received", "kWh"):
        table.add_column(heading, justify="right")
    for entry in reversed(report.entries):
        cells = [f"{in_credits(entry.verified):,.6g}"]
        if rejected:
            cells.append(f"{in_credits(entry.rejected):,.6g}")
        cells += [f"{entry.contributions:,}", f"{entry.tokens:,}", size(entry.sent), size(entry.received)]
        table.add_row(_name(report.period, entry), *cells, f"{entry.joules / 3.6e6:.3f}")
    console.print(table)


def exported(done: Mapping[str, object]) -> None:
    """How much was written, and where."""
    Console(highlight=False, soft_wrap=True).print(Text(f"{done['rows']:,} rows written to {done['file']}"))


def find(beginning: str, search: Callable[[str], ContributionPage | None]) -> tuple[str, str]:
    """Project and digest of the one contribution that has a receipt and whose digest begins so.

    Raises RECEIPT_UNKNOWN if there is none, or more than one.
    """
    beginning = beginning.strip().lower()
    if len(beginning) < _SHORTEST:
        raise LightworkError(Trouble.RECEIPT_UNKNOWN, f"give at least {_SHORTEST} characters of the digest")
    page = search(beginning) if beginning.isalnum() else None
    rows = [row for row in (page.rows if page else ()) if row.digest.startswith(beginning) and row.receipt is not None]
    if len(rows) != 1:
        detail = f"no digest with a receipt begins with {beginning}" if not rows else f"{len(rows)} begin so: give more"
        raise LightworkError(Trouble.RECEIPT_UNKNOWN, detail)
    return rows[0].project, rows[0].digest


def receipt(entry: ReceiptEntry) -> None:
    """What a receipt says. Whether it is sound is said only if it is; a complaint is told on stderr."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    verdict = "verified" if entry.verified else f"rejected: {entry.reason}"
    lines = {
        "project": f"{entry.name} ({entry.project})" if entry.name else entry.project,
        "receipt": f"{entry.number:,}, of {_moment(entry.issued)}",
        "verdict": verdict,
        "credits": f"{in_credits(entry.operations):.6g} ({entry.operations:,} operations)",
        "work": f"round {entry.round}, {entry.steps:,} steps, {entry.tokens:,} tokens",
        "contribution": entry.contribution,
        "account": entry.account or "not known",
        "signed by": entry.key or "nobody",
    }
    if entry.complaint is None:
        lines["signature"] = "good: the project's host has signed all of this"
    for label, text in lines.items():
        table.add_row(label, Text(printable(text)))
    Console(highlight=False).print(table)


def _name(period: Period, entry: HistoryEntry) -> str:
    start = datetime.fromtimestamp(entry.start)
    return start.strftime("%Y-%m" if period is Period.MONTH else "%Y-%m-%d")


def _moment(at: float) -> str:
    try:
        return datetime.fromtimestamp(at).astimezone().isoformat(" ", "minutes")
    except (OverflowError, ValueError, OSError):  # a host may date a receipt beyond all calendars
        return f"{at:.0f}"
