"""A chart and its text twin in the same place: one button turns one into the other, and nothing else moves."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QStackedWidget

from lightwork_ui.text import tr
from lightwork_ui.widgets.chart import HEIGHT, Chart
from lightwork_ui.widgets.controls import link_button
from lightwork_ui.widgets.panel import Legend

if TYPE_CHECKING:
    from lightwork_ui.widgets.figures import FiguresView


class Twin(QStackedWidget):
    """Shows `chart`, or its `figures` as a table, which is made when it is first asked for.

    `legend` belongs to the chart, and keeps its place while it is not shown.
    """

    def __init__(self, chart: Chart, name: str, legend: Legend) -> None:
        super().__init__()
        self.chart, self.legend, self._name = chart, legend, name
        self.names: tuple[str, ...] = ()
        self.rows: tuple[tuple[str, ...], ...] = ()
        self._table: FiguresView | None = None
        self.addWidget(chart)
        self.button: QPushButton = link_button(tr("Show as table"))
        self.button.setAccessibleName(tr("{name}: show as table").format(name=name))
        self.button.clicked.connect(self.turn)

    def show_rows(self, names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
        """The chart's values as texts: the names of the columns, and a row for each."""
        self.names, self.rows = tuple(names), tuple(rows)
        if self._table is not None:
            self._table.figures.show_rows(self.names, self.rows)

    @property
    def table(self) -> "FiguresView | None":
        """The table, if it is shown."""
        return self._table if self.currentWidget() is self._table else None

    def show_legend(self) -> None:
        """The legend is of use only with a chart of something."""
        self.legend.setVisible(self.table is None and not self.chart.nothing)

    def turn(self) -> None:
        """Show the other one."""
        self._turn()
        self.show_legend()

    def _turn(self) -> None:
        if self.currentWidget() is not self.chart:
            self.setCurrentWidget(self.chart)
            self.button.setText(tr("Show as table"))
            self.button.setAccessibleName(tr("{name}: show as table").format(name=self._name))
            return
        if self._table is None:
            from lightwork_ui.widgets.figures import FiguresView  # noqa: PLC0415  most people look at the chart

            self._table = FiguresView(self._name, HEIGHT)
            self._table.figures.show_rows(self.names, self.rows)
            self.addWidget(self._table)
        self.setCurrentWidget(self._table)
        self.button.setText(tr("Show as chart"))
        self.button.setAccessibleName(tr("{name}: show as chart").format(name=self._name))
