"""What a project asks of this computer, in words: decided here without drawing, for the cards and for joining."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale
from PySide6.QtNetwork import QHostAddress

from lightwork.domain.untrusted import untrusted
from lightwork.protocol.control import DeviceFit, ProjectOffer
from lightwork_ui import text
from lightwork_ui.text import tr

SUMMARY = 2_000  # characters of a summary that are shown at all
EXPIRES_SOON = 7 * 86_400.0  # seconds
_ARCHITECTURES = {"llama": "Llama", "gptj": "GPT-J"}
_LARGEST_TIME = 2**40  # Unix time that a date can be made of
_GB = 2**30


def name_of(name: str, project: str) -> str:
    """A project's name, or its id if it has none that can be read."""
    return untrusted(name, 120) or untrusted(project, 64)


def fingerprint(project: str) -> str:
    """A project's id, which is the fingerprint of its key, in groups of four as people compare such."""
    return text.in_fours(untrusted(project, 64))


def model_words(offer: ProjectOffer) -> str:
    """Which model is trained: "Llama · 1.1B parameters"."""
    kind = _ARCHITECTURES.get(offer.architecture) or untrusted(offer.architecture, 40)
    return tr("{kind}  ·  {number} parameters").format(kind=kind, number=text.parameters(offer.parameters))


def chosen_fit(fits: Sequence[DeviceFit], device: str = "") -> DeviceFit | None:
    """How it fits the device that trains here: the one called `device`, else one that fits, else the roomiest."""
    named = next((fit for fit in fits if fit.device == device), None)
    if named is not None:
        return named
    # The processor is the last resort of the trainer too.
    ordered = sorted(fits, key=lambda fit: (fit.fits, fit.device != "cpu", fit.allowed), reverse=True)
    return ordered[0] if ordered else None


def needs_words(fit: DeviceFit) -> str:
    """Such as "Needs 5.1 of your 8 GB"; sizes too unlike for one unit are given one each."""
    if fit.total <= 0:
        return tr("Needs {needed} of memory").format(needed=text.memory(fit.needed))
    if fit.needed >= _GB / 10 and fit.total >= _GB:
        return tr("Needs {needed} of your {total} GB").format(needed=_short(fit.needed), total=_short(fit.total))
    return tr("Needs {needed} of your {total}").format(needed=text.memory(fit.needed), total=text.memory(fit.total))


def _short(count: int) -> str:
    value = round(count / _GB, 1)
    return text.number(value, 0 if value.is_integer() or value >= 100 else 1)


def verdict(fit: DeviceFit) -> str:
    """Whether it fits, in two or three words."""
    return tr("Fits") if fit.fits else tr("Does not fit")


def why_not(fit: DeviceFit) -> str:
    """Why it does not fit, and what could be done; nothing if it fits."""
    if fit.fits:
        return ""
    name = untrusted(fit.name or fit.device, 80)
    if fit.needed > fit.total:
        return tr("{device} has too little memory for this model.").format(device=name)
    if fit.needed > fit.allowed:
        return tr("Training may use {allowed} of {device}. Settings, Computing can allow more.").format(
            allowed=text.memory(fit.allowed), device=name
        )
    return tr("{device} cannot train on this computer.").format(device=name)


def bar_shares(fit: DeviceFit) -> tuple[float, float]:
    """How far a bar of the device's memory is filled, and how much of that is what training would take."""
    if fit.total <= 0:
        return 0.0, 0.0
    needed, allowed = fit.needed / fit.total, fit.allowed / fit.total
    return (max(needed, allowed), needed) if fit.fits else (needed, 0.0)


def date_words(when: float) -> str:
    """A Unix time as a date."""
    safe = int(max(0.0, min(_LARGEST_TIME, when))) if math.isfinite(when) else 0
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(safe).date(), QLocale.FormatType.LongFormat)


def on_this_computer(host: str) -> bool:
    """Whether a host's address (with or without port) is the loopback."""
    name = host.rpartition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    return name.lower() == "localhost" or QHostAddress(name).isLoopback()


def host_of_link(link: str) -> str:
    """The host's part of a join link; nothing if there is none."""
    return link.partition("://")[2].partition("/")[0]


def warnings(offer: ProjectOffer, now: float) -> tuple[str, ...]:
    """What a person should know before joining, the gravest first. `now` is Unix time."""
    found = []
    if offer.fits and not any(fit.fits for fit in offer.fits):
        found.append(tr("It fits no device of this computer: you can join, but not train it here."))
    left = offer.expires - now
    if left <= 0:
        found.append(tr("Its description has expired. Its team has to renew it before anybody can train."))
    elif left < EXPIRES_SOON:
        date = date_words(offer.expires)
        found.append(tr("Its description expires soon, on {date}. Its team has to renew it by then.").format(date=date))
    if on_this_computer(offer.host) and not offer.practice:
        found.append(tr("Its host is this very computer: whether others train with you depends on how you run it."))
    if offer.status is None:
        found.append(tr("Its host does not say how far the training is."))
    return tuple(found)
