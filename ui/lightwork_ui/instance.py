"""One window per home folder: a second start raises the first one's window, hands over its link, and ends.

Lines of UTF-8 over a local socket: `raise` is answered by `raised`, `link LINK` by `taken`. What else comes is passed
over, so that windows of different versions get on.
"""

import hashlib
import os
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from lightwork_ui.arguments import is_link

PATIENCE_MS = 1000  # with the other window, and then with its answer about the link
CALLER_MS = 5000  # a caller says what it wants at once
LONGEST_CALL = 16_384  # bytes, of all that one caller says
_RAISE, _RAISED = b"raise\n", b"raised\n"
_LINK, _TAKEN = b"link ", b"taken\n"


def channel(home: Path) -> str:
    """The name of the local socket of a home folder, in the user's own runtime folder where the system has one."""
    name = "lightwork-" + hashlib.sha256(os.fsencode(home.absolute())).hexdigest()[:16]
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return str(Path(runtime, name)) if runtime and Path(runtime).is_dir() else name


def raise_other(home: Path, link: str = "") -> bool:
    """Whether another window of this home folder answered that it has come forward. It is given the link as well."""
    socket = QLocalSocket()
    socket.connectToServer(channel(home))
    if not socket.waitForConnected(PATIENCE_MS):
        return False
    given = is_link(link)
    socket.write(_RAISE + (_LINK + link.encode() + b"\n" if given else b""))
    # Only an answer counts: one that hangs, or is something else, must not keep a person from a window.
    answered = _hears(socket, _RAISED)
    if answered and given:
        _hears(socket, _RAISED + _TAKEN)  # an older window comes forward, and knows of no links
    socket.abort()
    return answered


def _hears(socket: QLocalSocket, expected: bytes) -> bool:
    """Wait until the other one has said this from the beginning on, and leave it to be read."""
    deadline = QDeadlineTimer(PATIENCE_MS)
    while socket.bytesAvailable() < len(expected):
        left = deadline.remainingTime()
        if left <= 0 or not socket.waitForReadyRead(left):
            break
    return bool(socket.peek(len(expected)).data() == expected)


class Instance(QObject):
    """Listens for later starts."""

    raiseAsked = Signal()  # noqa: N815  Qt's way of naming
    linkGiven = Signal(str)  # noqa: N815

    def __init__(self, home: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._callers: dict[QLocalSocket, int] = {}  # and how many bytes each has said
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(channel(home))  # left by a window that crashed
        self.listening = self._server.listen(channel(home))
        self._server.newConnection.connect(self._greet)

    def close(self) -> None:
        """Stop listening."""
        self._server.close()
        for socket in list(self._callers):
            socket.abort()

    def _greet(self) -> None:
        while self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            self._callers[socket] = 0
            socket.setReadBufferSize(LONGEST_CALL)
            socket.readyRead.connect(self._answer)
            socket.disconnected.connect(self._forget)
            QTimer.singleShot(CALLER_MS, socket, socket.abort)
        self._answer()
        self._forget()  # who was gone before it was listened to gives no sign any more

    def _answer(self) -> None:
        asked: list[str] = []
        for socket in list(self._callers):
            # Who turns out to be gone when it, or another one, is answered, is forgotten meanwhile.
            while socket in self._callers and socket.canReadLine():
                line = bytes(socket.readLine(LONGEST_CALL + 1).data())
                self._callers[socket] += len(line)
                asked += self._heed(socket, line)
            if self._callers.get(socket, 0) + socket.bytesAvailable() >= LONGEST_CALL:
                socket.abort()
        # Only now: whoever hears this may open a dialog, and callers come and go meanwhile.
        for link in asked:
            if link:
                self.linkGiven.emit(link)
            else:
                self.raiseAsked.emit()

    def _heed(self, socket: QLocalSocket, line: bytes) -> list[str]:
        """Answer a line; gives the link that it is about, empty for coming forward, or nothing at all."""
        if line == _RAISE:
            asked, answer = "", _RAISED
        else:
            asked, answer = line.removeprefix(_LINK).decode(errors="replace").strip(), _TAKEN
            if not line.startswith(_LINK) or not is_link(asked):
                return []
        socket.write(answer)
        socket.flush()
        return [asked]

    def _forget(self) -> None:
        gone = QLocalSocket.LocalSocketState.UnconnectedState
        for socket in [socket for socket in self._callers if socket.state() == gone]:
            del self._callers[socket]
            socket.deleteLater()
