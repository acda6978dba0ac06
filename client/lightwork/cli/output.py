"""What the commands print for people."""

import time
from collections.abc import Sequence
from contextlib import suppress

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lightwork.cli.exits import printable
from lightwork.domain.credit import credits as in_credits
from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import (
    GAVE_BACK,
    NOT_WATCHED,
    TROUBLES,
    Sentence,
    Size,
    data_sentences,
    describe,
    given_back,
    pause_sentence,
    plain,
)
from lightwork.domain.states import CHECK_STEPS, PAUSE_SENTENCES, SENSE_NAMES, PauseReason, Phase
from lightwork.domain.status import DeviceStatus, EnergyStatus, GivenBack, NetworkStatus, NodeStatus
from lightwork.protocol.control import (
    Checked,
    CheckReport,
    PauseEntry,
    ProgramEntry,
    ProjectEntry,
    ProjectOffer,
    SettingEntry,
    StatsReport,
)
from lightwork.settings.check import allowed, find, quoted

_NEWEST_PAUSES = 10


def status(now: NodeStatus) -> None:
    """One sentence, then what stands behind it."""
    console = Console(highlight=False)
    console.print(Text(describe(now, time.time()).text()))
    table = _plain()
    if now.phase is Phase.PAUSED:
        for pause in now.pauses:
            _row(table, "pause", pause_sentence(pause).text())
        if (given := given_back(now)) is not None:
            _row(table, "given back", gave_back(given))
    if now.project is not None:
        loss = f", held-out loss {now.project.held_out[-1].loss:.3f}" if now.project.held_out else ""
        _row(table, "project", f"{now.project.name} (round {now.project.version}, {now.project.online} online{loss})")
    if now.device is not None:
        _row(table, "device", _device(now.device))
    if now.training.loss is not None:
        _row(table, "training", f"{now.training.tokens_per_second:,.0f} tokens/s, loss {now.training.loss:.3f}")
    if now.energy.watts is not None or now.energy.kwh_today:
        _row(table, "energy", _energy(now.energy))
    network = now.network
    _row(table, "network today", f"{size(network.sent_today)} sent, {size(network.received_today)} received")
    _data(table, network)
    _row(table, "credits", _credits(now.credits.verified, now.credits.pending, now.credits.rejected))
    kept = "in the keyring" if now.account_encrypted else "in a file that is not encrypted"
    _row(table, "account", f"{now.account[:16]}..., key {kept}")
    for notice in now.notices:
        _row(table, "notice", f"{notice.trouble}: {notice.detail}" if notice.detail else notice.trouble)
    for note in now.senses:
        values = {"sense": SENSE_NAMES[note.sense], "why": note.note}
        _row(table, "not watched", NOT_WATCHED.format_map(values))
    console.print(table)


def gave_back(given: GivenBack) -> str:
    """What the last pause gave back, and how soon."""
    memory = "memory" if given.memory is None else size(given.memory)
    return GAVE_BACK.format(memory=memory, seconds=f"{given.seconds:.1f}")


def _data(table: Table, network: NetworkStatus) -> None:
    """What this month and this day took of what a person allows, and the limits that hold now."""
    if network.day.cap:
        _row(table, "data", _data_text(data_sentences(network.day, time.time(), month=False)))
    if network.month.ends:
        _row(table, "data", _data_text(data_sentences(network.month, time.time(), month=True)))
    limits = ((network.upload_limit, "up"), (network.download_limit, "down"))
    held = [f"{size(limit)}/s {way}" for limit, way in limits if limit]
    if held:
        _row(table, "limited to", ", ".join(held))


def _data_text(sentences: tuple[Sentence, Sentence | None]) -> str:
    return ", ".join(one.text(show=_shown) for one in sentences if one is not None)


def _shown(value: object) -> object:
    return size(value) if isinstance(value, Size) else plain(value)


def _energy(energy: EnergyStatus) -> str:
    parts = [] if energy.watts is None else [f"{energy.watts:.0f} W now"]
    if energy.kwh_per_day is not None:
        parts.append(f"{energy.kwh_per_day:.2f} kWh a day")
    if energy.money_per_day is not None:
        parts.append(f"{energy.money_per_day:.2f} {energy.currency} a day")
    parts.append(f"today {energy.kwh_today:.3f} kWh")
    if energy.money_today is not None:
        parts.append(f"{energy.money_today:.2f} {energy.currency}")
    if energy.grams_co2_today is not None:
        parts.append(f"{energy.grams_co2_today / 1000:.2f} kg CO2")
    if energy.duty < 1:
        parts.append(f"computing {energy.duty:.0%} of the time")
    return ", ".join(parts)


def projects(entries: Sequence[ProjectEntry]) -> None:
    """A line a project."""
    console = Console(highlight=False)
    if not entries:
        console.print("No project joined yet. `lightwork contribute` begins with the practice project.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("", "project", "credits", "link"):
        table.add_column(heading)
    for entry in entries:
        earned = _credits(entry.verified, entry.pending, entry.rejected)
        table.add_row("*" if entry.chosen else "", Text(printable(entry.name)), earned, Text(printable(entry.link)))
    console.print(table)


def nothing(_message: object) -> None:
    """Print nothing."""


def checked(message: object) -> None:
    """A line when a step of a check has ended."""
    if isinstance(message, Checked) and message.passed is not None:
        mark, detail = "ok" if message.passed else "--", _reason(message.detail)
        line = f"{mark}  {CHECK_STEPS[message.step]}" + (f": {detail}" if detail else "")
        Console(highlight=False).print(Text(printable(line)))


def _reason(detail: str) -> str:
    """A trouble or a reason to pause as its sentence; anything else as it is."""
    with suppress(ValueError):
        return TROUBLES[Trouble(detail)]
    with suppress(ValueError):
        return PAUSE_SENTENCES[PauseReason(detail)]
    return detail


def check(report: CheckReport) -> None:
    """What a check has shown, as an estimate."""
    console = Console(highlight=False)
    table = _plain()
    if report.tokens_per_second is not None:
        _row(table, "speed", f"{report.tokens_per_second:,.0f} tokens/s of {report.parameters:,} parameters")
    if report.operations_per_day is not None:
        _row(table, "estimate", f"{in_credits(report.operations_per_day):.4g} credits a day, if it trained all day")
    console.print(table)


def offer(found: ProjectOffer) -> None:
    """What joining means."""
    console = Console(highlight=False)
    table = _plain()
    _row(table, "project", found.name + (f", by {found.team}" if found.team else ""))
    if found.summary:
        _row(table, "summary", found.summary)
    _row(table, "signed by", found.id)
    _row(table, "host", found.host)
    _row(table, "model", f"{found.architecture}, {found.parameters:,} parameters, {found.sequence:,} tokens a sequence")
    if found.status is not None:
        loss = f", held-out loss {found.status.held_out[-1].loss:.3f}" if found.status.held_out else ""
        _row(table, "now", f"round {found.status.version}, {found.status.online} online{loss}")
    _row(table, "download", f"{size(found.weights_bytes)} first, then about {size(found.down_bytes)} a round")
    _row(table, "upload", f"about {size(found.up_bytes)} a round of {found.round_seconds:,.0f} s")
    _row(table, "disk", f"up to {size(found.disk_bytes)}")
    for one in found.fits:
        verdict = "fits" if one.fits else "does not fit"
        _row(table, one.device, f"{verdict}: needs {size(one.needed)}, may use {size(one.allowed)} ({one.name})")
    console.print(table)


def stats(report: StatsReport) -> None:
    """Totals, then the newest contributions."""
    console = Console(highlight=False)
    table = _plain()
    _row(table, "credits", _credits(report.verified, report.pending, report.rejected))
    _row(table, "tokens verified", f"{report.tokens:,} in {report.receipts:,} receipts")
    _row(table, "traffic", f"{size(report.sent)} sent, {size(report.received)} received")
    _data(table, report.network)
    if report.joules:
        _row(table, "energy", f"{report.joules / 3.6e6:.3f} kWh")
    console.print(table)
    _pauses(report.pauses)
    if not report.contributions:
        return
    newest = Table(box=None, pad_edge=False)
    for heading in ("when", "round", "steps", "tokens", "size", "verdict"):
        newest.add_column(heading, justify="left" if heading in ("when", "verdict") else "right")
    for one in report.contributions:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.at))
        verdict = f"{one.state}: {one.reason}" if one.reason else one.state
        newest.add_row(
            when, str(one.base_version), str(one.steps), f"{one.tokens:,}", size(one.length), Text(printable(verdict))
        )
    console.print(newest)


def _pauses(pauses: Sequence[PauseEntry]) -> None:
    if not pauses:
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("paused at", "for", "because", "given back"):
        table.add_column(heading)
    for one in pauses[:_NEWEST_PAUSES]:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.began))
        length = "" if one.ended is None else f"{one.ended - one.began:,.0f} s"
        why = f"{one.reason}: {one.cause}" if one.cause else one.reason
        back = "" if one.memory is None or one.seconds is None else f"{size(one.memory)} in {one.seconds:.1f} s"
        table.add_row(when, length, Text(printable(why)), back)
    Console(highlight=False).print(table)


def settings(entries: Sequence[SettingEntry]) -> None:
    """A line a setting; of one alone, what it means as well."""
    console = Console(highlight=False)
    table = _plain()
    for entry in entries:
        setting = find(entry.key)
        unit = f" {setting.unit}" if setting.unit else ""
        changed = "" if entry.value == entry.default else f"   (default {quoted(entry.default)})"
        _row(table, entry.key, f"{quoted(entry.value)}{unit}{changed}")
    console.print(table)
    if len(entries) == 1:
        setting = find(entries[0].key)
        zero = f"0 means: {setting.zero}." if setting.zero else ""
        console.print(Text(" ".join(f"{setting.label}: {setting.help} {setting.typed} {zero}".split())))
        console.print(Text(f"It is {allowed(setting)}."))


def programs(found: Sequence[ProgramEntry]) -> None:
    """A line a program."""
    console = Console(highlight=False)
    table = _plain()
    for one in found:
        _row(table, one.name, f"{one.path} ({one.processes})" if one.processes > 1 else one.path)
    console.print(table)


def devices(found: Sequence[DeviceStatus]) -> None:
    """A line a device."""
    console = Console(highlight=False)
    table = _plain()
    for device in found:
        _row(table, device.id, _device(device))
    console.print(table)


def _plain() -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    return table


def _row(table: Table, label: str, text: str) -> None:
    # Text, never markup: names come from other computers.
    table.add_row(label, Text(printable(text)))


def _device(device: DeviceStatus) -> str:
    parts = [device.name]
    if device.memory_total:
        used = f"{size(device.memory_used)} of " if device.memory_used is not None else ""
        parts.append(f"{used}{size(device.memory_total)}")
    if device.load is not None:
        parts.append(f"{device.load:.0%} busy")
    if device.celsius is not None:
        parts.append(f"{device.celsius:.0f} °C")
    if device.watts is not None:
        parts.append(f"{device.watts:.0f} W")
    if device.note:
        parts.append(device.note)
    return ", ".join(parts)


def _credits(verified: int, pending: int, rejected: int) -> str:
    text = f"{in_credits(verified):.6g} verified, {in_credits(pending):.6g} pending"
    return f"{text}, {in_credits(rejected):.6g} rejected" if rejected else text


def size(number: float) -> str:
    """Bytes as a person says them."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:,.0f} {unit}" if unit == "B" else f"{number:,.1f} {unit}"
        number /= 1000
    return f"{number:,.1f} TB"
