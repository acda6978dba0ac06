"""The control wire, version 1: window and command line to the node, JSON lines over loopback TCP.

The node writes its port and a random token to a file that only its owner can read (`Door`). A client's first line is
`Hello` with that token; anything else, such as a web page's HTTP request, ends the connection before more is read.
After `Welcome` the client sends commands, each with an `id`; the node answers each with one `Reply` of that id, and
sends a `Snapshot` whenever its status has changed. `Try` and `Check` take their time: they are answered piece by piece
(`Said`, `Checked`) before their `Reply`, other commands are answered meanwhile, and `Cancel` ends them early.
"""

import contextlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import CheckStep, ContributionState
from lightwork.domain.status import DeviceStatus, NetworkStatus, NodeStatus, ProjectStatus
from lightwork.protocol.decoding import decode_json

VERSION = 1
LONGEST_LINE = 1 << 20  # bytes; a snapshot is about 3 kB
LONGEST_PROMPT = 8_000  # characters
MOST_ROWS = 500  # of a table in one reply


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=False):
    """Base of all control messages. Unknown fields are passed over, so that a newer peer may add some."""


class Hello(Message, frozen=True, kw_only=True, tag="hello"):
    """A client's first line."""

    token: str
    version: int = VERSION
    client: str = ""


class Welcome(Message, frozen=True, kw_only=True, tag="welcome"):
    """The node's answer to a good `Hello`."""

    version: int
    program: str
    process: int


class Contribute(Message, frozen=True, kw_only=True, tag="contribute"):
    """Begin, or go on, contributing. No link means the chosen project, or the practice project if none was chosen.

    With `rounds` the node stops by itself after that many rounds with a verified receipt, and its phase becomes OFF.
    """

    id: int
    link: str | None = None
    rounds: int | None = None


class Pause(Message, frozen=True, kw_only=True, tag="pause"):
    """Pause, for `seconds`, until the computer restarts, or until `Resume`, over restarts too."""

    id: int
    seconds: float | None = None
    until_restart: bool = False


class Resume(Message, frozen=True, kw_only=True, tag="resume"):
    """End a pause that a person began."""

    id: int


class Stop(Message, frozen=True, kw_only=True, tag="stop"):
    """Stop contributing; local progress is kept. The node stays."""

    id: int


class Join(Message, frozen=True, kw_only=True, tag="join"):
    """Look at a project's manifest, check it, and remember the project as the chosen one. Training does not start."""

    id: int
    link: str


class Leave(Message, frozen=True, kw_only=True, tag="leave"):
    """Forget a project and delete its files; receipts stay. No project means the chosen one."""

    id: int
    project: str | None = None


class LookAt(Message, frozen=True, kw_only=True, tag="look_at"):
    """Fetch and check a project's manifest, and say what joining would mean. Nothing is remembered.

    No link means the practice project.
    """

    id: int
    link: str | None = None


class AskProjects(Message, frozen=True, kw_only=True, tag="projects"):
    """Ask for the projects that this computer has joined."""

    id: int


class AskStats(Message, frozen=True, kw_only=True, tag="stats"):
    """Ask for credits, traffic and the newest contributions."""

    id: int
    contributions: int = 20


class Period(StrEnum):
    """How long one entry of a history is, by the computer's local time. A week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class AskHistory(Message, frozen=True, kw_only=True, tag="history"):
    """Ask for what was done in each of the last `count` periods, of one project or of all."""

    id: int
    period: Period = Period.DAY
    count: Annotated[int, msgspec.Meta(ge=1, le=400)] = 30
    project: str | None = None


class Column(StrEnum):
    """What contributions can be sorted by."""

    TIME = "time"
    PROJECT = "project"
    ROUND = "round"
    STEPS = "steps"
    TOKENS = "tokens"
    CREDIT = "credit"
    SIZE = "size"
    VERDICT = "verdict"


class AskContributions(Message, frozen=True, kw_only=True, tag="contributions"):
    """Ask for a stretch of the table of contributions.

    `search` keeps those of which project name, digest, verdict or reason contain the words, in any case. (Digests are
    searched for words of three characters and more.)
    """

    id: int
    project: str | None = None
    state: ContributionState | None = None
    search: Annotated[str, msgspec.Meta(max_length=200)] = ""
    order: Column = Column.TIME
    descending: bool = True
    offset: Annotated[int, msgspec.Meta(ge=0)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_ROWS)] = 200


class AskReceipt(Message, frozen=True, kw_only=True, tag="receipt"):
    """Ask for the receipt of a contribution, and have its signature checked."""

    id: int
    project: str
    digest: str


class ExportKind(StrEnum):
    """Which table to write out."""

    CONTRIBUTIONS = "contributions"
    RECEIPTS = "receipts"
    HISTORY = "history"


class Export(Message, frozen=True, kw_only=True, tag="export"):
    """Write a table as CSV (UTF-8, a line of names first) to `file`, an absolute path: whole or not at all.

    A file that is there is replaced: whoever asks has asked the person.
    """

    id: int
    what: ExportKind
    file: str
    period: Period = Period.DAY
    project: str | None = None


class Try(Message, frozen=True, kw_only=True, tag="try"):
    """Have the model that this computer trains go on with a text. Answered by `Said`s, then by the `Reply`.

    Temperature 0 always takes the likeliest token.
    """

    id: int
    prompt: Annotated[str, msgspec.Meta(max_length=LONGEST_PROMPT)]
    tokens: Annotated[int, msgspec.Meta(ge=1, le=2_000)] = 200
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] = 0.8


class Check(Message, frozen=True, kw_only=True, tag="check"):
    """Try out, in less than a minute, how well this computer trains. Answered by `Checked`s, then by the `Reply`.

    Nothing is sent anywhere, and nothing is kept.
    """

    id: int


class Cancel(Message, frozen=True, kw_only=True, tag="cancel"):
    """End the `Try` or `Check` with the id `asked` of this client. One that has ended is no fault."""

    id: int
    asked: int


class AskProject(Message, frozen=True, kw_only=True, tag="project"):
    """Ask the project's host how it stands now. No link means the chosen project, or the practice project."""

    id: int
    link: str | None = None


class AskDevices(Message, frozen=True, kw_only=True, tag="devices"):
    """Ask for all devices, read afresh."""

    id: int


class AskSettings(Message, frozen=True, kw_only=True, tag="settings"):
    """Ask for all settings and their values."""

    id: int


class Change(Message, frozen=True, kw_only=True, tag="change"):
    """Change one setting, at once and in the file. A text is read in the setting's type; None is its default."""

    id: int
    key: str
    value: bool | int | float | str | None = None


class AskPrograms(Message, frozen=True, kw_only=True, tag="programs"):
    """Ask which programs run that a person would know, to choose from for "also pause for these programs"."""

    id: int


class Quit(Message, frozen=True, kw_only=True, tag="quit"):
    """End the node."""

    id: int


Command = (
    Contribute
    | Pause
    | Resume
    | Stop
    | Join
    | Leave
    | AskProjects
    | AskProject
    | AskStats
    | LookAt
    | AskHistory
    | AskContributions
    | AskReceipt
    | Export
    | Try
    | Check
    | Cancel
    | AskDevices
    | AskSettings
    | AskPrograms
    | Change
    | Quit
)


class ProjectEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A project that this computer has joined. Amounts are operations."""

    id: str
    link: str
    name: str
    summary: str = ""
    chosen: bool = False
    verified: int = 0
    pending: int = 0
    rejected: int = 0


class ContributionEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A contribution as the ledger has it."""

    project: str
    digest: str
    state: str
    reason: str
    base_version: int
    steps: int
    tokens: int
    operations: int
    length: int
    at: float
    receipt: int | None = None  # its number


class ContributionPage(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the table of contributions: `total` rows match, of which these begin at `offset`."""

    total: int
    offset: int
    rows: tuple[ContributionEntry, ...]


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One period: what was verified and rejected in it (operations, by the receipts' dates), and what that took."""

    start: float  # Unix time
    end: float
    verified: int
    rejected: int
    tokens: int
    contributions: int
    sent: int
    received: int
    joules: float
    seconds: float  # of training


class HistoryReport(msgspec.Struct, frozen=True, kw_only=True):
    """Periods, the oldest first, without gaps, the present one last; `rounds` those with a verified contribution."""

    period: Period
    project: str | None
    entries: tuple[HistoryEntry, ...]
    rounds: tuple[int, ...] = ()  # of `project` only, ascending, the newest 1,000


class ReceiptEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt, and what checking it has shown: `complaint` is empty if all is well."""

    project: str
    name: str
    number: int
    account: str
    contribution: str
    round: int
    steps: int
    tokens: int
    operations: int
    verified: bool
    reason: str
    issued: float
    key: str  # the host's public key, hex, by which it is signed
    document: str  # as signed: JSON with body, key and signature
    complaint: Trouble | None = None


class DeviceFit(msgspec.Struct, frozen=True, kw_only=True):
    """How a project fits a device. Bytes: needed at least, allowed by the settings, and there."""

    device: str
    name: str
    needed: int
    allowed: int
    total: int
    fits: bool


class ProjectOffer(msgspec.Struct, frozen=True, kw_only=True):
    """What joining a project means. The project's id is the fingerprint of the key that has signed all this."""

    id: str
    link: str
    host: str
    name: str
    summary: str
    team: str
    practice: bool
    joined: bool
    serial: int
    issued: float
    expires: float
    architecture: str
    parameters: int
    sequence: int
    optimizer: str
    round_seconds: float
    tokenizer: str
    weights_bytes: int  # to download first
    data_bytes: int  # all of the training data, as it travels; only what is leased is downloaded
    up_bytes: int  # expected for one contribution
    down_bytes: int  # expected for one update
    disk_bytes: int
    fits: tuple[DeviceFit, ...]
    status: ProjectStatus | None = None  # None: the host gives its manifest, but does not say how it stands


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """What trying out has shown. None stands for what could not be found out; the `Checked`s have said why."""

    device: DeviceStatus | None
    driver: str
    runtime: str
    allowed: int  # bytes of its memory that training may use
    parameters: int  # of the model that was tried
    tokens_per_second: float | None
    operations_per_day: int | None  # that this would come to, if it trained all day; see `credit.py`
    seconds: float


class SampleEnd(msgspec.Struct, frozen=True, kw_only=True):
    """How a `Try` ended."""

    version: int  # of the weights
    tokens: int
    seconds: float
    cancelled: bool = False


class TrafficEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes on the wire for one project in one hour (Unix time // 3600)."""

    project: str
    hour: int
    sent: int
    received: int


class PauseEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A pause as the ledger has it: `memory` bytes were free again `seconds` after its cause."""

    reason: str
    cause: str
    began: float
    ended: float | None
    memory: int | None
    seconds: float | None


class SettingEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A setting and its value."""

    key: str
    value: bool | int | float | str
    default: bool | int | float | str


class ProgramEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A program that runs."""

    name: str
    path: str
    processes: int


class StatsReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a volunteer has done. Amounts are operations and bytes."""

    verified: int
    pending: int
    rejected: int
    receipts: int
    tokens: int
    sent: int
    received: int
    traffic: tuple[TrafficEntry, ...]
    contributions: tuple[ContributionEntry, ...]
    joules: float = 0.0
    pauses: tuple[PauseEntry, ...] = ()
    network: NetworkStatus = NetworkStatus()


class Reply(Message, frozen=True, kw_only=True, tag="reply"):
    """The answer to the command with this id. `trouble` is None when it was carried out."""

    id: int
    trouble: Trouble | None = None
    detail: str = ""
    projects: tuple[ProjectEntry, ...] | None = None
    project: ProjectStatus | None = None
    stats: StatsReport | None = None
    devices: tuple[DeviceStatus, ...] | None = None
    settings: tuple[SettingEntry, ...] | None = None
    programs: tuple[ProgramEntry, ...] | None = None
    offer: ProjectOffer | None = None
    history: HistoryReport | None = None
    contributions: ContributionPage | None = None
    receipt: ReceiptEntry | None = None
    rows: int | None = None  # that were exported
    sample: SampleEnd | None = None
    check: CheckReport | None = None


class Said(Message, frozen=True, kw_only=True, tag="said"):
    """The next piece of the text that the `Try` with this id asked for."""

    id: int
    text: str


class Checked(Message, frozen=True, kw_only=True, tag="checked"):
    """How a step of the `Check` with this id goes: begun while `passed` is None, and then passed or not, and why."""

    id: int
    step: CheckStep
    passed: bool | None = None
    detail: str = ""


class Snapshot(Message, frozen=True, kw_only=True, tag="snapshot"):
    """The node's status, whenever it has changed, and once after `Welcome`."""

    status: NodeStatus


FromClient = Hello | Command
FromNode = Welcome | Reply | Said | Checked | Snapshot

_encoder = msgspec.json.Encoder()


def encode(message: Message) -> bytes:
    """A message as one line."""
    return _encoder.encode(message) + b"\n"


def decode_from_client(line: bytes) -> FromClient:
    """Raises msgspec.DecodeError or ValidationError for a line that is not a client's message."""
    message: FromClient = decode_json(line, FromClient)
    return message


def decode_from_node(line: bytes) -> FromNode:
    """Raises msgspec.DecodeError or ValidationError for a line that is not a node's message."""
    message: FromNode = decode_json(line, FromNode)
    return message


@dataclass(frozen=True, slots=True)
class Door:
    """How to reach the running node."""

    port: int
    token: str
    process: int
    version: int = VERSION

    def admits(self, token: str) -> bool:
        """Compare tokens in constant time, so that timing tells nothing."""
        return hmac.compare_digest(self.token.encode(), token.encode())


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def write_door(path: Path, door: Door) -> None:
    """Publish the door atomically, readable by its owner only from the first instant."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    # On Windows the mode means nothing; there the user profile's access list keeps others out.
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"port": door.port, "token": door.token, "process": door.process, "version": door.version}, file)
    draft.replace(path)


def read_door(path: Path) -> Door | None:
    """The door, or None if no node has opened one. Raises NODE_NEWER when the node speaks a newer control wire."""
    try:
        data: dict[str, Any] = json.loads(path.read_bytes())
        door = Door(int(data["port"]), str(data["token"]), int(data["process"]), int(data["version"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if door.version > VERSION:
        raise LightworkError(Trouble.NODE_NEWER, f"control wire {door.version}, this program speaks {VERSION}")
    return door


def write_failure(door: Path, trouble: Trouble, at: float) -> None:
    """Beside the door: why a node could not open one. A window has no other way to hear it."""
    with contextlib.suppress(OSError):
        _failure_file(door).write_text(json.dumps({"trouble": trouble.value, "at": at}))


def read_failure(door: Path, since: float) -> Trouble | None:
    """Why the node that was started at `since` (Unix time) or later did not come up; None if it did not say."""
    try:
        data: dict[str, Any] = json.loads(_failure_file(door).read_bytes())
        return Trouble(data["trouble"]) if float(data["at"]) >= since - 1 else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _failure_file(door: Path) -> Path:
    return door.with_name("node-failed.json")
