"""One look at the open round: what the records say about it, in the form that the rules of `rounds.py` read."""

from dataclasses import dataclass

from sqlalchemy import Connection

from lightwork.host.records import accounts, contributions
from lightwork.host.records import rounds as round_records
from lightwork.host.rounds import SILENT, SPREADS, OpenRound, Rules, expected
from lightwork.protocol.project import UploadPhase

_ONLINE_SECONDS = 60.0  # at least: an account heard of since then is online


@dataclass(frozen=True, slots=True)
class Watch:
    """The round of that version, and how many accounts are online."""

    version: int
    round: OpenRound
    online: int

    @classmethod
    def nothing(cls) -> "Watch":
        """Before the first look."""
        return cls(-1, OpenRound(opened=0.0, expected=frozenset(), answered={}, pending=0), 0)

    @property
    def figures(self) -> tuple[int, int, int, int, int, float | None]:
        """What makes two looks differ for those who wait for a change."""
        seen = self.round
        return self.version, len(seen.expected), len(seen.answered), seen.pending, self.online, seen.progress


def look(connection: Connection, version: int, since: float, now: float, rules: Rules) -> Watch:
    """Take a look. `since`: when the round was opened, or the host started if that was later."""
    answered: dict[str, float] = {}
    behind: set[str] = set()  # accounts that cannot answer before something for a round of before is complete
    pending, progress = 0, None
    for arrival in contributions.arrivals(connection, version):
        pending += arrival.phase is UploadPhase.PENDING
        if arrival.base < version:
            if arrival.phase is UploadPhase.RECEIVING:
                behind.add(arrival.account)
        elif arrival.phase is UploadPhase.RECEIVING:
            progress = arrival.touched if progress is None else max(progress, arrival.touched)
        else:
            answered[arrival.account] = arrival.touched
    volunteers = accounts.volunteers(connection, version - 1)
    waited_for = expected(volunteers, version, now, rules) - behind | answered.keys()
    return Watch(
        version,
        OpenRound(
            opened=since,
            expected=waited_for,
            answered=answered,
            pending=pending,
            progress=progress,
            behind=bool(behind),
            spreads=round_records.spreads(connection, SPREADS),
        ),
        accounts.count(connection, now - max(_ONLINE_SECONDS, SILENT * rules.seconds)),
    )
