"""Settings: made from their declaration, sought by any word, applied at once."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from lightwork.domain.status import DeviceStatus
from lightwork.domain.untrusted import untrusted
from lightwork.protocol import control
from lightwork.settings.declared import ALL, Kind, Setting
from lightwork.settings.declared import Page as Part
from lightwork_ui.model import Model
from lightwork_ui.pages.headed import HeadedPage
from lightwork_ui.pages.settings_changes import Changes, Value
from lightwork_ui.text import setting_text, tr
from lightwork_ui.theme import Space, Theme
from lightwork_ui.widgets.anchors import Anchors
from lightwork_ui.widgets.controls import link_button
from lightwork_ui.widgets.labels import plain_label, set_text
from lightwork_ui.widgets.search_line import SearchLine
from lightwork_ui.widgets.setting_section import Entry, Section, set_shown, still

if TYPE_CHECKING:
    from lightwork_ui.pages.settings_panels import AccountPanel, Paragraph, SensesPanel
    from lightwork_ui.widgets.setting_row import SettingRow
    from lightwork_ui.widgets.wide_fields import ProgramsField

WIDTH = 720
_PARTS = tuple(Part)


class Settings(HeadedPage):
    """The page. It asks how things stand as soon as it is seen; rows that are made later take what is known by then."""

    account: "AccountPanel"
    senses: "SensesPanel"
    projects = Signal()  # the page of the projects is wanted
    code = (
        "lightwork_ui.widgets.number_box",
        "lightwork_ui.widgets.switch",
        "lightwork_ui.widgets.field",
        "lightwork_ui.widgets.chips",
        "lightwork_ui.widgets.week",
        "lightwork_ui.widgets.wide_fields",
        "lightwork_ui.widgets.setting_row",
        "lightwork_ui.pages.settings_rows",
        "lightwork_ui.pages.settings_panels",
    )

    def __init__(self, model: Model, theme: Theme) -> None:
        super().__init__(tr("Settings"), WIDTH, tr("Undo"))
        whole = self.widget()
        assert whole is not None  # the base class has made it
        self._whole, self._model, self._theme = whole, model, theme
        self.changes = Changes(model, self)
        self.rows: dict[str, SettingRow] = {}
        self.sections: dict[Part, Section] = {}
        self._goal = ""
        self._devices: tuple[DeviceStatus, ...] = ()
        self._opened = self._expanded = self._leaping = False
        self.search = SearchLine(theme, tr("Search settings"))
        self.anchors = Anchors(tr("Sections"), [setting_text(part.value) for part in _PARTS])
        self.nothing = QWidget()
        self.nothing_label = plain_label("muted")
        self.show_all = link_button(tr("Show all settings"))
        self.restore_all = QPushButton(tr("Restore all defaults"))
        self._arrange_head()
        self._arrange_end()
        self._connect()

    def _connect(self) -> None:
        self.search.textChanged.connect(self._filter)
        self.search.left.connect(self._enter_found)
        self.show_all.clicked.connect(self._show_all)
        self.anchors.chosen.connect(lambda index: self._go_to_section(_PARTS[index]))
        self.verticalScrollBar().valueChanged.connect(self._mark_section)
        self.restore_all.clicked.connect(self._restore_all)
        self.foot.pressed.connect(self._take_back)
        self.changes.holds.connect(self._show_value)
        self.changes.refused.connect(self._put_back)
        self.changes.restoredChanged.connect(self._show_foot)
        self._model.changed.connect(self._show_status)
        self._theme.changed.connect(self._tint)
        self.completed.connect(self._take_shape)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self._find)
        self.search.setToolTip(find.key().toString(QKeySequence.SequenceFormat.NativeText))

    # --- what a page does ---------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask how things stand."""
        if not self.seen:
            return
        self._show_status()
        if self._model.live:
            self._ask()

    def rest(self) -> None:
        """Nothing that was changed waits any longer."""
        for row in self.rows.values():
            row.leave()
        self.changes.forget_restored()

    def go(self, part: str) -> None:
        """Show a setting by its key, or a section by its title, and bring the keyboard there."""
        self._goal = part
        self._settle()

    def _ask(self) -> None:
        self.changes.read()
        self._model.ask(control.AskDevices, self._take_devices, self)

    # --- what it is made of -------------------------------------------------------------------------------------------

    def parts(self) -> Iterator[None]:
        """All sections, a row at a time."""
        for index, part in enumerate(_PARTS):
            title = setting_text(part.value)
            section = self.sections[part] = Section(title, f"{title} {part.value}")
            self.column.insertWidget(index, section)
            yield
            for setting in ALL:
                if setting.page is part:
                    section.add(self._entry(setting))
                    yield
            for panel in self._panels(part):
                section.add(Entry(panel, panel.words))
                yield
            section.seal()
            self._level(part)
            yield
            if self._opened:
                self._expand_changed(part)
                yield

    def _take_shape(self) -> None:
        self._show_status()
        self._filter()
        self._allow_restoring()
        self._settle()

    def _entry(self, setting: Setting[Any]) -> Entry:
        from lightwork_ui.pages.settings_rows import make_row, words_of  # noqa: PLC0415

        row = make_row(setting, self._theme, pick_programs=self._pick_programs, choose_project=self.projects.emit)
        self.rows[setting.key] = row
        row.changed.connect(lambda value: self.changes.change(setting.key, value))
        if setting.key in self.changes.values:
            row.show_value(self.changes.values[setting.key])
        row.field.show_devices(self._devices)
        return Entry(row, words_of(setting), advanced=setting.advanced)

    def _level(self, part: Part) -> None:
        """Boxes of one section stand in line, whatever their units are."""
        from lightwork_ui.widgets.field import NumberField  # noqa: PLC0415

        fields = (row.field for row in self.rows.values() if row.field.setting.page is part)
        boxes = [field.box for field in fields if isinstance(field, NumberField)]
        widest = max((max(box.sizeHint().width(), box.minimumWidth()) for box in boxes), default=0)
        for box in boxes:
            box.setMinimumWidth(widest)

    def _panels(self, part: Part) -> "tuple[Paragraph, ...]":
        from lightwork_ui.pages import settings_panels as panels  # noqa: PLC0415

        if part is Part.ACCOUNT:
            self.account = panels.AccountPanel(self._theme)
            return (self.account,)
        if part is Part.PRIVACY:
            self.senses = panels.SensesPanel()
            return (*panels.privacy_paragraphs(), self.senses)
        return ()

    def _pick_programs(self, field: "ProgramsField") -> None:
        from lightwork_ui.pages.programs import ProgramsDialog  # noqa: PLC0415  most never need it

        dialog = ProgramsDialog(self._model, self._theme, setting_text(field.setting.label), self.window())
        dialog.chosen.connect(field.add)
        dialog.open()

    # --- values -------------------------------------------------------------------------------------------------------

    def _show_value(self, key: str, value: Value) -> None:
        if key in self.rows:
            self.rows[key].show_value(value)
        if not self._opened:
            # All values come in one turn of the loop; what differs from the default shall be seen at once.
            self._opened = True
            QTimer.singleShot(0, self, self._settle)
        self._allow_restoring()

    def _put_back(self, key: str, value: Value, why: str) -> None:
        if key in self.rows:
            self.rows[key].put_back(value, why)
        self._allow_restoring()

    def _take_devices(self, reply: control.Reply) -> None:
        self._devices = reply.devices or self._devices
        for row in self.rows.values():
            row.field.show_devices(self._devices)

    def _restorable(self) -> list[str]:
        """Keys of what differs from its default. The project is not among them: it is no matter of taste."""
        return [key for key, row in self.rows.items() if row.differs]

    def _allow_restoring(self) -> None:
        some = bool(self._restorable())
        if self.restore_all.isEnabled() != some:
            self.restore_all.setEnabled(some)

    def _restore_all(self) -> None:
        had_keyboard = self.restore_all.hasFocus()
        self.changes.restore(self._restorable())
        if had_keyboard and self.foot.button.isVisible():
            self.foot.button.setFocus(Qt.FocusReason.TabFocusReason)

    def _take_back(self) -> None:
        self.changes.take_back()
        self.restore_all.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- status -------------------------------------------------------------------------------------------------------

    def _show_status(self) -> None:
        """A new snapshot, or the node has come or gone."""
        if not self.seen:
            return
        live = self._model.live
        if self._whole.isEnabled() != live:
            focused = self.focusWidget()
            if not live and focused is not None and self._whole.isAncestorOf(focused):
                self.search.setFocus(Qt.FocusReason.OtherFocusReason)  # else it would go to another page's button
            self._whole.setEnabled(live)
            if live:
                self._ask()
        status = self._model.status
        if self.complete:
            self.account.show_status(status)
            self.senses.show_status(status)
        for row in self.rows.values():
            if row.field.setting.kind is Kind.PROJECT and status is not None and status.project is not None:
                set_text(row.help, untrusted(status.project.name, 80) or setting_text(row.field.setting.help))
        self._show_foot()

    def _show_foot(self) -> None:
        """Without a node that is what there is to say; else that all defaults were restored."""
        if not self._model.live:
            why = self._model.face().sentence
            self.say(tr("{sentence} Settings can be changed when it runs.").format(sentence=why))
        elif self.changes.restored:
            self.say(tr("All defaults restored."), offer=True)
        else:
            self.say("")

    # --- finding ------------------------------------------------------------------------------------------------------

    def _find(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _filter(self) -> None:
        wanted = self.search.text().casefold().split()
        words = untrusted(self.search.text(), 60)
        set_text(self.nothing_label, tr("Nothing found for “{words}”.").format(words=words) if wanted else "")
        with still(self.column):
            found = sum(section.search(wanted) for section in self.sections.values())
            set_shown(self.nothing, bool(wanted) and not found)
            set_shown(self._end, not wanted and self.complete)
        if wanted:
            self.verticalScrollBar().setValue(0)

    def _show_all(self) -> None:
        self.search.clear()
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def _enter_found(self) -> None:
        """From the search to the first control that was found."""
        if self.nothing.isVisible():
            self.show_all.setFocus(Qt.FocusReason.TabFocusReason)
            return
        for row in self.rows.values():
            if row.isVisible() and row.isEnabled():
                self.ensureWidgetVisible(row)
                row.field.focus.setFocus(Qt.FocusReason.TabFocusReason)
                return

    # --- going to a place ---------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Once all is there: open the sections in which something hidden differs, and go where somebody was sent."""
        if not self.complete:
            return
        if self._opened and not self._expanded:
            for part in _PARTS:
                self._expand_changed(part)
            self._expanded = True  # later a section that opens by itself would be in the way
        if self._goal and self._whole.isEnabled() and self._opened:
            goal, self._goal = self._goal, ""
            QTimer.singleShot(0, self, lambda: self._reach(goal))

    def _expand_changed(self, part: Part) -> None:
        if any(one.advanced and one.page is part and self.rows[one.key].differs for one in ALL):
            self.sections[part].expand()

    def _reach(self, part: str) -> None:
        row = self.rows.get(part)
        if row is None:
            section = next((one for one in _PARTS if part in (one.value, one.name)), None)
            if section is not None:
                self._go_to_section(section)
                self._focus_in(section)
            return
        setting = row.field.setting
        if setting.advanced:
            self.sections[setting.page].expand()
        if self.search.text():
            self.search.clear()
        row.field.reveal()
        above = Space.S if row.field.wide else self.maximumViewportSize().height() // 4
        QTimer.singleShot(0, row, lambda: self._leap(row, above))  # what was opened has its place only then
        self.anchors.mark(_PARTS.index(setting.page))

    def _go_to_section(self, part: Part) -> None:
        if part not in self.sections:
            return
        if self.search.text():
            self.search.clear()
        self._leap(self.sections[part], Space.S)
        self.anchors.mark(_PARTS.index(part))

    def _focus_in(self, part: Part) -> None:
        """The first control of a section; a section of words only takes the keyboard itself."""
        row = next((row for row in self.rows.values() if row.field.setting.page is part), None)
        target = row.field.focus if row is not None else self.account.copy_key if part is Part.ACCOUNT else None
        if target is None or not target.isEnabled():
            target = self.sections[part]
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _leap(self, widget: QWidget, above: int) -> None:
        """Scroll so that `widget` stands `above` pixels below the top."""
        self._leaping = True
        self.column.activate()
        self.verticalScrollBar().setValue(widget.mapTo(self._whole, QPoint(0, 0)).y() - above)
        self._leaping = False

    def _mark_section(self) -> None:
        """Mark the section that a person has scrolled to."""
        if self._leaping or not self.complete:
            return
        line = self.verticalScrollBar().value() + self.maximumViewportSize().height() // 3
        tops = [self.sections[part].mapTo(self._whole, QPoint(0, 0)).y() for part in _PARTS]
        at_end = self.verticalScrollBar().value() == self.verticalScrollBar().maximum()
        passed = [index for index, top in enumerate(tops) if top <= line and self.sections[_PARTS[index]].isVisible()]
        if passed:
            self.anchors.mark(len(_PARTS) - 1 if at_end and not self.search.text() else passed[-1])

    # --- layout -------------------------------------------------------------------------------------------------------

    def _arrange_head(self) -> None:
        self.search.setMaximumWidth(280)
        self.search.setMinimumWidth(140)
        self.heading.addWidget(self.search, 1)
        self.head.addWidget(self.anchors)

    def _arrange_end(self) -> None:
        nothing = QVBoxLayout(self.nothing)
        nothing.setContentsMargins(0, Space.XXL, 0, 0)
        nothing.addWidget(self.nothing_label, 0, Qt.AlignmentFlag.AlignHCenter)
        nothing.addWidget(self.show_all, 0, Qt.AlignmentFlag.AlignHCenter)
        self.nothing.hide()
        self._end = QWidget()
        row = QHBoxLayout(self._end)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.M)
        row.addWidget(self.restore_all)
        remark = plain_label("caption", tr("Your project stays the one that you chose."))
        remark.setWordWrap(True)
        row.addWidget(remark, 1)
        self.restore_all.setEnabled(False)
        self._end.hide()
        for widget in (self.nothing, self._end):
            self.column.addWidget(widget)
        self.column.addStretch()

    def _tint(self) -> None:
        for row in self.rows.values():
            row.tint()
