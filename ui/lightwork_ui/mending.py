"""The one button that mends what is wrong: which it is for each trouble, and which rule it is that pauses."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from lightwork.domain.errors import Trouble
from lightwork.domain.states import PauseReason
from lightwork_ui.text import mark


class Way(Enum):
    """Where a mending button leads."""

    PAGE = auto()  # of the window; the target is "page" or "page/part"
    FOLDER = auto()  # Lightwork's folder, in the system's file manager
    COPY = auto()  # the target goes to the clipboard


@dataclass(frozen=True, slots=True)
class Mend:
    """A button: its English label, and where it leads."""

    label: str
    way: Way
    target: str = ""


_OTHER_PROJECT = Mend(mark("Choose another project"), Way.PAGE, "projects")
_CHECK_LINK = Mend(mark("Check the project"), Way.PAGE, "projects")
_OPEN_FOLDER = Mend(mark("Open the folder"), Way.FOLDER)
_SET_UP = Mend(mark("Copy the command"), Way.COPY, "python3 installer run")

# What is not listed is mended by trying again, which is what the large button does.
MENDS: Mapping[Trouble, Mend] = {
    Trouble.SETTINGS_INVALID: _OPEN_FOLDER,
    Trouble.IDENTITY_DAMAGED: _OPEN_FOLDER,
    Trouble.DISK_FULL: _OPEN_FOLDER,
    Trouble.LINK_INVALID: _CHECK_LINK,
    Trouble.PROJECT_UNKNOWN: _OTHER_PROJECT,
    Trouble.HOST_NEWER: _OTHER_PROJECT,
    Trouble.REFUSED: _OTHER_PROJECT,
    Trouble.UPLOAD_TOO_SLOW: Mend(mark("Change the upload speed"), Way.PAGE, "settings/network.upload_limit"),
    Trouble.ALLOWANCE_USED: Mend(mark("Change the allowance"), Way.PAGE, "settings/network.month_gb"),
    Trouble.MANIFEST_TAMPERED: _OTHER_PROJECT,
    Trouble.MANIFEST_OLDER: _OTHER_PROJECT,
    Trouble.MANIFEST_EXPIRED: _OTHER_PROJECT,
    Trouble.MANIFEST_INVALID: _OTHER_PROJECT,
    Trouble.DOCUMENT_TAMPERED: _OTHER_PROJECT,
    Trouble.FILE_PATH: _OTHER_PROJECT,
    Trouble.ARCHITECTURE_UNKNOWN: _OTHER_PROJECT,
    Trouble.MODEL_CODE: _OTHER_PROJECT,
    Trouble.WEIGHTS_INVALID: _OTHER_PROJECT,
    Trouble.RUNTIME_MISSING: _SET_UP,
    Trouble.DEVICE_TOO_SMALL: Mend(mark("Allow more memory"), Way.PAGE, "settings/computing.memory_share"),
    Trouble.DEVICE_LOST: Mend(mark("Choose a device"), Way.PAGE, "settings/computing.device"),
}

# The setting behind each reason that a person may switch off; only a person's own pause has none.
RULES: Mapping[PauseReason, str] = {
    PauseReason.GAME: "pausing.games",
    PauseReason.FULL_SCREEN: "pausing.full_screen",
    PauseReason.GPU_IN_USE: "pausing.gpu_load",
    PauseReason.IN_USE: "pausing.in_use_minutes",
    PauseReason.OUTSIDE_HOURS: "pausing.hours",
    PauseReason.METERED: "pausing.metered",
    PauseReason.DATA_DAY: "network.day_gb",
    PauseReason.DATA_MONTH: "network.month_gb",
    PauseReason.PROCESSOR_BUSY: "pausing.processor_load",
    PauseReason.ON_BATTERY: "pausing.on_battery",
    PauseReason.TOO_HOT: "pausing.celsius",
    PauseReason.LOW_DISK: "pausing.disk_free_gb",
    PauseReason.LOW_MEMORY: "pausing.memory_free_gb",
}


def mend_for(trouble: Trouble | None) -> Mend | None:
    """The button for a trouble; None where trying again is all that helps."""
    return None if trouble is None else MENDS.get(trouble)


def rule_for(reason: PauseReason) -> Mend | None:
    """The way to the rule that pauses."""
    key = RULES.get(reason)
    return None if key is None else Mend(mark("Change this rule"), Way.PAGE, f"settings/{key}")
