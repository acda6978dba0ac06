"""Running a host: the service, the listening socket and the guard under one parent, until it is told to end."""

import asyncio
import logging
import os
import signal
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from aiohttp import web

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.host.address import join_link, listen
from lightwork.host.app import Edge
from lightwork.host.guard import Gate, GuardLimits
from lightwork.host.metrics import Metrics
from lightwork.host.service import Service
from lightwork.host.settings import HostSettings

_PATIENCE = 1.0  # seconds that requests under way get at the end; all of them can be made again


def log_to_stderr() -> None:
    """For a process whose business is hosting."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)


async def serve(folder: Path, *, port: int | None, announce: Callable[[str], None], end_with_stdin: bool) -> None:
    """Serve the project in a folder until SIGTERM, SIGINT or, if asked for, the end of stdin.

    `announce` is called with the join link once the host listens. `port` overrides the settings; 0 is any free one.
    Raises PORT_IN_USE, and what `Service.open` raises.
    """
    service = await Service.open(folder)
    try:
        with (
            listen(folder, service.settings, port, keep=service.manifest.practice) as sock,
            EndWish(end_with_stdin) as end,
        ):
            await _run(service, sock, announce, end)
    finally:
        await service.close()


async def _run(service: Service, sock: socket.socket, announce: Callable[[str], None], end: asyncio.Event) -> None:
    link = join_link(service.settings, sock.getsockname()[1], service.manifest.project)
    try:
        async with asyncio.TaskGroup() as group, edge(service, sock) as gate:
            tasks = [group.create_task(service.run()), group.create_task(gate.run())]
            announce(str(link))
            await end.wait()
            for task in tasks:
                task.cancel()
    except ExceptionGroup as errors:
        # One failed and the others were ended for it: that one is what happened.
        raise errors.exceptions[0] from None


@asynccontextmanager
async def edge(service: Service, sock: socket.socket, limits: GuardLimits | None = None) -> AsyncIterator[Gate]:
    """Answer requests on a bound socket while the context lasts."""

    def handler() -> asyncio.Protocol:
        assert runner.server is not None  # set up below, before anybody connects
        return runner.server()

    gate = Gate(handler, limits)
    metrics = Metrics(service.counters, gate)
    runner = web.AppRunner(
        Edge(service, gate, metrics).application(),
        access_log=None,
        auto_decompress=False,
        keepalive_timeout=gate.limits.idle,
        shutdown_timeout=_PATIENCE,
    )
    await runner.setup()
    context = _tls(service.settings)
    server = await asyncio.get_running_loop().create_server(
        gate, sock=sock, backlog=256, ssl=context, ssl_handshake_timeout=gate.limits.first_byte if context else None
    )
    try:
        yield gate
    finally:
        server.close()
        await runner.cleanup()


def _tls(settings: HostSettings) -> ssl.SSLContext | None:
    if not settings.tls_certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    except OSError as error:  # ssl.SSLError is one
        raise LightworkError(Trouble.SETTINGS_INVALID, f"tls_certificate, tls_key: {error}") from None
    return context


class EndWish:
    """An event for the wish to end, from a signal or from stdin."""

    def __init__(self, with_stdin: bool) -> None:
        self._with_stdin = with_stdin
        self._event = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._before: dict[int, object] = {}

    def __enter__(self) -> asyncio.Event:
        for number in (signal.SIGTERM, signal.SIGINT):
            # Plain handlers work on Windows too; asyncio wakes up for them by itself.
            if threading.current_thread() is threading.main_thread():
                self._before[number] = signal.signal(number, lambda *_: self._set())
        if self._with_stdin:
            threading.Thread(target=self._read, name="stdin", daemon=True).start()
        return self._event

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]  # what signal() itself returned

    def _set(self) -> None:
        with suppress(RuntimeError):  # the loop has ended already
            self._loop.call_soon_threadsafe(self._event.set)

    def _read(self) -> None:
        # Not sys.stdin: its lock, held by a thread that reads, would stop the interpreter from ending.
        with suppress(OSError):
            while os.read(0, 1 << 12):
                pass
        self._set()
