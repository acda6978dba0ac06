"""Computers of a test on links of their own: rate up and down, delay, loss, and a cable that can be pulled.

    with connected({"host": Shape(), "slow": Shape(up=1e6, down=5e6, delay=0.02, loss=0.001)}) as links:
        with links.inside("slow"):
            subprocess.Popen(...)                     # runs on that computer
        links.cut("slow"), links.mend("slow"), links.traffic("slow")

As root on Linux each computer is a network namespace with one interface, a TUN device whose other end this process
holds: a router in user space takes packet after packet through the sender's queue, the delay and the receiver's queue.
So it is the system's own TCP that meets loss and full queues, and the interface's own counters that count the bytes,
all headers included. Kernels without `tbf` and `netem` do. A namespace ends with the last program in it, also where
this process was killed.

Elsewhere `connected` says what is missing and falls back to relays on the loopback: pieces of a TCP stream are held
back as the rate and the delay ask, a lost packet is a stall of the time after which TCP sends again, a cut is a broken
connection, and only payload is counted. `Links.door` is how a host is reached in either case.
"""

import ctypes
import fcntl
import heapq
import itertools
import json
import os
import random
import selectors
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_NETWORK = "10.77.0."
_DEVICE = "link0"
_MTU = 1500
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_CLONE_NEWNET = 0x40000000
# A queue before a link holds so many seconds of it, as a home router's does, but at least some packets.
_QUEUE_SECONDS, _QUEUE_BYTES = 0.3, 16 * _MTU


@dataclass(frozen=True, slots=True)
class Shape:
    """One computer's link: bits per second (None: no limit), one-way seconds, and the share of packets that is lost."""

    up: float | None = None
    down: float | None = None
    delay: float = 0.0
    loss: float = 0.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes that a computer has sent and received."""

    sent: int
    received: int

    def since(self, before: "Traffic") -> "Traffic":
        """What came on top."""
        return Traffic(self.sent - before.sent, self.received - before.received)


class Line:
    """One direction of a link: a queue that is served at a rate. Pure; the clock is an argument."""

    def __init__(self, rate: float | None) -> None:
        self.rate = rate
        self._free = 0.0

    def passes(self, size: int, now: float) -> float | None:
        """When the last bit of so many bytes has left, if they come now; None if the queue is full."""
        if self.rate is None:
            return now
        waiting = max(0.0, self._free - now)
        if waiting > max(_QUEUE_SECONDS, _QUEUE_BYTES * 8 / self.rate):
            return None
        self._free = now + waiting + size * 8 / self.rate
        return self._free


class Links(Protocol):
    """Computers and their links, whichever way they are made."""

    shaped: bool  # False: relays, which count payload only

    def inside(self, name: str) -> AbstractContextManager[object]:
        """What this thread starts or connects meanwhile, it starts or connects on that computer."""

    def address(self, name: str) -> str:
        """The address under which the others reach it."""

    def door(self, name: str, host: str, port: int) -> tuple[str, int]:
        """Where this computer finds what the host serves at this port."""

    def cut(self, name: str) -> None:
        """Pull the cable."""

    def mend(self, name: str) -> None:
        """And put it back."""

    def shape(self, name: str, shape: Shape) -> None:
        """Another link from now on."""

    def traffic(self, name: str) -> Traffic:
        """Since the beginning."""


@contextmanager
def connected(shapes: Mapping[str, Shape], seed: int = 1) -> Iterator[Links]:
    """Computers by name, joined for as long as the context lasts."""
    missing = lacking()
    if missing:
        print(f"no network namespaces here ({missing}): relays on the loopback instead", file=sys.stderr)
        from helpers.relays import Relays  # noqa: PLC0415  it needs the definitions above

        with Relays(shapes, seed) as relays:
            yield relays
        return
    made = Namespaces(seed)
    try:
        for name, shape in shapes.items():
            made.add(name, shape)
        yield made
    finally:
        made.close()


def lacking() -> str:
    """What is missing for network namespaces; empty if nothing is."""
    if sys.platform != "linux":
        return "they are Linux's"
    if os.geteuid() != 0:
        return "run as root, or within `unshare --map-root-user --net --mount`"
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun: modprobe tun"
    return "" if any(Path(folder, "ip").exists() for folder in os.get_exec_path()) else "there is no `ip`: iproute2"


@dataclass(slots=True)
class _Computer:
    number: int
    anchor: "subprocess.Popen[bytes]"  # a process that keeps the namespace, and ends with this one
    device: int
    up: Line
    down: Line
    shape: Shape
    cut: bool = False


class Namespaces:
    """A star of network namespaces round a router in this process."""

    shaped = True

    def __init__(self, seed: int = 1) -> None:
        self._computers: dict[str, _Computer] = {}
        self._router = _Router(random.Random(seed))
        self._router.start()

    def add(self, name: str, shape: Shape) -> None:
        """One more computer."""
        number = len(self._computers) + 1
        anchor = subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        device = -1
        try:
            _until_apart(anchor.pid)
            temporary = f"lw{os.getpid()}-{number}"[:15]
            device = _open_tun(temporary)
            _ip("link", "set", temporary, "netns", str(anchor.pid), "name", _DEVICE)
            computer = _Computer(number, anchor, device, Line(shape.up), Line(shape.down), shape)
            with _in_namespace(anchor.pid):
                _ip("link", "set", "lo", "up")
                _ip("address", "add", f"{_NETWORK}{number}/24", "dev", _DEVICE)
                _ip("link", "set", _DEVICE, "mtu", str(_MTU), "up")
        except BaseException:
            _end(anchor)
            if device >= 0:
                os.close(device)
            raise
        self._computers[name] = computer
        self._router.join(computer)

    def close(self) -> None:
        """End all of it."""
        self._router.end()
        for computer in self._computers.values():
            _end(computer.anchor)
            os.close(computer.device)

    def inside(self, name: str) -> AbstractContextManager[object]:
        """As `Links`."""
        return _in_namespace(self._computers[name].anchor.pid)

    def address(self, name: str) -> str:
        """As `Links`."""
        return f"{_NETWORK}{self._computers[name].number}"

    def door(self, name: str, host: str, port: int) -> tuple[str, int]:
        """As `Links`."""
        return self.address(host), port

    def cut(self, name: str) -> None:
        """As `Links`: not one packet passes."""
        self._computers[name].cut = True

    def mend(self, name: str) -> None:
        """As `Links`."""
        self._computers[name].cut = False

    def shape(self, name: str, shape: Shape) -> None:
        """As `Links`."""
        computer = self._computers[name]
        computer.up.rate, computer.down.rate, computer.shape = shape.up, shape.down, shape

    def traffic(self, name: str) -> Traffic:
        """As `Links`, by the interface's counters: IP and TCP headers are in it."""
        with self.inside(name):
            shown = json.loads(_ip("-s", "-j", "link", "show", "dev", _DEVICE))
        counters = shown[0]["stats64"]
        return Traffic(counters["tx"]["bytes"], counters["rx"]["bytes"])


class _Router(threading.Thread):
    """Carries packets between TUN devices: the sender's line, the delay and the loss of both, the receiver's line."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(name="router", daemon=True)
        self._chance = chance
        self._selector = selectors.DefaultSelector()
        self._by_number: dict[int, _Computer] = {}
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._reader, self._writer = os.pipe()  # a byte in it wakes the router
        self._selector.register(self._reader, selectors.EVENT_READ)
        self._joining: list[_Computer] = []
        self._ending = False

    def join(self, computer: _Computer) -> None:
        """One more computer."""
        self._joining.append(computer)
        os.write(self._writer, b"j")

    def end(self) -> None:
        """Carry nothing any more."""
        self._ending = True
        os.write(self._writer, b"e")
        super().join()
        self._selector.close()
        os.close(self._reader)
        os.close(self._writer)

    def run(self) -> None:
        """As threading.Thread."""
        while not self._ending:
            wait = max(0.0, self._due[0][0] - time.monotonic()) if self._due else None
            for key, _ in self._selector.select(wait):
                if key.fd == self._reader:
                    os.read(self._reader, 1 << 10)
                    self._admit()
                else:
                    self._take(key.data)
            while self._due and self._due[0][0] <= time.monotonic():
                heapq.heappop(self._due)[2]()

    def _admit(self) -> None:
        while self._joining:
            computer = self._joining.pop()
            self._by_number[computer.number] = computer
            self._selector.register(computer.device, selectors.EVENT_READ, computer)

    def _take(self, sender: _Computer) -> None:
        for _ in range(64):  # then the others have their turn
            try:
                packet = os.read(sender.device, _MTU + 100)
            except OSError:  # BlockingIOError: that was all. Others: the interface is down
                return
            receiver = self._receiver(packet)
            now = time.monotonic()
            if receiver is None or self._lost(sender) or self._lost(receiver):
                continue
            left = sender.up.passes(len(packet), now)
            if left is not None:
                arrives = left + sender.shape.delay + receiver.shape.delay
                self._at(arrives, lambda r=receiver, p=packet, t=arrives: self._arrive(r, p, t))  # type: ignore[misc]

    def _arrive(self, receiver: _Computer, packet: bytes, now: float) -> None:
        passed = receiver.down.passes(len(packet), now)
        if passed is not None:
            self._at(passed, lambda: self._deliver(receiver, packet))

    def _deliver(self, receiver: _Computer, packet: bytes) -> None:
        if not receiver.cut:
            with suppress(OSError):
                os.write(receiver.device, packet)

    def _receiver(self, packet: bytes) -> _Computer | None:
        if len(packet) < 20 or packet[0] >> 4 != 4:  # IPv6's own chatter
            return None
        return self._by_number.get(packet[19])

    def _lost(self, computer: _Computer) -> bool:
        return computer.cut or (computer.shape.loss > 0 and self._chance.random() < computer.shape.loss)

    def _at(self, when: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (when, next(self._order), action))


def _open_tun(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return device


def _until_apart(process: int) -> None:
    """Wait until a process has its own network namespace."""
    ours, deadline = Path("/proc/self/ns/net").readlink(), time.monotonic() + 10
    while True:
        try:
            apart = Path(f"/proc/{process}/ns/net").readlink() != ours
        except FileNotFoundError:  # it has ended
            apart = False
        if apart:
            return
        if time.monotonic() > deadline or not _runs(process):
            raise RuntimeError("`unshare --net` does not work here")
        time.sleep(0.01)


def _runs(process: int) -> bool:
    """Whether a child still runs; it is not waited for."""
    return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def _end(anchor: "subprocess.Popen[bytes]") -> None:
    assert anchor.stdin is not None
    anchor.stdin.close()
    anchor.wait()


@contextmanager
def _in_namespace(process: int) -> Iterator[None]:
    """This thread, and what it starts, in the namespace of that process."""
    libc = ctypes.CDLL(None, use_errno=True)

    def enter(descriptor: int) -> None:
        if libc.setns(descriptor, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")

    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/proc/{process}/ns/net", os.O_RDONLY)
    try:
        enter(there)
        try:
            yield
        finally:
            enter(home)
    finally:
        os.close(there)
        os.close(home)


def _ip(*arguments: str) -> str:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout
