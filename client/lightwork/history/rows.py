"""What the ledger hands out. Times are Unix seconds, lengths are bytes, credit is counted in operations."""

from dataclasses import dataclass

from lightwork.domain.states import ContributionState


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionRow:
    """One contribution of this computer.

    `length` is 0 if only the host's receipt tells of it, since this computer lost its own record.
    """

    project: str
    digest: str
    base_version: int
    steps: int
    tokens: int
    operations: int
    length: int
    at: float
    state: ContributionState
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """One signed receipt of a host, as `document` has it."""

    project: str
    number: int
    digest: str
    round: int
    tokens: int
    steps: int
    operations: int
    verified: bool
    reason: str
    issued: float
    document: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Operations by verdict; `verified`, `rejected` and `tokens` (the verified ones) are sums over receipts.

    `pending` are the contributions that a host has acknowledged and owes a receipt for.
    `receipts` counts both verdicts.
    """

    verified: int = 0
    pending: int = 0
    rejected: int = 0
    tokens: int = 0
    receipts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One contribution with the number of its receipt, if a host has issued one."""

    contribution: ContributionRow
    receipt: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRow:
    """What was done from `start` until before `end`: operations and tokens as in `Totals`, bytes, joules.

    `seconds` are those of training in which the joules were drawn; `receipts` counts both verdicts.
    """

    start: float
    end: float
    verified: int
    rejected: int
    tokens: int
    receipts: int
    sent: int
    received: int
    joules: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficRow:
    """Bytes on the wire of one project in one hour; `hour` counts hours since 1970 in UTC."""

    project: str
    hour: int
    sent: int
    received: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRow:
    """One pause. `memory` bytes were free again after `seconds`; None: not measured, or nothing to give back."""

    number: int
    reason: str
    cause: str
    began: float
    ended: float | None
    memory: int | None
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRow:
    """A project that this computer joined, and the newest manifest serial that it has seen of it."""

    project: str
    link: str
    name: str
    serial: int
    joined: float
    seen: float
