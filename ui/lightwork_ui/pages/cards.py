"""The four cards of Home: project, this computer, network, credits."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout

from lightwork.domain.allowance import stops_at
from lightwork.domain.sentences import data_sentences, month_presses
from lightwork.domain.states import Phase
from lightwork.domain.status import EnergyStatus, NetworkStatus, NodeStatus, ProjectStatus
from lightwork.domain.untrusted import untrusted
from lightwork_ui import icons, text
from lightwork_ui.style.dress import dress
from lightwork_ui.text import DASH, tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.bar import Bar
from lightwork_ui.widgets.labels import ElidedLabel, Stat, plain_label, set_role, set_text
from lightwork_ui.widgets.sparkline import Sparkline


class Card(QFrame):
    """A titled surface with a row of figures at its foot."""

    def __init__(self, title: str, captions: tuple[str, ...]) -> None:
        super().__init__()
        dress(self, "card")
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L + 4, Space.L, Space.L + 4, Space.L)
        column.setSpacing(Space.XS)
        self.heading = QHBoxLayout()
        self.heading.addWidget(plain_label("caption", title))
        self.heading.addStretch()
        column.addLayout(self.heading)
        self.body = QVBoxLayout()
        self.body.setSpacing(Space.XS)
        column.addLayout(self.body, 1)
        column.addSpacing(Space.S)
        row = QHBoxLayout()
        row.setSpacing(Space.M)
        self.stats = tuple(Stat(caption) for caption in captions)
        for stat in self.stats:
            row.addWidget(stat, 1)
        column.addLayout(row)

    def show_stats(self, *values: str | None) -> None:
        """One value for each figure at the foot."""
        for stat, value in zip(self.stats, values, strict=True):
            stat.show_value(value)


class ProjectCard(Card):
    """Which model is trained, how far it is, and with how many."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(tr("Project"), (tr("Held-out loss"), tr("Round"), tr("Online"), tr("Your share")))
        self._practice = plain_label("pill", tr("Practice"))
        self.heading.addWidget(self._practice)
        self._name, self._summary = ElidedLabel("title"), ElidedLabel("muted")
        self._curve = Sparkline(theme)
        names = QVBoxLayout()
        names.setSpacing(Space.XS)
        names.addWidget(self._name)
        names.addWidget(self._summary)
        names.addStretch()
        row = QHBoxLayout()
        row.setSpacing(Space.L)
        row.addLayout(names, 5)
        row.addWidget(self._curve, 4)
        self.body.addLayout(row)

    def show_status(self, status: NodeStatus | None, *, live: bool) -> None:
        """Show the chosen project."""
        project = status.project if status else None
        self._practice.setVisible(project is not None and project.practice)
        if project is None:
            set_text(self._name, tr("No project yet"))
            set_text(self._summary, "")
            self.show_stats(None, None, None, None)
            self._curve.show_values((), "")
            return
        set_text(self._name, untrusted(project.name or project.id))
        set_text(self._summary, untrusted(project.summary, 300))
        losses = [point.loss for point in project.held_out]
        self.show_stats(
            text.number(losses[-1], 3) if losses else None,
            text.number(project.version),
            text.number(project.online) if live and project.online else None,
            text.percent(project.share) if project.share is not None else None,
        )
        self._curve.show_values(losses, curve_in_words(project))


def curve_in_words(project: ProjectStatus) -> str:
    """The twin in words of a curve of held-out losses."""
    if not project.held_out:
        return ""
    first, last = project.held_out[0], project.held_out[-1]
    return tr("Held-out loss: {first} in round {start}, {last} in round {end}.").format(
        first=text.number(first.loss, 3),
        start=text.number(first.version),
        last=text.number(last.loss, 3),
        end=text.number(last.version),
    )


class ComputerCard(Card):
    """The device that trains, its memory, and how hard it works."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(tr("This computer"), (tr("Load"), tr("Power"), tr("Temperature"), tr("Tokens/s")))
        self._name, self._cost = ElidedLabel("title"), ElidedLabel("muted")
        self._bar = Bar(theme, tr("Memory"))
        self._used, self._ours = ElidedLabel("muted"), ElidedLabel("muted")
        self._ours.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        words = QHBoxLayout()
        words.addWidget(self._used, 3)
        words.addWidget(self._ours, 2)
        self.body.addWidget(self._name)
        self.body.addWidget(self._cost)
        self.body.addStretch()
        self.body.addLayout(words)
        self.body.addSpacing(2)
        self.body.addWidget(self._bar)
        self.body.addStretch()

    def show_status(self, status: NodeStatus | None, *, live: bool) -> None:
        """Show the chosen device; what it does not tell is a dash."""
        device = status.device if status else None
        if status is None or device is None:
            set_text(self._name, DASH)
            set_text(self._cost, "")
            set_text(self._used, "")
            set_text(self._ours, "")
            self._bar.show_share(0)
            self.show_stats(None, None, None, None)
            return
        set_text(self._name, untrusted(device.name or device.id))
        set_text(self._cost, energy_text(status.energy))
        ours = status.training.memory_used if live and status.training.process is not None else 0
        used = device.memory_used if live else None
        known = used is not None and device.memory_total > 0
        self._bar.show_share((used or 0) / device.memory_total if known else 0, ours / max(1, device.memory_total))
        total = text.memory(device.memory_total) if device.memory_total else DASH
        set_text(
            self._used,
            tr("Memory: {used} of {total}").format(used=text.memory(used or 0), total=total)
            if known
            else tr("Memory: {total}").format(total=total),
        )
        set_text(self._ours, tr("training: {size}").format(size=text.memory(ours)) if ours else "")
        training = live and status.phase is Phase.TRAINING
        self.show_stats(
            text.percent(device.load) if live and device.load is not None else None,
            tr("{number} W").format(number=text.number(device.watts)) if live and device.watts is not None else None,
            tr("{number} °C").format(number=text.number(device.celsius))
            if live and device.celsius is not None
            else None,
            text.number(status.training.tokens_per_second) if training else None,
        )


def energy_text(energy: EnergyStatus) -> str:
    """What training draws and costs, as far as it is known; nothing if nothing is."""
    parts = []
    if energy.kwh_today >= 0.0005:
        parts.append(tr("today {number} kWh").format(number=text.significant(energy.kwh_today)))
    if energy.money_today is not None and energy.kwh_today:
        parts.append(_money(energy.money_today, energy))
    if energy.grams_co2_today is not None and energy.kwh_today:
        parts.append(tr("{number} kg CO₂").format(number=text.significant(energy.grams_co2_today / 1000)))
    if energy.money_per_day is not None:
        parts.append(tr("at this rate {money} a day").format(money=_money(energy.money_per_day, energy)))
    elif energy.kwh_per_day is not None:
        parts.append(tr("at this rate {number} kWh a day").format(number=text.significant(energy.kwh_per_day)))
    if energy.duty < 0.995:
        parts.append(tr("computing {share} of the time").format(share=text.percent(energy.duty)))
    return "  ·  ".join(parts)  # the most wanted first: a narrow card cuts the rest off


def _money(amount: float, energy: EnergyStatus) -> str:
    return f"{text.number(amount, 2)}\u00a0{untrusted(energy.currency, 8)}"


class NetworkCard(Card):
    """Bytes on the wire, now and today; and what a person allows, with what will come of it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(tr("Network"), (tr("Uploaded today"), tr("Downloaded today")))
        self._theme = theme
        self._arrows = (plain_label("word"), plain_label("word"))
        self._speeds = (ElidedLabel("figure", DASH), ElidedLabel("figure", DASH))
        self._limits = ElidedLabel("caption")
        self.heading.addWidget(self._limits)
        self._used, self._outlook = ElidedLabel("muted"), ElidedLabel("muted")
        self._outlook.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._bar = Bar(theme, tr("Data allowance"))
        self._arrange()
        theme.changed.connect(self._tint)
        self._tint()

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(Space.M)
        for arrow, speed in zip(self._arrows, self._speeds, strict=True):
            pair = QHBoxLayout()
            pair.setSpacing(Space.XS + 2)
            pair.addWidget(arrow)
            pair.addWidget(speed, 1)
            row.addLayout(pair, 1)
        words = QHBoxLayout()
        words.setSpacing(Space.M)
        words.addWidget(self._used)
        words.addWidget(self._outlook, 1)
        self.body.addStretch()
        self.body.addLayout(row)
        self.body.addStretch()
        self.body.addLayout(words)
        self.body.addSpacing(2)
        self.body.addWidget(self._bar)
        self.body.addStretch()

    def show_status(self, status: NodeStatus | None, *, live: bool) -> None:
        """Show traffic of all projects."""
        network = status.network if status else None
        now = (network.sent_per_second, network.received_per_second) if network and live else (None, None)
        for label, caption, amount in zip(self._speeds, (tr("Upload"), tr("Download")), now, strict=True):
            shown = DASH if amount is None else text.speed(amount)
            set_text(label, shown)
            spoken = tr("not reported") if amount is None else shown
            label.setAccessibleName(tr("{name}: {value}").format(name=caption, value=spoken))
        set_text(self._limits, limits_text(network) if network and live else "")
        self._show_use(network, status.at if status else 0.0)
        self.show_stats(
            *((text.size(network.sent_today), text.size(network.received_today)) if network else (None, None))
        )

    def _show_use(self, network: NetworkStatus | None, now: float) -> None:
        """This month, or this day where its allowance is the nearer one. The bar is there for an allowance only."""
        month = network is None or month_presses(network)
        use = None if network is None else network.month if month else network.day
        if use is None or not use.ends:  # a node that does not tell
            set_text(self._used, "")
            set_text(self._outlook, "")
            self._bar.hide()
            return
        used, outlook = data_sentences(use, now, month=month)
        set_text(self._used, text.sentence_text(used))
        set_text(self._outlook, text.sentence_text(outlook, day="d MMM") if outlook is not None else "")
        alarming = use.reached is not None or (use.cap > 0 and use.used >= stops_at(use.cap))
        set_role(self._outlook, "amber" if alarming else "muted")
        self._bar.setVisible(use.cap > 0)
        if use.cap > 0:
            coming = min(max(use.used, use.expected or 0), use.cap) / use.cap
            self._bar.show_share(coming, min(use.used, use.cap) / use.cap)
            self._bar.setAccessibleDescription(". ".join(filter(None, (self._used.text(), self._outlook.text()))))

    def _tint(self) -> None:
        for arrow, name in zip(self._arrows, ("up", "down"), strict=True):
            arrow.setPixmap(icons.pixmap(name, self._theme.colours.accent, 18, self.devicePixelRatioF()))


def limits_text(network: NetworkStatus) -> str:
    """The person's limits of speed that hold now; nothing if none does."""
    parts = []
    if network.upload_limit:
        parts.append(tr("↑ {speed}").format(speed=text.speed(network.upload_limit)))
    if network.download_limit:
        parts.append(tr("↓ {speed}").format(speed=text.speed(network.download_limit)))
    return tr("limited to {speeds}").format(speeds="  ".join(parts)) if parts else ""


class CreditsCard(Card):
    """What this computer's work was worth, by verdict."""

    def __init__(self) -> None:
        super().__init__(tr("Credits"), (tr("Verified"), tr("Pending"), tr("Rejected")))
        self._today = ElidedLabel("figure", DASH)
        self.body.addStretch()
        self.body.addWidget(self._today)
        self.body.addStretch()

    def show_status(self, status: NodeStatus | None) -> None:
        """Show credits of all projects. They stay true while no node answers."""
        if status is None:
            set_text(self._today, DASH)
            self.show_stats(None, None, None)
            return
        credit = status.credits
        set_text(self._today, tr("{amount} today").format(amount=text.credits_text(credit.verified_today)))
        self.show_stats(*(text.credits_text(amount) for amount in (credit.verified, credit.pending, credit.rejected)))
