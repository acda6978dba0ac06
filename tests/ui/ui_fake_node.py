"""A node for the window: a real server that speaks the control wire."""

import os
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QHostAddress, QTcpServer, QTcpSocket

from lightwork.domain.status import NodeStatus
from lightwork.protocol import control


class FakeNode(QObject):
    """Greets whoever knows the token, sends what a test gives it, and keeps what it was sent."""

    def __init__(self, door: Path) -> None:
        super().__init__()
        self.door, self.token = door, control.new_token()
        self.received: list[control.FromClient] = []
        self.replies: dict[type, Any] = {}  # the fields of a reply, or what makes them of the message
        self.silent: set[type] = set()  # commands that a test answers by itself
        self.first_status: NodeStatus | None = NodeStatus()
        self.welcome = control.encode(control.Welcome(version=control.VERSION, program="test", process=os.getpid()))
        self.sockets: list[QTcpSocket] = []
        self.server = QTcpServer(self)
        self.server.newConnection.connect(self._accept)

    def open(self) -> bool:
        """Listen, and publish the door; as a launcher it always succeeds."""
        if not self.server.isListening():
            self.server.listen(QHostAddress(QHostAddress.SpecialAddress.LocalHost))
            control.write_door(self.door, control.Door(self.server.serverPort(), self.token, os.getpid()))
        return True

    def die(self) -> None:
        """End without a word, as a killed process does: the door file stays."""
        self.server.close()
        for socket in self.sockets:
            socket.abort()
        self.sockets.clear()

    def say(self, status: NodeStatus) -> None:
        self.write(control.encode(control.Snapshot(status=status)))

    def write(self, line: bytes) -> None:
        for socket in self.sockets:
            socket.write(line)
            socket.flush()

    def commands(self) -> list[control.FromClient]:
        return [message for message in self.received if not isinstance(message, control.Hello)]

    def _accept(self) -> None:
        while (socket := self.server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(lambda socket=socket: self._forget(socket))

    def _forget(self, socket: QTcpSocket) -> None:
        if socket in self.sockets:
            self.sockets.remove(socket)

    def _read(self, socket: QTcpSocket) -> None:
        while socket.canReadLine():
            message = control.decode_from_client(socket.readLine().data())
            self.received.append(message)
            if isinstance(message, control.Hello):
                if message.token != self.token:
                    socket.abort()
                    return
                self.sockets.append(socket)
                socket.write(self.welcome)
                if self.first_status is not None:
                    socket.write(control.encode(control.Snapshot(status=self.first_status)))
            elif type(message) not in self.silent:
                reply = self.replies.get(type(message), {})
                fields = reply(message) if callable(reply) else reply
                socket.write(control.encode(control.Reply(id=message.id, **fields)))
