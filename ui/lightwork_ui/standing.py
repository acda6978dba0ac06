"""How this computer stands to a project: decided from the snapshot, without drawing."""

from dataclasses import dataclass

from lightwork.domain.states import Phase
from lightwork.domain.status import NodeStatus
from lightwork_ui.text import tr


@dataclass(frozen=True, slots=True)
class Standing:
    """`working`: it contributes to the project, or will after a pause. `here`: its model can be tried now."""

    chosen: bool = False
    working: bool = False
    here: bool = False
    why_not_here: str = ""


def standing(status: NodeStatus | None, project: str, *, chosen: bool, live: bool) -> Standing:
    """By the newest snapshot. An empty `project` is one whose id is not known yet."""
    if status is None or not live:
        return Standing(chosen=chosen, why_not_here=tr("Lightwork is not running just now."))
    works = status.project is not None and bool(project) and status.project.id == project
    works = works and status.phase is not Phase.OFF
    if works and status.phase in (Phase.TRAINING, Phase.WAITING):
        return Standing(chosen=chosen, working=True, here=True)
    if not works:
        why = tr("You can try its model while you contribute to it.")
    elif status.phase is Phase.PREPARING:
        why = tr("Its model is being loaded; then you can try it.")
    elif status.phase is Phase.PAUSED:
        why = tr("While training is paused, its model is not in memory and cannot be tried.")
    else:
        why = tr("Something went wrong with training; Home says what.")
    return Standing(chosen=chosen, working=works, why_not_here=why)
