"""The trainer wire, version 1: JSON lines on the trainer's stdin and stdout; tensors and payloads travel as files.

Whoever starts a trainer (node or host) sends `Configure` first. The trainer ends when its stdin does. Folders and files
are the starter's; the trainer writes only into its own work folder.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from lightwork.domain.errors import Trouble
from lightwork.protocol.manifest import Recipe, TokenType
from lightwork.protocol.model import Model
from lightwork.protocol.project import Work
from lightwork.protocol.round_plan import RoundPlan

VERSION = 1
LONGEST_LINE = 1 << 20

# The share of the time that is spent computing; the rest is rest. Below a twentieth, going on is not worth its memory.
LEAST_DUTY = 0.05
DutyShare = Annotated[float, msgspec.Meta(ge=LEAST_DUTY, le=1.0)]


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """Both ends come from one package, so an unknown field is a mistake."""


# --- to the trainer ---------------------------------------------------------------------------------------------------


class Configure(Message, frozen=True, kw_only=True, tag="configure"):
    """What to train with. Answered by `Started`, then by `Ready` once weights are there (checkpoint or `Load`)."""

    version: int = VERSION
    project: str
    model: Model
    recipe: Recipe
    token_type: TokenType
    device: str  # "cpu", "cuda:0", ...
    threads: int
    memory: int  # bytes that training may use on the device
    folder: str  # the trainer's own; holds its checkpoint and contributions
    duty: DutyShare = 1.0


class Load(Message, frozen=True, kw_only=True, tag="load"):
    """Take these weights as the base of `version`. Local progress that is not yet sent is carried onto the new base."""

    version: int
    digest: str
    files: tuple[str, ...]


class Initialise(Message, frozen=True, kw_only=True, tag="initialise"):
    """Write freshly initialised weights, chosen by the seed, to `file` (safetensors). Answered by `Initialised`."""

    file: str
    seed: int


class Apply(Message, frozen=True, kw_only=True, tag="apply"):
    """Apply an update: the base goes from `base` to `base + 1`, and the result must have this digest."""

    base: int
    file: str
    digest: str


class Follow(Message, frozen=True, kw_only=True, tag="follow"):
    """Go by this plan from now on; it is the plan of the version that the base has. Not answered."""

    plan: RoundPlan


class Train(Message, frozen=True, kw_only=True, tag="train"):
    """Train under this lease until its tokens are used. Replaces the lease before it."""

    lease: str
    shards: tuple[str, ...]
    seed: int
    max_tokens: int


class Contribute(Message, frozen=True, kw_only=True, tag="contribute"):
    """Pack the progress since the last contribution. Answered by `Packed` or `Empty`, when that is in the checkpoint.

    Training goes on meanwhile: under the next lease, which should follow at once, since the present one is claimed.
    """


class Outcome(StrEnum):
    """What became of a packed contribution."""

    TAKEN = "taken"  # the host has it (or judged it): it is off this computer's hands
    RETURNED = "returned"  # late or lost: it is owed again, with the leases that it claims
    UNCLAIMED = "unclaimed"  # it is owed again, but the host does not know its leases any more


class Settle(Message, frozen=True, kw_only=True, tag="settle"):
    """Settle a packed contribution. Answered by `Settled`.

    `round`: the one whose update will have it, if it was taken and has not been in one yet.
    """

    digest: str
    outcome: Outcome
    round: int | None = None


class Save(Message, frozen=True, kw_only=True, tag="save"):
    """Write a checkpoint now. Answered by `Saved`."""


class Evaluate(Message, frozen=True, kw_only=True, tag="evaluate"):
    """Mean loss of the base weights over these files. Answered by `Evaluated`."""

    files: tuple[str, ...]


class Measure(Message, frozen=True, kw_only=True, tag="measure"):
    """Train on random tokens for so long, after a warm-up that takes at least one step. Answered by `Measured`.

    Only before there are weights: it spoils those that a fresh model begins with, and writes no file.
    """

    warmup_seconds: Annotated[float, msgspec.Meta(ge=0, le=600)] = 0.0
    seconds: Annotated[float, msgspec.Meta(ge=0, le=600)] = 0.0


class Sample(Message, frozen=True, kw_only=True, tag="sample"):
    """Have the local weights go on with a text, beside training. Answered by `Sampled`s, then by `SampleEnded`.

    A sampling that is under way ends for it. `tokenizer` is a tokenizer.json; None: a token is a byte.
    """

    id: int
    prompt: str
    tokens: Annotated[int, msgspec.Meta(ge=1)]
    temperature: Annotated[float, msgspec.Meta(ge=0)] = 0.8
    tokenizer: str | None = None
    seed: int | None = None  # None: by chance


class StopSampling(Message, frozen=True, kw_only=True, tag="stop_sampling"):
    """End the sampling with this id; one that has ended is no fault. `SampleEnded` follows."""

    id: int


class Hold(Message, frozen=True, kw_only=True, tag="hold"):
    """Take no more steps, and keep process and memory; a step under way is given up. Answered by `Held`.

    Every other command is still obeyed. Asking twice does no harm.
    """


class GoOn(Message, frozen=True, kw_only=True, tag="go_on"):
    """Train again after `Hold`. Not answered; asking twice does no harm."""


class Duty(Message, frozen=True, kw_only=True, tag="duty"):
    """Compute for this share of the time from now on, also within the step under way. Not answered."""

    share: DutyShare


class Stop(Message, frozen=True, kw_only=True, tag="stop"):
    """Put the state where the next trainer finds it, and end, whatever is under way. Answered by `Stopped`."""


ToTrainer = (
    Configure
    | Initialise
    | Load
    | Apply
    | Follow
    | Train
    | Contribute
    | Settle
    | Save
    | Evaluate
    | Measure
    | Sample
    | StopSampling
    | Hold
    | GoOn
    | Duty
    | Stop
)


# --- from the trainer -------------------------------------------------------------------------------------------------


class Started(Message, frozen=True, kw_only=True, tag="started"):
    """The runtime is there and the model is built."""

    version: int
    device: str
    runtime: str
    parameters: int
    micro_batch: int
    has_weights: bool  # a checkpoint was found; if not, `Load` must follow


class Packed(Message, frozen=True, kw_only=True, tag="packed"):
    """A contribution lies in `file`, and the checkpoint knows of it. Sent again after a restart until settled."""

    digest: str
    file: str
    length: int
    base: int
    work: tuple[Work, ...]


class Empty(Message, frozen=True, kw_only=True, tag="empty"):
    """There was nothing to pack."""


class Ready(Message, frozen=True, kw_only=True, tag="ready"):
    """Weights of this version are loaded."""

    base: int
    digest: str
    steps: int  # since training of this project began here
    tokens: int
    unsent_steps: int  # progress that is in no contribution yet
    packed: Packed | None = None  # a contribution from before a restart that is not settled


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What the time of the trainer's main thread went into since it was configured, in seconds."""

    steps: float = 0.0
    packing: float = 0.0
    merging: float = 0.0
    saving: float = 0.0
    waiting: float = 0.0  # for a command, with nothing to train on
    held: float = 0.0
    resting: float = 0.0  # as the duty cycle asks
    other: float = 0.0  # loading, other commands, texts
    processor: float = 0.0  # not one of these: processor time of the whole process, what is done beside included


class Progress(Message, frozen=True, kw_only=True, tag="progress"):
    """How training goes; about twice a second."""

    base: int
    steps: int
    tokens: int
    unsent_steps: int
    loss: float
    tokens_per_second: float
    memory: int
    micro_batch: int
    lease: str
    lease_tokens_left: int
    spent: Spent = Spent()


class Initialised(Message, frozen=True, kw_only=True, tag="initialised"):
    """Weights are written."""

    file: str


class LeaseUsed(Message, frozen=True, kw_only=True, tag="lease_used"):
    """All tokens of the lease are used: `Train` again."""

    lease: str
    unsent_steps: int


class Updated(Message, frozen=True, kw_only=True, tag="updated"):
    """An update was applied, and the digest was right."""

    base: int
    digest: str


class Settled(Message, frozen=True, kw_only=True, tag="settled"):
    """The contribution is settled. A trainer that is killed before its next checkpoint announces it once more."""

    digest: str


class Owed(Message, frozen=True, kw_only=True, tag="owed"):
    """So much progress is in no contribution now; comes when packing or settling has changed it."""

    unsent_steps: int


class Saved(Message, frozen=True, kw_only=True, tag="saved"):
    """A checkpoint is on disk."""

    steps: int


class Evaluated(Message, frozen=True, kw_only=True, tag="evaluated"):
    """Mean loss in nats per token."""

    base: int
    loss: float
    tokens: int


class Measured(Message, frozen=True, kw_only=True, tag="measured"):
    """How many tokens were trained on in how many seconds, and the bytes in use after it."""

    tokens: int
    seconds: float
    memory: int
    micro_batch: int


class Sampled(Message, frozen=True, kw_only=True, tag="sampled"):
    """The next piece of text; `tokens` so far."""

    id: int
    text: str
    tokens: int


class SampleEnded(Message, frozen=True, kw_only=True, tag="sample_ended"):
    """A sampling's last word. `trouble`: why it ended before its time; MODEL_NOT_HERE also stands for a `Hold`."""

    id: int
    version: int  # of the base that the weights have come from
    tokens: int
    seconds: float
    trouble: Trouble | None = None


class Held(Message, frozen=True, kw_only=True, tag="held"):
    """No step is under way, and none begins before `GoOn`."""

    steps: int  # taken so far


class Failed(Message, frozen=True, kw_only=True, tag="failed"):
    """Something went wrong. After a fatal one the process ends by itself."""

    trouble: Trouble
    detail: str
    fatal: bool


class Stopped(Message, frozen=True, kw_only=True, tag="stopped"):
    """The last line."""

    steps: int | None  # that the next trainer goes on from; None: no weights, or an end before they were taken up


FromTrainer = (
    Started
    | Initialised
    | Ready
    | Progress
    | LeaseUsed
    | Packed
    | Empty
    | Updated
    | Settled
    | Owed
    | Saved
    | Evaluated
    | Measured
    | Sampled
    | SampleEnded
    | Held
    | Failed
    | Stopped
)


_encoder = msgspec.json.Encoder()
_to_trainer: msgspec.json.Decoder[ToTrainer] = msgspec.json.Decoder(ToTrainer)
_from_trainer: msgspec.json.Decoder[FromTrainer] = msgspec.json.Decoder(FromTrainer)


def encode(message: Message) -> bytes:
    """A message as one line."""
    return _encoder.encode(message) + b"\n"


def decode_to_trainer(line: bytes) -> ToTrainer:
    """Raises msgspec.DecodeError for a line that is no command."""
    return _to_trainer.decode(line)


def decode_from_trainer(line: bytes) -> FromTrainer:
    """Raises msgspec.DecodeError for a line that is no event."""
    return _from_trainer.decode(line)
