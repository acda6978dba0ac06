"""What a session does next for its project, as a pure function of what it sees."""

from dataclasses import dataclass
from enum import StrEnum

from lightwork.protocol import limits

# Contributions of the present round's length: of full rounds some three leases, as many as still can all be claimed
# together.
_MOST_AHEAD = 6


class Step(StrEnum):
    """The next thing to do. Each is carried out, then the view is looked at again."""

    CHECK = "check"
    LOAD_CHECKPOINT = "load_checkpoint"
    APPLY_UPDATE = "apply_update"
    CONTRIBUTE = "contribute"
    WAIT = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a session sees. Steps are local optimizer steps; times are seconds."""

    host_version: int
    oldest_update: int  # from here on updates are no more to download than a checkpoint
    seconds_left: float  # of the round's window; the contribution should have arrived by then
    version: int | None  # of the weights here; None before there are any
    checked: bool  # their digest was found to be what the project signed
    packed: bool  # a contribution is on its way, or being packed
    away: bool = False  # the host does not answer
    sent_for: int | None = None  # newest version for which a contribution is acknowledged
    unsent_steps: int
    steps_wanted: int  # of a contribution, as the round's plan says
    seconds_to_send: float  # from the wish to contribute to the host's acknowledgement, lately


def next_step(view: View) -> Step:
    """The first rule that applies."""
    if view.version is None or not view.oldest_update <= view.version <= view.host_version:
        return Step.LOAD_CHECKPOINT
    if not view.checked and (view.version > view.oldest_update or view.version == view.host_version):
        return Step.CHECK  # a small document, and then training goes on while updates are fetched
    if view.version < view.host_version:
        return Step.APPLY_UPDATE  # on weights that are not the project's it fails, so it checks them too
    # While the host is away, progress is worth more with the trainer, which goes on with the lease that it has.
    free = not view.packed and view.sent_for != view.host_version and not view.away
    if free and view.unsent_steps > 0 and (_enough(view) or view.seconds_left <= view.seconds_to_send):
        return Step.CONTRIBUTE
    return Step.WAIT


def _enough(view: View) -> bool:
    return view.unsent_steps >= view.steps_wanted


def seconds_until_due(view: View) -> float | None:
    """How long a WAIT may last before the clock alone changes the answer; None: it does not any more."""
    left = view.seconds_left - view.seconds_to_send
    return max(0.05, left) if left > 0 else None


def may_train(view: View) -> bool:
    """Whether the trainer gets a lease, whatever else is fetched or waited for.

    Not on weights that nobody has checked, or that the project has left behind; nor when it is so far ahead of the
    others that its progress would say little about their weights.
    """
    if view.version is None or not view.checked:
        return False
    behind = view.host_version - view.version
    return 0 <= behind <= limits.ROUNDS_BEHIND and view.unsent_steps < _MOST_AHEAD * view.steps_wanted
