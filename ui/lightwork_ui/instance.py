"""One window per home folder: a second start raises the first one's window and ends."""

import hashlib
import os
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_PATIENCE_MS = 1000
_ASK, _YES = b"raise\n", b"raised\n"


def channel(home: Path) -> str:
    """The name of the local socket of a home folder, in the user's own runtime folder where the system has one."""
    name = "lightwork-" + hashlib.sha256(os.fsencode(home.absolute())).hexdigest()[:16]
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return str(Path(runtime, name)) if runtime and Path(runtime).is_dir() else name


def raise_other(home: Path) -> bool:
    """Whether another window of this home folder answered that it has come forward."""
    socket = QLocalSocket()
    socket.connectToServer(channel(home))
    if not socket.waitForConnected(_PATIENCE_MS):
        return False
    socket.write(_ASK)
    # Only an answer counts: one that hangs, or is something else, must not keep a person from a window.
    answered = socket.waitForReadyRead(_PATIENCE_MS) and socket.readAll().data() == _YES
    socket.abort()
    return answered


class Instance(QObject):
    """Listens for later starts."""

    raiseAsked = Signal()  # noqa: N815  Qt's way of naming

    def __init__(self, home: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._callers: list[QLocalSocket] = []
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(channel(home))  # left by a window that crashed
        self.listening = self._server.listen(channel(home))
        self._server.newConnection.connect(self._greet)

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def _greet(self) -> None:
        while self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            self._callers.append(socket)
            socket.readyRead.connect(self._answer)
            socket.disconnected.connect(self._forget)
        self._answer()

    def _answer(self) -> None:
        for socket in self._callers:
            if socket.bytesAvailable() >= len(_ASK) and socket.read(len(_ASK)).data() == _ASK:
                socket.write(_YES)
                socket.flush()
                self.raiseAsked.emit()

    def _forget(self) -> None:
        # They stay children of the server; only those that are still connected are listened to.
        connected = QLocalSocket.LocalSocketState.ConnectedState
        self._callers = [socket for socket in self._callers if socket.state() == connected]
