"""The project wire, version 1: volunteer to host, HTTPS, outbound only.

All paths stand under `/v1/PROJECT-ID`. Reading is public; the rest is signed with the account's key (`requests.py`).

| request                              | body               | answer                                   |
|--------------------------------------|--------------------|------------------------------------------|
| GET /manifest?known=SERIAL           |                    | SignedDocument of a Manifest; nothing if |
|                                      |                    | it is the one with that serial           |
| GET /state?known=REVISION&wait=S     |                    | ProjectState, once it differs, in S s    |
|     &version=VERSION&loss=VERSION    |                    | with the update from that version, and   |
|                                      |                    | only with the losses after that one      |
| GET /checkpoint                      |                    | SignedDocument of a Checkpoint           |
| GET /updates/VERSION                 |                    | SignedDocument of the Update from VERSION|
| GET /files/SHA256 (Range)            |                    | the bytes                                |
| POST /join                           | Join               | Joined                                   |
| POST /leases                         | AskLease           | Lease                                    |
| POST /contributions                  | Contribution; after| UploadState                              |
|                                      | a line end perhaps |                                          |
|                                      | all of its bytes   |                                          |
| PATCH /contributions/SHA256?offset=N | the bytes from N on| UploadState                              |
| GET /receipts?after=NUMBER           |                    | list of SignedDocuments of Receipts      |

On the host's root, `GET /versions` says which versions it speaks, and `GET /metrics` serves numbers for its team. An
answer other than 2xx carries a `Refused`.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from lightwork.domain.status import LossPoint
from lightwork.protocol import limits
from lightwork.protocol.documents import SignedDocument
from lightwork.protocol.manifest import Natural, Positive, Sha256
from lightwork.protocol.refusals import Refusal

VERSION = 1
LONG_POLL_SECONDS = 50.0  # proxies and routers forget a silent connection after a minute
CLOSING_PATIENCE = 20.0  # seconds that a complete upload waits for the closing of a round, before it has to ask again
RECEIPTS_A_PAGE = 200
LOSSES_SHOWN = 100
CONTENT_TYPE = "application/json"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the wire's messages. Unknown fields are passed over, so that version 1 can grow."""


class Refused(Message, frozen=True, kw_only=True):
    """Why not. `offset` goes with OFFSET_WRONG: where the upload really continues."""

    refusal: Refusal
    offset: int | None = None


class Join(Message, frozen=True, kw_only=True):
    """Become a volunteer of the project. `program` is the program's version, for the team's statistics."""

    program: Annotated[str, msgspec.Meta(max_length=50)]


class Joined(Message, frozen=True, kw_only=True):
    """The host knows the account. `receipts` is the number of its newest receipt, 0 for a new account."""

    account: Sha256
    receipts: Natural


class AskLease(Message, frozen=True, kw_only=True):
    """Ask for data to train on, for the round of that version."""

    version: Natural


class Lease(Message, frozen=True, kw_only=True):
    """Data that this account may train on: indices into the manifest's data, and the seed of the order of sequences."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    shards: Annotated[tuple[Natural, ...], msgspec.Meta(min_length=1, max_length=4096)]
    seed: Natural
    max_tokens: Positive
    seconds: float  # until it expires


class Work(Message, frozen=True, kw_only=True):
    """What was done under one lease."""

    lease: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    steps: Natural
    tokens: Positive


class Contribution(Message, frozen=True, kw_only=True):
    """The announcement of a contribution; its bytes follow."""

    digest: Sha256
    length: Positive
    base: Natural  # the version that it was made against; it counts in the round that is open when it is complete
    work: Annotated[tuple[Work, ...], msgspec.Meta(min_length=1, max_length=limits.WORK_ITEMS)]

    @property
    def tokens(self) -> int:
        """Tokens of all leases."""
        return sum(item.tokens for item in self.work)

    @property
    def steps(self) -> int:
        """Local steps of all leases."""
        return sum(item.steps for item in self.work)


class UploadPhase(StrEnum):
    """How far the host is with a contribution."""

    RECEIVING = "receiving"  # with all of the bytes there: a round is being closed, and then this will be acknowledged
    PENDING = "pending"  # stored safely; this is the acknowledgement
    VERIFIED = "verified"
    REJECTED = "rejected"


class UploadState(Message, frozen=True, kw_only=True):
    """Where the host stands. From PENDING on, what was sent is never lost or counted twice.

    `round` is the one that it counts in, once it is complete.
    """

    digest: Sha256
    offset: Natural
    phase: UploadPhase
    round: Natural | None = None


class RoundState(Message, frozen=True, kw_only=True):
    """The open round. Times are seconds as the host counts them, since clocks differ."""

    version: Natural
    seconds_open: float
    seconds_left: float  # of the window in which to train; 0 when it is over
    expected: Natural
    received: Natural  # to be averaged; those that were late for a round before are among them


class ProjectState(Message, frozen=True, kw_only=True, omit_defaults=True):
    """How a project stands. A hint, not signed: what matters is signed on its own."""

    protocol: Positive
    project: str
    revision: Natural  # grows with each version; all else is as new as the answer
    manifest_serial: Positive
    round: RoundState
    checkpoint: Natural  # version of the newest checkpoint
    # Updates from this version on can be had. From an older one, the newest checkpoint and the updates since it are
    # fewer bytes than all updates would be.
    oldest_update: Natural
    online: Natural
    held_out: tuple[LossPoint, ...]  # newest last; of those that the asker did not name as known
    clock: float  # Unix time of the host
    update: SignedDocument | None = None  # from the version that the asker knows, if that was the last one


Receipts = list[SignedDocument]
