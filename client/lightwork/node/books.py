"""Answers out of the ledger that may take a while: charts, the table of contributions, receipts, and files of them.

Each is worked out in a thread, on a snapshot of the ledger: the node goes on meanwhile, and what it records waits for
no reader.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.history.ledger import Ledger
from lightwork.history.periods import bounds
from lightwork.history.rows import PeriodRow
from lightwork.history.table import View, words_of
from lightwork.node.reports import contribution_entry
from lightwork.protocol import control as wire

Question = wire.AskHistory | wire.AskContributions | wire.AskReceipt | wire.Export


class Books:
    """The ledger's answers for the control wire. `zone` None is the computer's own local time."""

    def __init__(self, ledger: Ledger, *, clock: Callable[[], float] = time.time, zone: tzinfo | None = None) -> None:
        self._ledger = ledger
        self._clock = clock
        self._zone = zone

    async def answer(self, question: Question) -> wire.Reply:
        """Answer one of the four questions."""
        match question:
            case wire.AskHistory():
                return wire.Reply(id=question.id, history=await self.history(question))
            case wire.AskContributions():
                return wire.Reply(id=question.id, contributions=await self.contributions(question))
            case wire.AskReceipt():
                return wire.Reply(id=question.id, receipt=await self.receipt(question))
            case wire.Export():
                return wire.Reply(id=question.id, rows=await self.export(question))

    async def history(self, question: wire.AskHistory) -> wire.HistoryReport:
        """What each period brought and took, without gaps, the present one last; see `Sums.periods`."""
        return await asyncio.to_thread(self._history, question)

    async def contributions(self, question: wire.AskContributions) -> wire.ContributionPage:
        """A stretch of the table, and how many rows match."""
        return await asyncio.to_thread(self._contributions, question)

    async def receipt(self, question: wire.AskReceipt) -> wire.ReceiptEntry:
        """The receipt of a contribution, checked. Raises RECEIPT_UNKNOWN if the ledger has none."""
        return await asyncio.to_thread(self._receipt, question)

    async def export(self, question: wire.Export) -> int:
        """Write a table to a file, and return its number of rows. Cancelled, it leaves nothing behind.

        Raises FILE_REFUSED or DISK_FULL.
        """
        ended = threading.Event()
        work = asyncio.ensure_future(asyncio.to_thread(self._export, question, ended))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            # A thread cannot be cancelled: it is told, and removes its draft before this returns.
            ended.set()
            await asyncio.wait([work])
            if not work.cancelled():
                work.exception()
            raise

    def _history(self, question: wire.AskHistory) -> wire.HistoryReport:
        limits = bounds(question.period, question.count, self._clock(), self._zone)
        rounds = [] if question.project is None else self._ledger.verified_rounds(question.project)
        return wire.HistoryReport(
            period=question.period,
            project=question.project,
            entries=tuple(_history_entry(row) for row in self._ledger.periods(limits, question.project)),
            rounds=tuple(rounds),
        )

    def _contributions(self, question: wire.AskContributions) -> wire.ContributionPage:
        view = View(question.order, question.project, question.state, words_of(question.search))
        total, rows = self._ledger.table(
            view, descending=question.descending, limit=question.limit, offset=question.offset
        )
        return wire.ContributionPage(
            total=total,
            offset=question.offset,
            rows=tuple(contribution_entry(row.contribution, row.receipt) for row in rows),
        )

    def _receipt(self, question: wire.AskReceipt) -> wire.ReceiptEntry:
        from lightwork.node.receipts import examine  # noqa: PLC0415  an idle node does without cryptography's signatures

        row = self._ledger.receipt_of(question.project, question.digest)
        if row is None:
            raise LightworkError(Trouble.RECEIPT_UNKNOWN, question.digest)
        shown = examine(row, self._ledger.host_keys(row.project))
        return wire.ReceiptEntry(
            project=row.project,
            name=self._ledger.project_names().get(row.project, ""),
            number=row.number,
            account=shown.account,
            contribution=row.digest,
            round=row.round,
            steps=row.steps,
            tokens=row.tokens,
            operations=row.operations,
            verified=row.verified,
            reason=row.reason,
            issued=row.issued,
            key=shown.key,
            document=row.document.decode("utf-8", "replace"),
            complaint=None if shown.sound else Trouble.DOCUMENT_TAMPERED,
        )

    def _export(self, question: wire.Export, ended: threading.Event) -> int:
        from lightwork.history.export import Export  # noqa: PLC0415  seldom needed

        def stop() -> None:
            if ended.is_set():
                raise _EndedError

        table = Export(
            self._ledger,
            question.what,
            project=question.project,
            period=question.period,
            now=self._clock(),
            zone=self._zone,
        )
        return table.write(Path(question.file), stop)


class _EndedError(Exception):
    """Nobody waits for the export any more."""


def _history_entry(row: PeriodRow) -> wire.HistoryEntry:
    return wire.HistoryEntry(
        start=row.start,
        end=row.end,
        verified=row.verified,
        rejected=row.rejected,
        tokens=row.tokens,
        contributions=row.receipts,
        sent=row.sent,
        received=row.received,
        joules=row.joules,
        seconds=row.seconds,
    )
