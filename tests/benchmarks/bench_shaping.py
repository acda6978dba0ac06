"""How well limits and allowances of traffic are kept: `python tests/benchmarks/bench_shaping.py [SECONDS]`.

Volunteers send contributions to a real host over the loopback and download its model, both at once, under limits of 1,
10 and 50 Mbit/s, for SECONDS (10) each. Bytes are counted at the other end of a relay, whose own buffers are small; CPU
is of host, relay and volunteers together. Then two allowances are used up, by a node's own meter and ledger. Prints two
tables.
"""

import asyncio
import logging
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from helpers.wide_project import WideHost, wide_host
from lightwork.history.ledger import Ledger
from lightwork.node.bandwidth import Bandwidth
from lightwork.node.meter import Meter
from lightwork.protocol.client import ProjectClient
from lightwork.protocol.project import Contribution
from lightwork.protocol.shaping import Shaper
from lightwork.settings.declared import NETWORK_MONTH_GB
from lightwork.settings.store import Settings

MBIT = 125_000.0  # bytes a second
RATES = (1.0, 10.0, 50.0)  # Mbit/s
VOLUNTEERS = 8
ALLOWANCES = (0.01, 0.03)  # GB
_BUFFER = 8 << 10  # what the relay has sent and nobody received; it counts that as passed


@dataclass
class Gauge:
    """Bytes that passed the relay, with their times: up, down."""

    marks: tuple[list[tuple[float, int]], list[tuple[float, int]]] = field(default_factory=lambda: ([], []))

    def passed(self, way: int, size: int) -> None:
        """So many have passed now."""
        self.marks[way].append((time.monotonic(), size))

    def total(self, way: int, since: float, until: float) -> int:
        """Bytes in a stretch of time."""
        return sum(size for at, size in self.marks[way] if since <= at < until)

    def busiest_second(self, way: int, since: float, until: float) -> int:
        """The most bytes in any second."""
        marks = [mark for mark in self.marks[way] if since <= mark[0] < until]
        most = inside = first = 0
        for at, size in marks:
            inside += size
            while marks[first][0] <= at - 1.0:
                inside -= marks[first][1]
                first += 1
            most = max(most, inside)
        return most


@asynccontextmanager
async def relay(port: int, gauge: Gauge) -> AsyncIterator[int]:
    """A relay to that port. Yields its own."""
    loop = asyncio.get_running_loop()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    tasks: set[asyncio.Task[None]] = set()

    async def carry(source: socket.socket, target: socket.socket, way: int) -> None:
        with suppress(OSError):
            while piece := await loop.sock_recv(source, 1 << 14):
                await loop.sock_sendall(target, piece)
                gauge.passed(way, len(piece))
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    async def serve(near: socket.socket) -> None:
        with near, socket.socket() as far:
            for one in (near, far):
                one.setblocking(False)
            near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
            await loop.sock_connect(far, ("127.0.0.1", port))
            await asyncio.gather(carry(near, far, 0), carry(far, near, 1))

    async def accept() -> None:
        while True:
            near, _ = await loop.sock_accept(listener)
            tasks.add(asyncio.create_task(serve(near)))

    tasks.add(asyncio.create_task(accept()))
    yield listener.getsockname()[1]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    listener.close()


async def prepared(host: WideHost, shaper: Shaper) -> list[tuple[ProjectClient, Contribution, Path]]:
    """Volunteers who are ready to send."""
    ready = []
    for _ in range(VOLUNTEERS):
        client = host.client(lambda sent, received: None, shaper=shaper)
        await client.__aenter__()
        ready.append((client, *await host.contribution(client)))
    return ready


async def measure(folder: Path, seconds: float) -> None:
    """The first table."""
    gauge, shaper = Gauge(), Shaper()
    heading = [f"{way:>7} {'':>9} {'busiest second':>14}" for way in ("up", "down")]
    print(f"{'asked for':>12} | {heading[0]} | {heading[1]} | {'CPU':>4}")
    async with wide_host(folder, width=512, layers=4) as host, relay(host.port, gauge) as port:
        host.port = port
        ready = await prepared(host, shaper)
        file = (await host.checkpoint(ready[0][0])).files[0]
        for rate in RATES:
            shaper.limit(up=rate * MBIT, down=rate * MBIT)
            await asyncio.sleep(1.0)
            began, used = time.monotonic(), time.process_time()
            up = [asyncio.create_task(client.upload(message, path)) for client, message, path in ready]
            down = [asyncio.create_task(ready[0][0].download(file, folder / f"weights-{rate}"))]
            await asyncio.wait([*up, *down], timeout=seconds)
            busy = (time.process_time() - used) / (time.monotonic() - began)
            cells = []
            for way, work in enumerate((up, down)):
                ended = all(task.done() for task in work)  # there was no more to send
                until = gauge.marks[way][-1][0] if ended else time.monotonic()
                got = gauge.total(way, began, until) / (until - began) / MBIT
                busiest = gauge.busiest_second(way, began, until) / MBIT
                cells.append(f"{got:7.2f} {got / rate - 1:+9.1%} {busiest / rate - 1:+14.1%}")
            for task in (*up, *down):
                task.cancel()
            await asyncio.wait([*up, *down])
            print(f"{rate:5.0f} Mbit/s | {cells[0]} | {cells[1]} | {busy:4.0%}")
        shaper.limit(up=0, down=0)
        for client, _, _ in ready:
            await client.__aexit__(None, None, None)


async def use_up(folder: Path) -> None:
    """The second table."""
    print(f"\n{'allowance':>12} | {'used':>12} {'of it':>8} | {'at the other end':>17}")
    for allowed in ALLOWANCES:
        home = folder / f"{allowed:g}"
        home.mkdir()
        gauge, ledger = Gauge(), Ledger.open(home / "ledger.sqlite")
        meter = Meter(ledger)
        settings = Settings().with_value(NETWORK_MONTH_GB, allowed)
        rules = Bandwidth(meter, ledger, lambda settings=settings: settings)
        rules.look()
        async with wide_host(home / "host", width=512, layers=4) as host, relay(host.port, gauge) as port:
            host.port = port
            async with host.client(meter.counter("p"), shaper=meter.shaper) as client:
                file = (await host.checkpoint(client)).files[0]
                load = asyncio.create_task(client.download(file, home / "weights"))
                used = -1
                while used != meter.use.month:
                    used = meter.use.month
                    await asyncio.sleep(0.5)
                load.cancel()
                await asyncio.wait([load])
            rules.look()
            passed = sum(size for way in gauge.marks for _, size in way)
        cap = allowed * 1e9
        used = f"{meter.use.month / 1e6:9.3f} MB {meter.use.month / cap:8.2%}"
        print(f"{allowed * 1000:9.0f} MB | {used} | {passed / cap:17.2%}")
        ledger.close()


async def main(seconds: float) -> None:
    """Both."""
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # that transfers are cut is no news here
    with tempfile.TemporaryDirectory() as folder:
        await measure(Path(folder) / "rates", seconds)
        await use_up(Path(folder))


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0))
