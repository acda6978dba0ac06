"""What a session does next for its project, as a pure function of what it sees."""

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """The next thing to do. Each is carried out, then the view is looked at again."""

    CHECK = "check"
    LOAD_CHECKPOINT = "load_checkpoint"
    APPLY_UPDATE = "apply_update"
    TAKE_LEASE = "take_lease"
    CONTRIBUTE = "contribute"
    WAIT = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a session sees. Steps are local optimizer steps; times are seconds."""

    host_version: int
    oldest_update: int
    checkpoint: int
    seconds_left: float  # of the round's window; the contribution should have arrived by then
    version: int | None  # of the weights here; None before there are any
    checked: bool  # their digest was found to be what the project signed
    has_lease: bool
    packed: bool  # a contribution is on its way
    sent_for: int | None = None  # newest version for which a contribution is acknowledged
    unsent_steps: int
    steps_wanted: int  # max_local_steps of the recipe
    seconds_to_send: float  # that packing and uploading took lately


def next_step(view: View) -> Step:
    """The first rule that applies."""
    if view.version is None or view.version > view.host_version:
        return Step.LOAD_CHECKPOINT
    if not view.checked:
        return Step.CHECK
    if view.version < view.host_version:
        replayable = view.version >= view.oldest_update
        # One update is far smaller than the weights, but a long chain of them is not (4 bits against 32).
        chain_is_short = view.host_version - view.version <= 8 + (view.host_version - view.checkpoint)
        return Step.APPLY_UPDATE if replayable and chain_is_short else Step.LOAD_CHECKPOINT
    if not view.has_lease and view.unsent_steps < 2 * view.steps_wanted:
        return Step.TAKE_LEASE
    free = not view.packed and view.sent_for != view.host_version
    if free and view.unsent_steps > 0 and (_enough(view) or view.seconds_left <= view.seconds_to_send):
        return Step.CONTRIBUTE
    return Step.WAIT


def _enough(view: View) -> bool:
    return view.unsent_steps >= view.steps_wanted


def seconds_until_due(view: View) -> float:
    """How long a WAIT may last before the clock alone changes the answer."""
    return max(0.05, view.seconds_left - view.seconds_to_send)
