"""What a person reads, in one file: a sentence for every state, pause reason and trouble.

Each is a template in English with named places. A window translates the template and then fills it in, so that no
language has to glue halves of sentences together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from lightwork.domain.allowance import stops_at
from lightwork.domain.errors import Trouble
from lightwork.domain.states import (
    CAUSED_SENTENCES,
    CHECK_STEPS,
    PAUSE_SENTENCES,
    SENSE_NAMES,
    PauseReason,
    Phase,
    Stage,
)
from lightwork.domain.status import DataUse, GivenBack, NetworkStatus, NodeStatus, Pause
from lightwork.domain.untrusted import untrusted

PHASES: Mapping[Phase, str] = {
    Phase.OFF: "Not contributing.",
    Phase.PREPARING: "Preparing.",
    Phase.TRAINING: "Training - round {round}.",
    Phase.PAUSED: "Paused.",
    Phase.WAITING: "Waiting.",
    Phase.TROUBLE: "Something went wrong.",
}

STAGES: Mapping[Stage, str] = {
    Stage.CONNECTING: "Preparing: connecting to the project.",
    Stage.MODEL: "Preparing: downloading the model.",
    Stage.DATA: "Preparing: downloading training data.",
    Stage.TRAINER: "Preparing: loading the model onto the device.",
    Stage.ROUND: "Waiting: this computer has done its share of round {round}; the round is still open for others.",
    Stage.HOST_AWAY: "Waiting: the project does not answer. Next try in {seconds} s; what was trained is kept.",
}

PAUSES = PAUSE_SENTENCES
CAUSED = CAUSED_SENTENCES
SENSES = SENSE_NAMES
CHECKS = CHECK_STEPS

TRAINING_WITH_SECONDS = "Training - round {round}, {seconds} s left."
TRAINING_WITH_MINUTES = "Training - round {round}, {minutes} min left."
PAUSED_UNTIL_RESTART = "Paused by you, until this computer restarts."
PAUSED_FOR = "Paused by you, for {minutes} more minutes."
GAME_OF = "Paused: {cause} is running ({source})."
# A cause that is an amount, and a day; a window writes both as its language does.
DATA_DAY_USED = "Paused until midnight: today's data allowance of {amount} GB is used up."
DATA_MONTH_USED = "Paused until {day}: this month's data allowance of {amount} GB is used up."
RESUMES_IN = "Paused: all is quiet again. Training resumes in {seconds} s."

GAVE_BACK = "{memory} given back in {seconds} s"
# How much of an allowance is used, and what will come of it.
DATA_DAY = "Today: {used}"
DATA_DAY_OF = "Today: {used} of {cap} GB"
DATA_MONTH = "This month: {used}"
DATA_MONTH_OF = "This month: {used} of {cap} GB"
DATA_EXPECTED = "about {expected} by {day}"
DATA_EXPECTED_TODAY = "about {expected} by midnight"
DATA_REACHED = "lasts until about {day}"
DATA_REACHED_TODAY = "lasts until about {time}"
DATA_ANEW = "begins anew on {day}"
DATA_ANEW_AT_MIDNIGHT = "begins anew at midnight"

NOT_WATCHED = "{sense}: not watched, or not fully ({why})"

TROUBLES: Mapping[Trouble, str] = {
    Trouble.SETTINGS_INVALID: "The settings file has a mistake. Correct or delete it, then start again.",
    Trouble.IDENTITY_LOCKED: "The keyring that holds your account is locked. Unlock it, then try again.",
    Trouble.IDENTITY_DAMAGED: "The key of your account cannot be read. Restore it from a backup; nothing was replaced.",
    Trouble.LEDGER_SET_ASIDE: "The local record was damaged. It was set aside, and receipts are fetched again.",
    Trouble.LEDGER_NEWER: "The local record was written by a newer Lightwork. Install that version to go on.",
    Trouble.DISK_FULL: "The disk is full. Free some space; training goes on from where it was.",
    Trouble.NODE_RUNNING: "Lightwork is already running for this user.",
    Trouble.NODE_AWAY: "Lightwork is not running.",
    Trouble.NODE_NEWER: "The running Lightwork is newer than this program. Update, or quit it first.",
    Trouble.DESKTOP_REFUSED: "This desktop did not accept the change. Nothing was changed.",
    Trouble.FILE_REFUSED: "The file cannot be written there. Choose another folder.",
    Trouble.RECEIPT_UNKNOWN: "There is no receipt for that here. The project owes it still, or has judged otherwise.",
    Trouble.BUSY: "That is too much at once. Try again when what is under way has ended.",
    Trouble.INTERNAL: "Lightwork met a fault of its own. It is tried again; the log says more.",
    Trouble.LINK_INVALID: "That is not a join link. It looks like lightwork://HOST/PROJECT-ID.",
    Trouble.PROJECT_UNKNOWN: "There is no such project here.",
    Trouble.HOST_UNREACHABLE: "The project's host does not answer. Check the connection; it is tried again by itself.",
    Trouble.HOST_NEWER: "The project needs a newer Lightwork. Update to go on.",
    Trouble.HOST_CONFUSED: "The project's host sent an answer that makes no sense. It is tried again by itself.",
    Trouble.REFUSED: "The project's host refused this computer.",
    Trouble.UPLOAD_TOO_SLOW: "Sending a contribution takes longer than this project can wait, so nothing counts. "
    "Allow a higher upload speed, or choose another project.",
    Trouble.ALLOWANCE_USED: "The data allowance is used up. Raise it in the settings, or wait until it begins anew.",
    Trouble.MANIFEST_TAMPERED: "The project's description is not signed by the project. Do not trust this host.",
    Trouble.MANIFEST_OLDER: "The host offers an older description of the project than was seen before. It was refused.",
    Trouble.MANIFEST_EXPIRED: "The project's description has expired. Its team has to renew it.",
    Trouble.MANIFEST_INVALID: "The project's description is not valid. It was refused.",
    Trouble.DOCUMENT_TAMPERED: "The host sent a document that the project did not sign. It was refused.",
    Trouble.FILE_DIGEST: "A downloaded file is not what the project signed. It was deleted.",
    Trouble.FILE_PATH: "The project names a file outside its own folder. It was refused.",
    Trouble.ARCHITECTURE_UNKNOWN: "The project's model is of a kind that this version does not know.",
    Trouble.MODEL_CODE: "The project's model wants to run code of its own. Lightwork never does that.",
    Trouble.WEIGHTS_INVALID: "The project's weights are damaged or do not fit its model. They were refused.",
    Trouble.WEIGHTS_DIVERGED: "This computer's copy of the model differed from the project's. It is loaded afresh.",
    Trouble.PAYLOAD_INVALID: "An update or contribution is damaged. It was refused.",
    Trouble.RUNTIME_MISSING: "The training runtime is not installed. Run the installer again.",
    Trouble.DEVICE_TOO_SMALL: "The model does not fit into the memory that training may use on this device.",
    Trouble.DEVICE_LOST: "The chosen device is not there, or the training runtime cannot use it.",
    Trouble.OUT_OF_MEMORY: "The device ran out of memory. Training goes on with smaller steps.",
    Trouble.TRAINER_FAILED: "The training process ended unexpectedly. It is started again from its last checkpoint.",
    Trouble.LOSS_NOT_FINITE: "Training went astray on this computer. It starts again from the project's weights.",
    Trouble.MODEL_NOT_HERE: "The model is on this computer only while it contributes. Press Contribute first.",
    Trouble.PRACTICE_FAILED: "The practice project could not be started.",
    Trouble.PORT_IN_USE: "The network port is in use by another program. Choose another one.",
    Trouble.RECIPE_INVALID: "The recipe has a mistake.",
    Trouble.PROJECT_EXISTS: "There is a project in that folder already.",
    Trouble.HOST_RUNNING: "The project is being hosted by another process already.",
    Trouble.RECORDS_NEWER: "The host's records were written by a newer Lightwork. Install that version to go on.",
}

# Why a contribution was not counted, by the name that the host gives for it (`protocol/refusals.py`): to the person
# whose computer has done the work, where a refusal's own sentence is to the program that has made a request.
REASONS: Mapping[str, str] = {
    "round_closed": "It came too late: too many rounds had closed since. The work goes into the next contribution.",
    "round_counted": "This round has a contribution of yours already. The work goes into the next one.",
    "round_unknown": "The host does not know that round yet. The work goes into the next contribution.",
    "lease_unknown": "The host does not know that it gave out this work. It is sent again without it.",
    "lease_counted": "This work was counted already.",
    "lease_expired": "The time for this work was over. It is sent again without it.",
    "too_many_tokens": "It claims more tokens than were given out.",
    "too_large": "It is larger than the project allows.",
    "offset_wrong": "The upload went astray. The work is sent again.",
    "digest_wrong": "It was damaged on its way. The work is sent again.",
    "payload_invalid": "The host could not read it.",
    "not_finite": "It holds numbers that are not finite.",
    "norm_too_large": "It is far larger than training could make it.",
    "banned": "The project has shut out this account.",
    "not_joined": "The host does not know this account.",
    "malformed": "The host could not make sense of what was sent.",
    "encoded": "Something on the way changed what was sent.",
    "signature_missing": "The host found no signature on what was sent.",
    "signature_invalid": "The host found that the signature does not fit what was sent.",
    "signature_stale": "The clock of this computer, or of the host, is wrong.",
    "replayed": "The host had received the same before.",
    "not_found": "The host did not know what was sent.",
    "project_unknown": "The host does not have this project any more.",
    "protocol_unsupported": "The host speaks another version of the protocol.",
    "version_gone": "The version that it builds on is too old.",
    "busy": "The host was too busy.",
    "internal": "The host had a fault of its own.",
}


class Size(int):
    """An amount of bytes, to be written as people say it."""


class Estimate(Size):
    """One that is not known so exactly."""


def plain(value: object) -> object:
    """A value as English writes it: a day, a time of day, a number with as many digits as it needs."""
    if isinstance(value, date):
        return f"{value.day} {_MONTHS[value.month - 1]}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, float):
        return f"{round(value, 3):.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return value


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A template with what fills it in: texts, numbers, sizes, days, times of day."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, translate: Callable[[str], str] = str, show: Callable[[object], object] = plain) -> str:
        """The finished sentence, in the language of `translate`, with values as `show` writes them."""
        return translate(self.template).format_map({name: show(value) for name, value in self.values.items()})


def describe(status: NodeStatus, now: float) -> Sentence:
    """The one sentence that answers: what is it doing, and why?"""
    if status.phase is Phase.TROUBLE and status.trouble is not None:
        return Sentence(TROUBLES[status.trouble])
    if status.phase is Phase.PAUSED and status.pauses:
        return _paused(status, now)
    version = status.project.version if status.project else 0
    left = status.project.round_seconds_left if status.project else None
    if status.phase is Phase.TRAINING and left is not None and left >= 1:
        if left < 120:
            return Sentence(TRAINING_WITH_SECONDS, {"round": version, "seconds": round(left)})
        return Sentence(TRAINING_WITH_MINUTES, {"round": version, "minutes": round(left / 60)})
    template = STAGES[status.stage] if status.stage is not None else PHASES[status.phase]
    if status.phase in (Phase.TRAINING, Phase.OFF):
        template = PHASES[status.phase]
    wait = max(0, round((status.retry_at or now) - now))
    return Sentence(template, {"round": version, "seconds": wait})


def _paused(status: NodeStatus, now: float) -> Sentence:
    pauses = status.pauses
    pause = pauses[0]
    if pause.reason is PauseReason.PERSON:
        if pause.until is None:
            return Sentence(PAUSED_UNTIL_RESTART if pause.until_restart else PAUSES[pause.reason])
        return Sentence(PAUSED_FOR, {"minutes": max(1, round((pause.until - now) / 60))})
    times = [one.until for one in pauses if one.until is not None]
    if len(times) == len(pauses):
        return Sentence(RESUMES_IN, {"seconds": max(0, round(max(times) - now))})
    # Of several reasons, one that still holds is the answer to "why".
    return pause_sentence(next(one for one in pauses if one.until is None))


def pause_sentence(pause: Pause) -> Sentence:
    """The sentence of one reason, with its cause if it is known."""
    cause = untrusted(pause.cause, 80)
    if pause.reason is PauseReason.GAME and cause and pause.source:
        return Sentence(GAME_OF, {"cause": cause, "source": pause.source})
    if pause.reason in _ALLOWANCES and pause.ends is not None and (amount := _gigabytes(cause)) is not None:
        return Sentence(_ALLOWANCES[pause.reason], {"amount": amount, "day": _moment(pause.ends).date()})
    if cause and pause.reason in CAUSED:
        return Sentence(CAUSED[pause.reason], {"cause": cause})
    return Sentence(PAUSES[pause.reason])


_ALLOWANCES = {PauseReason.DATA_DAY: DATA_DAY_USED, PauseReason.DATA_MONTH: DATA_MONTH_USED}


def _gigabytes(cause: str) -> float | None:
    try:
        return float(cause.removesuffix(" GB"))
    except ValueError:
        return None


def data_sentences(use: DataUse, now: float, *, month: bool) -> tuple[Sentence, Sentence | None]:
    """How much traffic there was this day or month, and what will come of it if that is known."""
    template = (DATA_MONTH_OF if use.cap else DATA_MONTH) if month else (DATA_DAY_OF if use.cap else DATA_DAY)
    amounts = {"used": _gb(use.used), "cap": _gb(use.cap)} if use.cap else {"used": Size(use.used)}
    used = Sentence(template, amounts)
    ends = _moment(use.ends).date()
    if use.cap and use.used >= stops_at(use.cap):
        return used, Sentence(DATA_ANEW if month else DATA_ANEW_AT_MIDNIGHT, {"day": ends})
    if use.reached is not None:
        then, today = _moment(use.reached), _moment(use.reached).date() == _moment(now).date()
        return used, Sentence(DATA_REACHED_TODAY if today else DATA_REACHED, {"day": then.date(), "time": then.time()})
    if use.expected is None:
        return used, None
    expected = {"expected": Estimate(use.expected), "day": ends}
    return used, Sentence(DATA_EXPECTED if month else DATA_EXPECTED_TODAY, expected)


def month_presses(network: NetworkStatus) -> bool:
    """Whether this month's traffic is what a person should see first, rather than this day's.

    The one whose allowance is used up or will be sooner; else the one of which a larger share is used. Without an
    allowance it is the month.
    """
    day, month = _pressing(network.day), _pressing(network.month)
    return day is None or (month is not None and month >= day)


def _pressing(use: DataUse) -> tuple[bool, float, float] | None:
    if not use.cap:
        return None
    reached = -use.reached if use.reached is not None else float("-inf")
    return use.used >= stops_at(use.cap), reached, min(use.used, use.cap) / use.cap


def _gb(amount: int) -> float:
    return min(amount, 10**18) / 10**9


def _moment(at: float) -> datetime:
    """Local time; what lies beyond all calendars is moved to their edge."""
    return datetime.fromtimestamp(min(max(at, 86_400.0), 250_000_000_000.0))


def given_back(status: NodeStatus) -> GivenBack | None:
    """What the present pause gave back; None while that is not known, or if the memory is kept."""
    given = status.given_back
    if status.phase is not Phase.PAUSED or given is None or not status.pauses:
        return None
    # The measurement ends after the pause has begun, by the same clock; a second is for rounding.
    return given if given.at >= min(pause.since for pause in status.pauses) - 1 else None


def trouble_sentence(trouble: Trouble) -> Sentence:
    """The sentence of one trouble."""
    return Sentence(TROUBLES[trouble])
