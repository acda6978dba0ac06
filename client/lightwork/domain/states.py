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
    ON_BATTERY = "on_battery"
    LOW_DISK = "low_disk"
    LOW_MEMORY = "low_memory"


# Here and not in `sentences.py`, so that a new reason is named in one place.
PAUSE_SENTENCES: Mapping[PauseReason, str] = {
    PauseReason.PERSON: "Paused by you.",
    PauseReason.ON_BATTERY: "Paused: this computer runs on battery.",
    PauseReason.LOW_DISK: "Paused: the disk is nearly full.",
    PauseReason.LOW_MEMORY: "Paused: other programs need the memory.",
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
