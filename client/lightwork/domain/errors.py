"""The error tree. Every fault that a person can meet is a `Trouble`; its sentence stands in `sentences.py`."""

from enum import StrEnum


class Trouble(StrEnum):
    """Everything that can go wrong in a way that a person must be told about."""

    # this computer
    SETTINGS_INVALID = "settings_invalid"
    IDENTITY_LOCKED = "identity_locked"
    IDENTITY_DAMAGED = "identity_damaged"
    LEDGER_SET_ASIDE = "ledger_set_aside"
    LEDGER_NEWER = "ledger_newer"
    DISK_FULL = "disk_full"
    NODE_RUNNING = "node_running"
    NODE_AWAY = "node_away"
    NODE_NEWER = "node_newer"
    DESKTOP_REFUSED = "desktop_refused"
    FILE_REFUSED = "file_refused"
    RECEIPT_UNKNOWN = "receipt_unknown"
    BUSY = "busy"
    INTERNAL = "internal"
    # joining and the network
    LINK_INVALID = "link_invalid"
    PROJECT_UNKNOWN = "project_unknown"
    HOST_UNREACHABLE = "host_unreachable"
    HOST_NEWER = "host_newer"
    HOST_CONFUSED = "host_confused"
    REFUSED = "refused"
    ALLOWANCE_USED = "allowance_used"
    UPLOAD_TOO_SLOW = "upload_too_slow"
    # what a project sent
    MANIFEST_TAMPERED = "manifest_tampered"
    MANIFEST_OLDER = "manifest_older"
    MANIFEST_EXPIRED = "manifest_expired"
    MANIFEST_INVALID = "manifest_invalid"
    DOCUMENT_TAMPERED = "document_tampered"
    FILE_DIGEST = "file_digest"
    FILE_PATH = "file_path"
    ARCHITECTURE_UNKNOWN = "architecture_unknown"
    MODEL_CODE = "model_code"
    WEIGHTS_INVALID = "weights_invalid"
    WEIGHTS_DIVERGED = "weights_diverged"
    PAYLOAD_INVALID = "payload_invalid"
    # training
    RUNTIME_MISSING = "runtime_missing"
    DEVICE_TOO_SMALL = "device_too_small"
    DEVICE_LOST = "device_lost"
    OUT_OF_MEMORY = "out_of_memory"
    TRAINER_FAILED = "trainer_failed"
    LOSS_NOT_FINITE = "loss_not_finite"
    MODEL_NOT_HERE = "model_not_here"
    # hosting
    PRACTICE_FAILED = "practice_failed"
    PORT_IN_USE = "port_in_use"
    RECIPE_INVALID = "recipe_invalid"
    PROJECT_EXISTS = "project_exists"
    HOST_RUNNING = "host_running"
    RECORDS_NEWER = "records_newer"


class LightworkError(Exception):
    """A fault with a code. `detail` is for the log and for a second, smaller line; it may hold untrusted text."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"{trouble}: {detail}" if detail else str(trouble))
        self.trouble = trouble
        self.detail = detail


class IllegalTransitionError(Exception):
    """A bug: an event reached a state machine in a state whose table does not list it."""
