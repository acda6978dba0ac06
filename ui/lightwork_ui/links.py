"""Join links as they come to a widget: pasted, or dropped on it."""

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from lightwork_ui.arguments import LONGEST_LINK

__all__ = ["LONGEST_LINK", "PLACEHOLDER", "LinkTarget", "link_in"]

_SCHEME = "lightwork://"
PLACEHOLDER = "lightwork://example.org/…"


def link_in(data: QMimeData | None) -> str:
    """The join link that something dropped or pasted holds; else nothing. An empty clipboard may have no data."""
    if data is None:
        return ""
    for text in (*(url.toString() for url in data.urls()[:1]), data.text()):
        found = text[: LONGEST_LINK + 1].strip()
        if found.lower().startswith(_SCHEME) and len(found) <= LONGEST_LINK and not any(c.isspace() for c in found):
            return found
    return ""


class LinkTarget:
    """A widget on which a join link may be dropped, and nothing else. It stands before Qt's class among the bases."""

    def take_link(self, link: str) -> None:
        """What is done with it."""
        raise NotImplementedError

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802  Qt's name
        """Only a join link may be dropped here."""
        if link_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Take it."""
        link = link_in(event.mimeData())
        if link:
            event.acceptProposedAction()
            self.take_link(link)
