"""How the project's model gets better, and where this computer's work is in it."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from lightwork.domain.status import LossPoint
from lightwork_ui import text
from lightwork_ui.text import DASH, tr
from lightwork_ui.theme import Theme
from lightwork_ui.widgets.chart import announce
from lightwork_ui.widgets.columns import stretch
from lightwork_ui.widgets.curve import Curve
from lightwork_ui.widgets.labels import ElidedLabel, set_text
from lightwork_ui.widgets.panel import Legend, Panel, title_label
from lightwork_ui.widgets.twin import Twin


def readable(points: Sequence[LossPoint]) -> tuple[LossPoint, ...]:
    """The points in the order of rounds, one for each, without such as cannot be drawn: a host may tell anything."""
    found = {point.version: point for point in points if abs(point.loss) < 1e9 and 0 <= point.version < 2**53}
    return tuple(found[version] for version in sorted(found))


class LossCard(Panel):
    """The held-out loss by round, with marks on rounds in which there is work of this computer."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(tr("Held-out loss"))
        self.curve = Curve(theme, tr("Held-out loss"))
        self.readout = ElidedLabel("value")
        self._points: tuple[LossPoint, ...] = ()
        self._rounds: tuple[int, ...] = ()
        self._name = ""
        self._shown: tuple[object, ...] = ()
        legend = Legend(theme)
        legend.show_entries(
            (("line", tr("loss on texts kept back from training, by round; lower is better")),
             ("mark", tr("rounds with your work")))
        )  # fmt: skip
        self.twin = Twin(self.curve, tr("Held-out loss"), legend)
        self.head.addWidget(title_label(tr("Held-out loss")))
        self.head.addWidget(stretch())
        self.head.addWidget(self.twin.button)
        self.body.addWidget(self.readout)
        self.body.addWidget(self.twin)
        self.body.addWidget(legend)
        self.curve.pointed.connect(self._read_out)

    def show_curve(self, name: str, points: Sequence[LossPoint], rounds: Sequence[int], nothing: str = "") -> None:
        """Show the curve of the project called `name`; `nothing` says why there is none."""
        points, rounds = readable(points), tuple(rounds)
        if not points and not nothing:
            nothing = tr("The project has not told its held-out loss yet.")
        if (name, points, rounds, nothing) == self._shown:
            return
        self._shown = name, points, rounds, nothing
        self._points, self._rounds, self._name = points, rounds, name
        self.curve.show_curve([(point.version, point.loss) for point in points], rounds, "" if points else nothing)
        self.twin.show_legend()
        names = (tr("Round"), tr("Held-out loss"), tr("Your rounds since the one before"))
        lines = []
        for index, point in enumerate(points):
            mine = self._mine(index)
            lines.append((text.number(point.version), _loss(point.loss), text.number(mine) if mine else DASH))
        self.twin.show_rows(names, lines[::-1])
        self.curve.setAccessibleName(self._summary() if points else nothing)
        self._read_out(self.curve.index)

    def _mine(self, index: int) -> int:
        """How many of the person's rounds lie after the point before and up to this one."""
        after = self._points[index - 1].version if index else -1
        return bisect_right(self._rounds, self._points[index].version) - bisect_left(self._rounds, after + 1)

    def _summary(self) -> str:
        first, last = self._points[0], self._points[-1]
        return tr(
            "{project}: held-out loss {first} in round {start}, {last} in round {end}. Your rounds: {mine}."
        ).format(
            project=self._name,
            first=_loss(first.loss),
            start=text.number(first.version),
            last=_loss(last.loss),
            end=text.number(last.version),
            mine=text.number(len(self._rounds)),
        )

    def _read_out(self, index: int) -> None:
        if not self._points:
            set_text(self.readout, self._name)
            return
        if not 0 <= index < len(self._points):
            words = tr("{project}: {loss} in round {round}. Your rounds: {mine}.")
            index, mine, pointed = len(self._points) - 1, len(self._rounds), False
        else:
            words = tr("Round {round}: {loss}. Your rounds since the point before: {mine}.")
            mine, pointed = self._mine(index), True
        point = self._points[index]
        shown = words.format(
            project=self._name,
            round=text.number(point.version),
            loss=_loss(point.loss),
            mine=text.number(mine),
        )
        set_text(self.readout, shown)
        if pointed and self.curve.hasFocus():
            announce(self.curve, shown)


def _loss(value: float) -> str:
    return text.number(value, 3)
