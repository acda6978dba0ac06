"""The one door between window and node: it finds the node, starts it, and speaks the control wire.

It never waits: every step is an event of Qt's loop. What goes wrong becomes a `Connection`, never an exception.
"""

import math
import time
from collections import deque
from collections.abc import Callable
from enum import Enum
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QAbstractSocket, QHostAddress, QTcpSocket
from shiboken6 import isValid

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import control
from lightwork_ui.slices import BUDGET_S

LOOK_EVERY_MS = 150  # while a node is starting
ANSWER_WITHIN_MS = 5_000  # from the socket's opening to Welcome
START_WITHIN_S = 15.0  # a cold disk may need many seconds to load a Python program
LONGEST_PAUSE_S = 60.0
STEADY_AFTER_S = 30.0  # a connection that lived this long ends a row of failures
_READ_AT_ONCE = 1 << 16  # bytes between two turns of the event loop


class Connection(Enum):
    """How the window stands with the node."""

    STARTING = "starting"
    CONNECTED = "connected"
    RESTARTING = "restarting"  # the node was there and ended
    AWAY = "away"  # it did not start; tried again after a while
    NEWER = "newer"  # it speaks a newer control wire


class Link(QObject):
    """Keeps one connection to the node alive. `launch` starts a node and tells whether the system could do so."""

    connectionChanged = Signal(object)  # noqa: N815  Qt's way of naming; Connection
    statusChanged = Signal(object)  # noqa: N815  NodeStatus
    replyReceived = Signal(object)  # noqa: N815  control.Reply
    pieceReceived = Signal(object)  # noqa: N815  control.Said or control.Checked, before the reply
    nodeEnded = Signal()  # noqa: N815  after `quit_node`: nothing runs any more

    def __init__(self, door: Path, launch: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._door, self._launch = door, launch
        self._state = Connection.STARTING
        self._launched_at: float | None = None
        self._launched_time: float | None = None  # the same by the clock on the wall, which the node writes down
        self._failures = 0
        self._next_try = 0.0
        self._connected_at = 0.0
        self._quitting = self._closed = False
        self._too_new: control.Door | None = None
        self._knocked_at: control.Door | None = None
        self._next_id = 1
        self._waiting: set[int] = set()
        self._buffer = bytearray()
        self._lines: deque[bytes] = deque()  # read, and not yet taken
        self._greeted = False
        self._held: list[tuple[int, bytes]] = []  # commands from before the first greeting
        self._socket = QTcpSocket(self)
        self._socket.connected.connect(self._greet)
        self._socket.readyRead.connect(self._read)
        self._socket.disconnected.connect(self._gone)
        self._socket.errorOccurred.connect(self._failed)
        self._socket.setReadBufferSize(control.LONGEST_LINE)
        self._read_on = QTimer(self, singleShot=True, interval=0)
        self._read_on.timeout.connect(self._read)
        self._look_again = QTimer(self, singleShot=True)
        self._look_again.timeout.connect(self._look)
        self._answer = QTimer(self, singleShot=True, interval=ANSWER_WITHIN_MS)
        self._answer.timeout.connect(self._drop)

    @property
    def state(self) -> Connection:
        """How things stand now."""
        return self._state

    @property
    def failure(self) -> Trouble | None:
        """Why the node that was started last did not come up, if it could say so."""
        return None if self._launched_time is None else control.read_failure(self._door, self._launched_time)

    @property
    def seconds_to_next_try(self) -> float:
        """Until the node is started again, while it is away."""
        return max(0.0, self._next_try - time.monotonic())

    def open(self) -> None:
        """Begin to look for the node."""
        self._look()

    def try_now(self) -> None:
        """A person does not want to wait for the next try."""
        if not self._greeted and not self._quitting:
            self._failures, self._launched_at, self._next_try = 0, None, 0.0
            self._become(Connection.STARTING)
            self._look()

    def send(self, command: type[control.Command], **fields: object) -> int:
        """Send a command; its `Reply` comes with the id returned here. Without a node the reply is NODE_AWAY."""
        number, self._next_id = self._next_id, self._next_id + 1
        if not isValid(self):  # the program is at its very end, and a timer of something else is not
            return number
        self._waiting.add(number)
        line = control.encode(command(id=number, **fields))  # type: ignore[arg-type]
        if self._greeted:
            self._socket.write(line)
        elif self._state is Connection.STARTING and not self._closed:
            self._held.append((number, line))  # it will be there in a moment
        else:
            QTimer.singleShot(0, self, lambda: self._answer_for_node(number))
        return number

    def quit_node(self) -> None:
        """Ask the node to end, and do not start it again. One that is just starting is asked as soon as it answers."""
        self._quitting = True
        unconnected = self._socket.state() == QAbstractSocket.SocketState.UnconnectedState
        if self._greeted:
            self.send(control.Quit)
        elif self._launched_at is None and unconnected:
            self._look_again.stop()
            QTimer.singleShot(0, self, self.nodeEnded.emit)

    @property
    def starting(self) -> bool:
        """Whether a node is on its way that has not greeted yet."""
        return self._launched_at is not None and not self._greeted

    def close(self) -> None:
        """Let go of the node, which goes on."""
        self._closed = True
        self._look_again.stop()
        self._drop()

    def _look(self) -> None:
        """Knock at the door; with none, start a node and look again in a moment."""
        if self._closed or self._socket.state() != QAbstractSocket.SocketState.UnconnectedState:
            return
        try:
            door = control.read_door(self._door)
        except LightworkError:
            self._newer()
            return
        if door is not None and door == self._too_new:
            self._newer()
        elif door is None or not 0 < door.port < 65536:
            self._nobody_there()
        else:
            self._knocked_at = door
            self._buffer.clear()
            self._lines.clear()
            self._answer.start()
            self._socket.connectToHost(QHostAddress(QHostAddress.SpecialAddress.LocalHost), door.port)

    def _newer(self) -> None:
        self._become(Connection.NEWER)
        self._look_again.start(1000)

    def _nobody_there(self) -> None:
        now = time.monotonic()
        if self._closed:
            return
        late = self._launched_at is not None and now - self._launched_at > START_WITHIN_S
        if late or (self._launched_at is not None and self.failure is not None):
            self._launched_at = None
            self._fail(now)
        if self._launched_at is None and now >= self._next_try and not self._quitting:
            self._launched_at, self._launched_time = now, time.time()
            if self._state is Connection.NEWER:
                self._become(Connection.STARTING)
            if not self._launch():
                self._launched_at = None
                self._fail(now)
        # Without one under way it is still looked for, more calmly: somebody else may start it.
        self._look_again.start(LOOK_EVERY_MS if self._launched_at is not None else 1000)

    def _fail(self, now: float) -> None:
        self._failures += 1
        self._next_try = now + min(LONGEST_PAUSE_S, 2.0**self._failures)
        self._become(Connection.AWAY)

    def _greet(self) -> None:
        if self._knocked_at is not None:
            self._socket.write(control.encode(control.Hello(token=self._knocked_at.token, client="window")))

    def _failed(self, _error: QAbstractSocket.SocketError) -> None:
        # A refused connection never was one, so `disconnected` does not come.
        if self._socket.state() == QAbstractSocket.SocketState.UnconnectedState and not self._greeted:
            self._answer.stop()
            self._nobody_there()

    def _gone(self) -> None:
        self._answer.stop()
        self._take_lines(math.inf)
        for number in sorted(self._waiting):
            self._answer_for_node(number)
        if not self._greeted:
            if self._state is not Connection.NEWER:
                self._nobody_there()
            return
        self._greeted = False
        now = time.monotonic()
        self._failures = 0 if now - self._connected_at > STEADY_AFTER_S else self._failures + 1
        self._next_try = now + (0 if self._failures <= 1 else min(LONGEST_PAUSE_S, 2.0**self._failures))
        self._launched_at = None
        if self._quitting:
            self.nodeEnded.emit()
        elif not self._closed:
            self._become(Connection.RESTARTING)
            self._look_again.start(LOOK_EVERY_MS)

    def _drop(self) -> None:
        """End the connection; unless it was never made, `_gone` follows."""
        self._answer.stop()
        self._socket.abort()
        if not self._closed and not self._look_again.isActive():
            self._look_again.start(LOOK_EVERY_MS)

    def _read(self) -> None:
        """Take what has come, for a part of a turn: what a reply brings about on the screen takes its time."""
        if self._socket.isOpen():  # else it was dropped between two turns
            self._buffer += self._socket.read(_READ_AT_ONCE).data()
            *lines, rest = bytes(self._buffer).split(b"\n")
            self._buffer[:] = rest
            self._lines.extend(lines)
        self._take_lines(time.perf_counter() + BUDGET_S)
        if len(self._buffer) > control.LONGEST_LINE:
            self._drop()
        elif self._lines or self._socket.bytesAvailable():
            self._read_on.start()

    def _take_lines(self, until: float) -> None:
        status = None
        while self._lines and time.perf_counter() < until:
            message = self._decoded(self._lines.popleft())
            if isinstance(message, control.Snapshot):
                status = message.status  # of several in one turn only the newest is worth drawing
            elif isinstance(message, control.Reply) and message.id in self._waiting:
                self._waiting.discard(message.id)
                self.replyReceived.emit(message)
            elif isinstance(message, control.Said | control.Checked) and message.id in self._waiting:
                self.pieceReceived.emit(message)
            elif isinstance(message, control.Welcome):
                self._welcomed(message)
        if status is not None and self._greeted:
            self.statusChanged.emit(status)

    def _decoded(self, line: bytes) -> control.FromNode | None:
        """A message, or None for a line that is none: the next one may be."""
        try:
            message = control.decode_from_node(line)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            message = None
        if message is None and not self._greeted:
            self._drop()  # not a node
        return message

    def _welcomed(self, message: control.Welcome) -> None:
        self._answer.stop()
        if message.version > control.VERSION:
            self._too_new = self._knocked_at
            self._newer()
            self._drop()
        elif not self._greeted:
            self._greeted = True
            self._connected_at = time.monotonic()
            self._launched_at = None
            self._become(Connection.CONNECTED)
            held, self._held = self._held, []
            for _, line in held:
                self._socket.write(line)
            if self._quitting:
                self.send(control.Quit)

    def _answer_for_node(self, number: int) -> None:
        if number in self._waiting:
            self._waiting.discard(number)
            self.replyReceived.emit(control.Reply(id=number, trouble=Trouble.NODE_AWAY))

    def _become(self, state: Connection) -> None:
        if state is not self._state:
            self._state = state
            if state not in (Connection.STARTING, Connection.CONNECTED):
                held, self._held = self._held, []
                for number, _ in held:
                    self._answer_for_node(number)
            self.connectionChanged.emit(state)
