"""The states that a person sees. Names are written to disk and to the wire, so a name never changes its meaning."""

from collections.abc import Mapping
from enum import StrEnum


class Phase(StrEnum):
    """What the node is doing, in the one word that the big button shows."""

    OFF = "off"
    PREPARING = "preparing"
    TRAINING = "training"
    PAUSED = "paused"
    WAITING = "waiting"
    TROUBLE = "trouble"


class Stage(StrEnum):
    """Which part of preparing or waiting is under way."""

    CONNECTING = "connecting"
    MODEL = "model"
    DATA = "data"
    TRAINER = "trainer"
    ROUND = "round"  # this computer has done its share; the round is still open for others
    HOST_AWAY = "host_away"


class PauseReason(StrEnum):
    """Why training is paused. A pause is a set of these; an empty set means run."""

    PERSON = "person"
    GAME = "game"
    FULL_SCREEN = "full_screen"
    GPU_IN_USE = "gpu_in_use"
    IN_USE = "in_use"  # somebody sits at the computer
    OUTSIDE_HOURS = "outside_hours"
    METERED = "metered"
    DATA_DAY = "data_day"  # the data allowance of this day is used up
    DATA_MONTH = "data_month"
    PROCESSOR_BUSY = "processor_busy"
    ON_BATTERY = "on_battery"
    TOO_HOT = "too_hot"
    LOW_DISK = "low_disk"
    LOW_MEMORY = "low_memory"


# Here and not in `sentences.py`, so that a new reason is named in one place.
PAUSE_SENTENCES: Mapping[PauseReason, str] = {
    PauseReason.PERSON: "Paused by you.",
    PauseReason.GAME: "Paused: a game is running.",
    PauseReason.FULL_SCREEN: "Paused: a program fills the whole screen.",
    PauseReason.GPU_IN_USE: "Paused: another program needs the graphics card.",
    PauseReason.IN_USE: "Paused while you use this computer.",
    PauseReason.OUTSIDE_HOURS: "Paused: outside the hours that you chose.",
    PauseReason.METERED: "Paused: this network is paid by volume.",
    PauseReason.DATA_DAY: "Paused: today's data allowance is used up.",
    PauseReason.DATA_MONTH: "Paused: this month's data allowance is used up.",
    PauseReason.PROCESSOR_BUSY: "Paused: other programs need the processor.",
    PauseReason.ON_BATTERY: "Paused: this computer runs on battery.",
    PauseReason.TOO_HOT: "Paused: the device is too hot.",
    PauseReason.LOW_DISK: "Paused: the disk is nearly full.",
    PauseReason.LOW_MEMORY: "Paused: other programs need the memory.",
}

# With the cause named, for reasons that have one that a person would want to know.
CAUSED_SENTENCES: Mapping[PauseReason, str] = {
    PauseReason.GAME: "Paused: {cause} is running.",
    PauseReason.FULL_SCREEN: "Paused: {cause} fills the whole screen.",
    PauseReason.GPU_IN_USE: "Paused: {cause} needs the graphics card.",
    PauseReason.OUTSIDE_HOURS: "Paused: outside the hours that you chose, until {cause}.",
    PauseReason.TOO_HOT: "Paused: the device is too hot ({cause}).",
}


class Sense(StrEnum):
    """What can be watched on a computer. A sense that does not work here says why, and is never taken for a "no"."""

    GAMES = "games"
    STEAM = "steam"
    GAME_MODE = "game_mode"
    FULL_SCREEN = "full_screen"
    IDLE = "idle_seconds"
    GPUS = "gpus"
    BATTERY = "on_battery"
    METERED = "metered"
    LOAD = "others_load"
    HEAT = "celsius"
    DISK = "disk_free"
    MEMORY = "memory_available"


SENSE_NAMES: Mapping[Sense, str] = {
    Sense.GAMES: "Running games",
    Sense.STEAM: "Steam",
    Sense.GAME_MODE: "GameMode",
    Sense.FULL_SCREEN: "Full-screen windows",
    Sense.IDLE: "Keyboard and mouse",
    Sense.GPUS: "Other programs on the graphics card",
    Sense.BATTERY: "Battery",
    Sense.METERED: "Metered network",
    Sense.LOAD: "Other programs on the processor",
    Sense.HEAT: "Heat",
    Sense.DISK: "Disk space",
    Sense.MEMORY: "Memory",
}


class DeviceKind(StrEnum):
    """What sort of device computes."""

    CPU = "cpu"
    GPU = "gpu"


class ContributionState(StrEnum):
    """The life of one contribution in the ledger."""

    SENDING = "sending"  # written by the trainer, not yet acknowledged by the host
    PENDING = "pending"  # acknowledged: the host has it safely, and owes a receipt
    VERIFIED = "verified"
    REJECTED = "rejected"
    RETURNED = "returned"  # not taken (late, say); its work went back into the residual and will be sent again


class CheckStep(StrEnum):
    """What is tried out on a computer before it contributes for the first time."""

    DEVICE = "device"
    RUNTIME = "runtime"
    MEMORY = "memory"
    SPEED = "speed"


CHECK_STEPS: Mapping[CheckStep, str] = {
    CheckStep.DEVICE: "Graphics card and driver",
    CheckStep.RUNTIME: "Training runtime",
    CheckStep.MEMORY: "Memory",
    CheckStep.SPEED: "Speed",
}
