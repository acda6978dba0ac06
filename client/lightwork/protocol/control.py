"""The control wire, version 1: window and command line to the node, JSON lines over loopback TCP.

The node writes its port and a random token to a file that only its owner can read (`Door`). A client's first line is
`Hello` with that token; anything else, such as a web page's HTTP request, ends the connection before more is read.
After `Welcome` the client sends commands, each with an `id`; the node answers each with one `Reply` of that id, and
sends a `Snapshot` whenever its status has changed.
"""

import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.status import DeviceStatus, NodeStatus, ProjectStatus
from lightwork.protocol.decoding import decode_json

VERSION = 1
LONGEST_LINE = 1 << 20  # bytes; a snapshot is about 3 kB


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
    """Pause, for `seconds` or until `Resume`."""

    id: int
    seconds: float | None = None


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


class AskProjects(Message, frozen=True, kw_only=True, tag="projects"):
    """Ask for the projects that this computer has joined."""

    id: int


class AskStats(Message, frozen=True, kw_only=True, tag="stats"):
    """Ask for credits, traffic and the newest contributions."""

    id: int
    contributions: int = 20


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


class Snapshot(Message, frozen=True, kw_only=True, tag="snapshot"):
    """The node's status, whenever it has changed, and once after `Welcome`."""

    status: NodeStatus


FromClient = Hello | Command
FromNode = Welcome | Reply | Snapshot

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
