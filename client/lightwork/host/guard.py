"""Who may hold a connection, and for how long: aiohttp bounds neither the wait for a request nor its pace.

`Pace` and `Admission` only keep account and are told the time. `Gate` makes a connection's protocol, which forwards
everything to aiohttp's and keeps its pace.
"""

import asyncio
import ipaddress
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardLimits:
    """Times in seconds, rates in bytes a second."""

    first_byte: float = 10.0  # from connecting to the first byte
    head: float = 15.0  # from a request's first byte to the end of its head
    body_grace: float = 10.0
    body_rate: float = 1024.0  # on average, after the grace
    stuck: float = 300.0  # an answer of which nothing is taken. A system's own buffers empty in lumps of a megabyte
    idle: float = 75.0  # between two requests
    connections: int = 1024
    per_address: int = 64  # a campus may sit behind one address
    sweep: float = 1.0


class Stage(StrEnum):
    """What a connection is waiting for."""

    SILENT = "silent"
    HEAD = "head"
    BODY = "body"
    ANSWER = "answer"
    IDLE = "idle"


class Pace:
    """One connection's account."""

    def __init__(self, limits: GuardLimits, now: float) -> None:
        self._limits = limits
        self._since = now
        self._bytes = 0
        self._unsent: int | None = None  # bytes that wait to be sent; None while the other end keeps up
        self._unsent_since = now
        self.stage = Stage.SILENT

    def _enter(self, stage: Stage, now: float) -> None:
        self.stage, self._since, self._bytes = stage, now, 0

    def received(self, size: int, now: float) -> None:
        """Bytes came in."""
        if self.stage in (Stage.SILENT, Stage.IDLE):
            self._enter(Stage.HEAD, now)
        self._bytes += size

    def request(self, now: float) -> None:
        """A head is complete, and its request is being answered."""
        self._enter(Stage.ANSWER, now)

    def body(self, now: float) -> None:
        """The handler begins to read the body."""
        self._enter(Stage.BODY, now)

    def body_read(self, now: float) -> None:
        """The handler has the body."""
        self._enter(Stage.ANSWER, now)

    def answered(self, now: float) -> None:
        """The handler is done."""
        self._enter(Stage.IDLE, now)

    def unsent(self, size: int | None, now: float) -> None:
        """So much waits to be sent; None once the other end has caught up."""
        if self._unsent is None or size is None or size < self._unsent:
            self._unsent_since = now
        if self._unsent is not None and size is None:
            self._since = now
        self._unsent = size

    @property
    def blocked(self) -> bool:
        """True while the other end does not keep up."""
        return self._unsent is not None

    def overdue(self, now: float) -> str | None:
        """Why this connection should be cut, if it should."""
        if self._unsent is not None:
            return "stuck" if now - self._unsent_since > self._limits.stuck else None
        waited = now - self._since
        match self.stage:
            case Stage.SILENT:
                late = waited > self._limits.first_byte
            case Stage.HEAD:
                late = waited > self._limits.head
            case Stage.BODY:
                late = self._bytes < (waited - self._limits.body_grace) * self._limits.body_rate
            case Stage.IDLE:
                late = waited > self._limits.idle
            case Stage.ANSWER:
                late = False  # it is the host that is awaited
        return self.stage.value if late else None


class Admission:
    """Counts connections, all and by address. The own computer is exempt from the second, since proxies are there."""

    def __init__(self, limits: GuardLimits) -> None:
        self._limits = limits
        self._by_network: Counter[str] = Counter()
        self.connections = 0

    def admit(self, address: str) -> bool:
        """Take a place, if there is one."""
        network = network_of(address)
        if self.connections >= self._limits.connections:
            return False
        if network is not None and self._by_network[network] >= self._limits.per_address:
            return False
        self.connections += 1
        if network is not None:
            self._by_network[network] += 1
        return True

    def leave(self, address: str) -> None:
        """Give a place back."""
        self.connections -= 1
        network = network_of(address)
        if network is not None:
            self._by_network[network] -= 1
            if not self._by_network[network]:
                del self._by_network[network]


def network_of(address: str) -> str | None:
    """What counts as one address: an IPv4 address, or the 64 bits that an IPv6 subscriber has. None for loopback."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.is_loopback:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(found)


class Gate:
    """A factory of protocols for `create_server`."""

    def __init__(
        self,
        handlers: Callable[[], asyncio.Protocol],
        limits: GuardLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = limits or GuardLimits()
        self.handlers = handlers
        self.clock = clock
        self.admission = Admission(self.limits)
        self.cut: Counter[str] = Counter()  # connections ended, by reason
        self._open: dict[asyncio.BaseProtocol, GuardedConnection] = {}

    @property
    def connections(self) -> int:
        """How many there are now."""
        return self.admission.connections

    def __call__(self) -> "GuardedConnection":
        """A protocol for one connection."""
        return GuardedConnection(self)

    def pace_of(self, handler: asyncio.BaseProtocol | None) -> Pace | None:
        """The pace of the connection that this handler serves; None once the connection is gone."""
        connection = self._open.get(handler) if handler is not None else None
        return connection.pace if connection is not None else None

    def opened(self, handler: asyncio.Protocol, connection: "GuardedConnection") -> None:
        """A connection was admitted."""
        self._open[handler] = connection

    def closed(self, handler: asyncio.Protocol) -> None:
        """An admitted connection is gone."""
        self._open.pop(handler, None)

    def sweep(self) -> None:
        """Cut all connections that are overdue."""
        now = self.clock()
        for connection in list(self._open.values()):
            connection.look(now)

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(self.limits.sweep)
            self.sweep()


class GuardedConnection(asyncio.Protocol):
    """Forwards to aiohttp's protocol, and books what passes."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._inner: asyncio.Protocol | None = None  # None: turned away
        self._transport: asyncio.Transport | None = None
        self._address = ""
        self.pace = Pace(gate.limits, gate.clock())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As asyncio.Protocol."""
        assert isinstance(transport, asyncio.Transport)
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if isinstance(peer, tuple) else ""
        if not self._gate.admission.admit(self._address):
            self._gate.cut["too_many"] += 1
            transport.abort()
            return
        self._transport = transport
        self._inner = self._gate.handlers()
        self._gate.opened(self._inner, self)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """As asyncio.Protocol."""
        if self._inner is not None:
            self.pace.received(len(data), self._gate.clock())
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """As asyncio.Protocol."""
        return self._inner.eof_received() if self._inner is not None else None

    def pause_writing(self) -> None:
        """As asyncio.Protocol: the other end does not take what it asked for."""
        if self._inner is not None:
            assert self._transport is not None
            self.pace.unsent(self._transport.get_write_buffer_size(), self._gate.clock())
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """As asyncio.Protocol."""
        if self._inner is not None:
            self.pace.unsent(None, self._gate.clock())
            self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """As asyncio.Protocol."""
        if self._inner is not None:
            self._gate.admission.leave(self._address)
            self._gate.closed(self._inner)
            self._inner.connection_lost(exc)

    def look(self, now: float) -> None:
        """Cut the connection if it is overdue."""
        assert self._transport is not None
        if self.pace.blocked:
            self.pace.unsent(self._transport.get_write_buffer_size(), now)
        reason = self.pace.overdue(now)
        if reason is not None:
            self._gate.cut[reason] += 1
            # Not close(): that would wait for what the other end never takes.
            self._transport.abort()
