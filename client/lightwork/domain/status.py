"""The one frozen snapshot of a node. Window and command line show this and nothing else.

Times are seconds, sizes are bytes, losses are nats per token, and credit is counted in operations
(see `credit.py`), so that sums stay exact.
"""

from dataclasses import dataclass

from lightwork.domain.errors import Trouble
from lightwork.domain.states import DeviceKind, PauseReason, Phase, Sense, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """One reason to be paused: what caused it, who says so, since when, and until when if that is known (Unix time).

    `device` names the one device that is concerned; empty: the whole computer. `until_restart`: it ends when the
    computer starts anew. `ends`: when its reason will be gone, if the calendar says so (Unix time).
    """

    reason: PauseReason
    cause: str = ""
    source: str = ""  # "Steam"
    device: str = ""
    since: float = 0.0
    until: float | None = None
    until_restart: bool = False
    ends: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SenseNote:
    """A sense that does not work on this computer now, and why."""

    sense: Sense
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """What the last pause gave back, as measured: bytes of the device's memory that the trainer held and holds no more.

    `seconds` from the cause of the pause to the moment at which the memory was free. `memory` is None where the device
    does not tell.
    """

    memory: int | None
    seconds: float
    at: float
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyStatus:
    """What training draws, today by local time. Money and CO2 are None until a person has said what they cost."""

    watts: float | None = None  # now; None: the device does not tell, and no figure was given for it
    kwh_today: float = 0.0
    kwh_per_day: float | None = None  # if it went on as now for a whole day
    money_today: float | None = None
    money_per_day: float | None = None
    currency: str = ""
    grams_co2_today: float | None = None
    duty: float = 1.0  # share of the time in which the device computes, after limits of heat, power and noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a wait has come. `total` is 0 while it is not known."""

    done: int = 0
    total: int = 0
    bytes_per_second: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """A device and how it is doing. None stands for what the device does not tell."""

    id: str  # what the trainer is asked for: "cpu", "cuda:0", "mps", "xpu:0"
    kind: DeviceKind
    name: str
    maker: str = ""
    memory_total: int = 0
    memory_used: int | None = None
    load: float | None = None  # 0..1
    celsius: float | None = None
    watts: float | None = None
    note: str = ""  # why this device cannot train, if it cannot
    usable: bool = True


# Of the held-out losses that a host tells, a snapshot carries the newest; a host may tell any number.
MOST_LOSSES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class LossPoint:
    """Held-out loss (nats per token) of one version of the project's model."""

    version: int
    loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectStatus:
    """The project that this computer works for."""

    id: str
    link: str
    name: str = ""
    summary: str = ""
    practice: bool = False
    version: int = 0  # the version of the weights that this computer holds; also the number of the open round
    round_seconds_left: float | None = None
    online: int = 0
    parameters: int = 0
    weights_digest: str = ""  # SHA-256 of those weights
    held_out: tuple[LossPoint, ...] = ()
    share: float | None = None  # of the tokens of the last rounds, that this computer has trained; 0..1


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingStatus:
    """What the trainer reports."""

    device: str = ""
    steps: int = 0  # since training began for this project on this computer
    tokens: int = 0
    tokens_per_second: float = 0.0
    loss: float | None = None
    micro_batch: int = 0
    memory_used: int = 0
    process: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataUse:
    """Traffic of the present day or month, sent and received together.

    `cap` is the person's allowance, 0 if there is none. `ends` is when the next day or month begins (Unix time), and
    `expected` what it will have come to by then if it goes on as lately, None while that is not known. `reached` is
    when the cap will be used up, if that is earlier.
    """

    used: int = 0
    cap: int = 0
    ends: float = 0.0
    expected: int | None = None
    reached: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkStatus:
    """Bytes on the wire: requests and answers with their headers and encryption, without TCP/IP framing.

    The limits are bytes a second that hold now; 0 is none.
    """

    sent_per_second: float = 0.0
    received_per_second: float = 0.0
    sent_today: int = 0
    received_today: int = 0
    sent_session: int = 0
    received_session: int = 0
    upload_limit: int = 0
    download_limit: int = 0
    day: DataUse = DataUse()
    month: DataUse = DataUse()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditStatus:
    """Operations, by verdict; all projects together. Pending ones are acknowledged but not yet judged."""

    verified: int = 0
    pending: int = 0
    rejected: int = 0
    verified_today: int = 0
    verified_session: int = 0
    tokens_session: int = 0  # tokens in receipts of this session
    receipts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that went wrong and was dealt with; shown until it is replaced or the node restarts."""

    trouble: Trouble
    detail: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """Settings that the window itself goes by, so that it need not ask for them."""

    notifications: bool = True
    close_to_tray: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStatus:
    """Everything that a window shows, at one instant. `revision` grows by one with each snapshot."""

    revision: int = 0
    at: float = 0.0
    process: int = 0
    account: str = ""
    account_encrypted: bool = True  # False: the key lies in a plain file, since there is no keyring
    phase: Phase = Phase.OFF
    stage: Stage | None = None
    progress: Progress | None = None
    pauses: tuple[Pause, ...] = ()
    trouble: Trouble | None = None
    detail: str = ""
    retry_at: float | None = None
    rounds_wanted: int | None = None
    rounds_done: int = 0  # rounds of this session with a verified receipt
    project: ProjectStatus | None = None
    device: DeviceStatus | None = None
    training: TrainingStatus = TrainingStatus()
    network: NetworkStatus = NetworkStatus()
    credits: CreditStatus = CreditStatus()
    energy: EnergyStatus = EnergyStatus()
    given_back: GivenBack | None = None
    senses: tuple[SenseNote, ...] = ()
    notices: tuple[Notice, ...] = ()
    preferences: Preferences = Preferences()
