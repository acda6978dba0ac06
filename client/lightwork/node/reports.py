"""Answers to questions on the control wire, out of the ledger."""

import time

from lightwork.domain.status import NetworkStatus
from lightwork.history.ledger import Ledger
from lightwork.history.rows import ContributionRow
from lightwork.protocol import control as wire
from lightwork.settings.declared import ALL
from lightwork.settings.store import Settings

_DAY = 86_400
_TRAFFIC_DAYS = 31


def project_entries(ledger: Ledger, chosen: str) -> tuple[wire.ProjectEntry, ...]:
    """All projects joined, with their credits. `chosen` is the chosen project's link."""
    entries = []
    for row in ledger.projects():
        totals = ledger.totals(row.project)
        entries.append(
            wire.ProjectEntry(
                id=row.project,
                link=row.link,
                name=row.name,
                chosen=row.link == chosen,
                verified=totals.verified,
                pending=totals.pending,
                rejected=totals.rejected,
            )
        )
    return tuple(entries)


def stats(ledger: Ledger, contributions: int, network: NetworkStatus) -> wire.StatsReport:
    """Credits of all time, the newest contributions, a month of traffic by hour, and the network as it stands."""
    totals = ledger.totals()
    sent, received = ledger.traffic_total(since=0)
    return wire.StatsReport(
        verified=totals.verified,
        pending=totals.pending,
        rejected=totals.rejected,
        receipts=totals.receipts,
        tokens=totals.tokens,
        sent=sent,
        received=received,
        traffic=tuple(
            wire.TrafficEntry(project=row.project, hour=row.hour, sent=row.sent, received=row.received)
            for row in ledger.traffic(since=time.time() - _TRAFFIC_DAYS * _DAY)
        ),
        contributions=tuple(
            contribution_entry(row) for row in ledger.contributions(limit=max(0, min(contributions, 1_000)))
        ),
        network=network,
        joules=ledger.energy_total(since=0)[0],
        pauses=tuple(
            wire.PauseEntry(
                reason=row.reason,
                cause=row.cause,
                began=row.began,
                ended=row.ended,
                memory=row.memory,
                seconds=row.seconds,
            )
            for row in ledger.pauses(limit=max(0, min(contributions, 1_000)))
        ),
    )


def contribution_entry(row: ContributionRow, receipt: int | None = None) -> wire.ContributionEntry:
    """A contribution, and the number of its receipt where that was looked up."""
    return wire.ContributionEntry(
        project=row.project,
        digest=row.digest,
        state=row.state,
        reason=row.reason,
        base_version=row.base_version,
        steps=row.steps,
        tokens=row.tokens,
        operations=row.operations,
        length=row.length,
        at=row.at,
        receipt=receipt,
    )


def settings(present: Settings) -> tuple[wire.SettingEntry, ...]:
    """Every setting with its value."""
    return tuple(wire.SettingEntry(key=setting.key, value=present[setting], default=setting.default) for setting in ALL)
