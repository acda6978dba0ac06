"""What was done by day, week or month: four figures, of which one is drawn as bars."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QPushButton, QSizePolicy, QVBoxLayout

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import trouble_sentence
from lightwork.protocol.control import HistoryEntry, HistoryReport, Period
from lightwork_ui import periods
from lightwork_ui.measures import Measure, axis_unit, figure, measure_name, series, spoken, tick_words, totals
from lightwork_ui.style.dress import dress
from lightwork_ui.text import DASH, sentence_text, tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.bars import Bars
from lightwork_ui.widgets.chart import announce
from lightwork_ui.widgets.columns import Columns, stretch
from lightwork_ui.widgets.controls import segments
from lightwork_ui.widgets.labels import ElidedLabel, plain_label, set_text
from lightwork_ui.widgets.panel import Legend, Panel
from lightwork_ui.widgets.twin import Twin

NARROWEST_TILE = 148


class Tile(QPushButton):
    """A figure that can be chosen."""

    def __init__(self, caption: str) -> None:
        super().__init__()
        self._caption = caption
        dress(self, "tile")
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # all are as wide as one another
        self.value = ElidedLabel("title", DASH)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.S + 1, Space.M, Space.S + 1)
        column.setSpacing(2)
        for label in (plain_label("caption", caption), self.value):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(label)
        self.show_value(None)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """A button does not ask its layout."""
        return self._column.sizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """The same."""
        return self._column.minimumSize()

    def show_value(self, words: str | None) -> None:
        """Show the figure; None while it is not known."""
        set_text(self.value, DASH if words is None else words)
        said = tr("not reported") if words is None else words
        self.setAccessibleName(tr("{name}: {value}").format(name=self._caption, value=said))


class HistoryCard(Panel):
    """Shows a `HistoryReport`. `periodChosen` asks for another one."""

    periodChosen = Signal(object)  # noqa: N815  Qt's way of naming; Period

    def __init__(self, theme: Theme) -> None:
        super().__init__(tr("History"))
        self.period, self.measure = Period.DAY, Measure.CREDITS
        self._report: HistoryReport | None = None
        self.bars = Bars(theme, tr("History"))
        self.legend = Legend(theme)
        self.twin = Twin(self.bars, tr("History"), self.legend)
        self.readout = ElidedLabel("value")
        self.periods = {Period.DAY: QPushButton(tr("Day")), Period.WEEK: QPushButton(tr("Week"))}
        self.periods[Period.MONTH] = QPushButton(tr("Month"))
        self.tiles = {measure: Tile(measure_name(measure)) for measure in Measure}
        self._arrange()
        self.bars.pointed.connect(self._read_out)
        self.periods[Period.DAY].setChecked(True)
        self.tiles[Measure.CREDITS].setChecked(True)

    def _arrange(self) -> None:
        self.head.addWidget(segments(self.periods.values()))
        self.head.addWidget(stretch())
        self.head.addWidget(self.twin.button)
        self.body.addWidget(Columns(tuple(self.tiles.values()), (4, 2), NARROWEST_TILE, (4, 4, 6, 4)))
        self.body.addWidget(self.readout)
        self.body.addWidget(self.twin)
        self.body.addWidget(self.legend)
        groups = QButtonGroup(self), QButtonGroup(self)
        for period, button in self.periods.items():
            groups[0].addButton(button)
            button.clicked.connect(lambda _checked, period=period: self._choose_period(period))
        for measure, tile in self.tiles.items():
            groups[1].addButton(tile)
            tile.clicked.connect(lambda _checked, measure=measure: self.choose(measure))

    def choose(self, measure: Measure) -> None:
        """Draw another figure."""
        self.measure = measure
        self.tiles[measure].setChecked(True)
        self._draw()

    def _choose_period(self, period: Period) -> None:
        if period is not self.period:
            self.period = period
            self.periodChosen.emit(period)

    def show_report(self, report: HistoryReport) -> None:
        """Show what the node has answered. One for another period than the chosen one comes too late."""
        if report.period is self.period and report != self._report:
            self._report = report
            for measure, tile in self.tiles.items():
                tile.show_value(figure(measure, report.entries))
            self._draw()

    def show_trouble(self, trouble: Trouble) -> None:
        """Say why there is nothing to show. What is shown already stays."""
        if self._report is None:
            self.bars.show_bars((), (), (), sentence_text(trouble_sentence(trouble)))

    # --- drawing ------------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        report = self._report
        if report is None:
            return
        measure, unit, rows = self.measure, axis_unit(self.measure), series(self.measure)
        values = [tuple(max(0.0, one.value(entry) / unit) for one in rows) for entry in report.entries]
        self.bars.show_bars(
            values,
            [periods.axis_label(report.period, entry.start) for entry in report.entries],
            tick_words(measure, Bars.axis_for(values)),
            "" if any(any(row) for row in values) else _nothing(report, measure),
        )
        names = (_period_name(report.period), *(one.name for one in rows))
        lines = [
            (self._title(index), *(one.words(one.value(entry)) for one in rows))
            for index, entry in enumerate(report.entries)
        ]
        self.twin.show_rows(names, lines[::-1])  # the newest first
        self.bars.setAccessibleName(summary(report, measure))
        self._show_legend(report)
        self._read_out(self.bars.index)

    def _show_legend(self, report: HistoryReport) -> None:
        unfinished = {
            Period.DAY: tr("today, not over yet"),
            Period.WEEK: tr("this week, not over yet"),
            Period.MONTH: tr("this month, not over yet"),
        }[report.period]
        shown = [("open", unfinished)]
        if self.measure is Measure.TRAFFIC:
            shown = [("bar", tr("up: uploaded")), ("second", tr("down: downloaded")), *shown]
        self.legend.show_entries(shown)
        self.twin.show_legend()

    def _title(self, index: int) -> str:
        report = self._report
        if report is None:
            return ""
        words = periods.title(report.period, report.entries[index].start)
        return tr("{period}, so far").format(period=words) if index == len(report.entries) - 1 else words

    def _read_out(self, index: int) -> None:
        report = self._report
        if report is None or not report.entries:
            set_text(self.readout, "")
            return
        if not 0 <= index < len(report.entries):
            set_text(self.readout, periods.span(report.entries[0].start, report.entries[-1].end))
            return
        values = [one.value(report.entries[index]) for one in series(self.measure)]
        words = tr("{name}: {value}").format(name=self._title(index), value=spoken(self.measure, values))
        set_text(self.readout, words)
        if self.bars.hasFocus():
            announce(self.bars, words)


def summary(report: HistoryReport, measure: Measure) -> str:
    """The chart in one sentence, for who does not see it."""
    if not report.entries:
        return measure_name(measure)
    best = max(range(len(report.entries)), key=lambda index: _sum(report.entries[index], measure))
    return tr("{name}, {span}: {total} in all, most in: {best}, {most}.").format(
        name=measure_name(measure),
        span=periods.span(report.entries[0].start, report.entries[-1].end),
        total=spoken(measure, totals(measure, report.entries)),
        best=periods.title(report.period, report.entries[best].start),
        most=spoken(measure, totals(measure, report.entries[best : best + 1])),
    )


def _sum(entry: HistoryEntry, measure: Measure) -> float:
    return sum(one.value(entry) for one in series(measure))


def _period_name(period: Period) -> str:
    return {Period.DAY: tr("Day"), Period.WEEK: tr("Week"), Period.MONTH: tr("Month")}[period]


def _nothing(report: HistoryReport, measure: Measure) -> str:
    worked = any(entry.contributions or entry.sent or entry.seconds > 0 for entry in report.entries)
    if not worked:
        return tr("What this computer has done is shown here. Press Contribute on Home to begin.")
    if measure is Measure.ENERGY:
        return tr("No energy was measured in this time. Some devices do not tell what power they draw.")
    if measure is Measure.TRAFFIC:
        return tr("No traffic in this time.")
    return tr("No receipts in this time yet. They come some minutes after the work was sent.")
