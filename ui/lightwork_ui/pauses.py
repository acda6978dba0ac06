"""The pauses that end by themselves: what each is called, in a menu of pauses and elsewhere, and what it does."""

from collections.abc import Callable
from dataclasses import dataclass

from lightwork_ui.model import Model
from lightwork_ui.text import tr


@dataclass(frozen=True, slots=True)
class TimedPause:
    """One of them. `short` stands behind "Pause for", `whole` by itself."""

    short: str
    whole: str
    begin: Callable[[], None]


def timed_pauses(model: Model) -> tuple[TimedPause, ...]:
    """All of them, the shortest first."""
    return (
        TimedPause(tr("&1 hour"), tr("Pause for &1 hour"), lambda: model.pause_for(1)),
        TimedPause(tr("&3 hours"), tr("Pause for &3 hours"), lambda: model.pause_for(3)),
        TimedPause(
            tr("Until this computer &restarts"),
            tr("Pause until this computer &restarts"),
            model.pause_until_restart,
        ),
    )
