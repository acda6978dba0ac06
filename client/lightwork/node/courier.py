"""Delivering contributions until the host has taken or refused them, and collecting the receipts for them."""

import asyncio
import logging
import time
from contextlib import suppress
from pathlib import Path

from lightwork.domain.credit import training_operations
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import ContributionState
from lightwork.node import events
from lightwork.node.context import Context
from lightwork.node.patience import Backoff, passes
from lightwork.node.receipts import fetch_receipts
from lightwork.processes.trainer import TrainerGoneError
from lightwork.protocol import trainer as wire
from lightwork.protocol.documents import Receipt, Verdict
from lightwork.protocol.project import Contribution, UploadPhase
from lightwork.protocol.refusals import LATE, Refusal, RefusedError

# Receipts come with the end of a round, which the follower notices; look again after this long in any case.
_RECEIPTS_SECONDS = 120.0
# The work is good, but the host does not know its leases any more.
_UNCLAIMED = frozenset({Refusal.LEASE_UNKNOWN, Refusal.LEASE_EXPIRED, Refusal.LEASE_COUNTED, Refusal.TOO_MANY_TOKENS})
# The host will never take these bytes.
_HOPELESS = frozenset({Refusal.PAYLOAD_INVALID, Refusal.NOT_FINITE, Refusal.NORM_TOO_LARGE, Refusal.TOO_LARGE})

log = logging.getLogger(__name__)


def outcome_of(refusal: Refusal) -> wire.Outcome:
    """What a refused contribution is to its trainer: gone, or owed again with or without its leases."""
    if refusal in _HOPELESS:
        return wire.Outcome.TAKEN
    return wire.Outcome.UNCLAIMED if refusal in _UNCLAIMED else wire.Outcome.RETURNED


class Courier:
    """Works beside the trainer, which trains on meanwhile."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ledger = context.tools.ledger

    async def deliver(self) -> None:
        """Until cancelled."""
        context, backoff = self._context, Backoff()
        while True:
            await context.packed.wait()
            context.packed.clear()
            packed = context.desk.facts.packed
            if packed is None:
                continue
            try:
                settle = await self._send(packed)
                await context.desk.ask(settle, lambda event: isinstance(event, wire.Settled))
            except TrainerGoneError:
                continue  # the next trainer announces it again
            except OSError as error:
                # The file is gone or cannot be read. A new trainer looks whether it is whole, and drops it if not.
                log.warning("contribution unreadable", extra={"error": str(error)})
                with suppress(TrainerGoneError):
                    await context.desk.tell(wire.Stop())
            except LightworkError as error:
                context.packed.set()
                await context.host_failed(error, backoff)
            else:
                backoff.reset()
            context.changed.set()

    async def _send(self, packed: wire.Packed) -> wire.Settle:
        """Upload, and say what became of it. Raises LightworkError when the host cannot be reached."""
        context = self._context
        contribution = Contribution(digest=packed.digest, length=packed.length, base=packed.base, work=packed.work)
        self._ledger.record_contribution(
            context.project,
            packed.digest,
            base_version=packed.base,
            steps=contribution.steps,
            tokens=contribution.tokens,
            operations=training_operations(context.manifest.parameters, contribution.tokens),
            length=packed.length,
            at=time.time(),
        )
        context.tools.credits.sent(packed.digest)  # before the upload ends: the receipt may be quicker than its answer
        began, context.contributing_since = context.contributing_since, None  # None: another session's
        sending = time.monotonic()
        try:
            state = await context.client.upload(contribution, Path(packed.file))
        except RefusedError as error:
            if passes(error):
                raise
            if error.refusal in LATE and began is not None:
                context.sent(time.monotonic() - began, late=True)
            if error.refusal is Refusal.ROUND_CLOSED and time.monotonic() - sending > context.round_seconds:
                context.notice(Trouble.UPLOAD_TOO_SLOW)  # not after an outage: that ends the attempt to send
            return wire.Settle(digest=packed.digest, outcome=self._refused(packed, error.refusal))
        context.host_answered()
        context.tools.board.withdraw(Trouble.UPLOAD_TOO_SLOW)
        if began is not None:
            context.sent(time.monotonic() - began, late=state.round is not None and packed.base < state.round)
        context.sent_for = packed.base
        if state.phase is UploadPhase.PENDING:
            self._set_state(packed.digest, ContributionState.PENDING)
        else:
            context.receipts.set()  # it has been judged already
        log.info("acknowledged", extra={"digest": packed.digest, "base": packed.base, "tokens": contribution.tokens})
        self.show_credits()
        counts_in = None if state.phase is UploadPhase.REJECTED else state.round
        return wire.Settle(digest=packed.digest, outcome=wire.Outcome.TAKEN, round=counts_in)

    def _refused(self, packed: wire.Packed, refusal: Refusal) -> wire.Outcome:
        log.info("not taken", extra={"digest": packed.digest, "refusal": refusal})
        if refusal not in _HOPELESS:  # for those the host issues a receipt with its verdict
            self._set_state(packed.digest, ContributionState.RETURNED, refusal)
        if refusal in LATE:
            self._context.sent_for = packed.base  # that round takes no more from here
        self._context.receipts.set()
        return outcome_of(refusal)

    def _set_state(self, digest: str, state: ContributionState, reason: str = "") -> None:
        # A receipt may have come first, after a restart; its word is the last.
        with suppress(ValueError):
            self._ledger.set_state(self._context.project, digest, state, reason)

    async def collect(self) -> None:
        """Fetch new receipts whenever there may be some, until cancelled."""
        context, backoff = self._context, Backoff()
        while True:
            try:
                found = await fetch_receipts(context.client, context.manifest, self._ledger)
            except LightworkError as error:
                await context.host_failed(error, backoff, away=False)  # contributions may go on all the same
                continue
            backoff.reset()
            for receipt in found:
                self._take(receipt)
            with suppress(TimeoutError):
                async with asyncio.timeout(_RECEIPTS_SECONDS):
                    await context.receipts.wait()
            context.receipts.clear()

    def _take(self, receipt: Receipt) -> None:
        context = self._context
        log.info("receipt", extra={"number": receipt.number, "verdict": receipt.verdict, "tokens": receipt.tokens})
        verified = receipt.verdict is Verdict.VERIFIED
        counts = verified and context.tools.credits.add(receipt.contribution, receipt.operations, receipt.tokens)
        if verified:
            context.share.verified(receipt.round, receipt.tokens)
            context.show_project()
        self.show_credits()
        if counts:
            context.tools.emit(events.RoundCounted(context.number))

    def show_credits(self) -> None:
        """The ledger's sums, for the snapshot."""
        self._context.tools.board.update(credits=self._context.tools.credits.status())
