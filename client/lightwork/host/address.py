"""Where a host listens, and the join link that leads there."""

import errno
import socket
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from lightwork.disk.durable import replace_file
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.host.settings import HostSettings
from lightwork.protocol.links import JoinLink

PORT_FILE = "port"  # in a practice project's folder: the port of its last start
_IN_USE = {errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", errno.EADDRINUSE)}


def listen(folder: Path, settings: HostSettings, port: int | None, *, keep: bool) -> socket.socket:
    """A bound socket. With `keep`, "any port" means that of the last start if it is free, so that the link stays."""
    wanted = settings.port if port is None else port
    remembered = remembered_port(folder) if keep and not wanted else None
    if remembered is not None:
        with suppress(LightworkError):
            return bind(settings.address, remembered)
    sock = bind(settings.address, wanted)
    if keep:
        replace_file(folder / PORT_FILE, str(sock.getsockname()[1]).encode())
    return sock


def remembered_port(folder: Path) -> int | None:
    """The port that a practice project had at its last start, if there was one."""
    try:
        port = int((folder / PORT_FILE).read_bytes())
    except (OSError, ValueError):
        return None
    return port if 0 < port < 1 << 16 else None


def bind(address: str, port: int) -> socket.socket:
    """Bind a TCP socket. Raises PORT_IN_USE, or SETTINGS_INVALID for an address that this computer does not have."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise LightworkError(Trouble.SETTINGS_INVALID, f"address {address}: {error}") from None
    sock = socket.socket(family, kind, protocol)
    try:
        if sys.platform == "win32":
            # There the other option would let two programs share a port.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(place)
        # Listening already here shows a port that is in use before anything else is started.
        sock.listen(256)
    except OSError as error:
        sock.close()
        if error.errno in _IN_USE or (sys.platform == "win32" and error.errno == errno.EACCES):
            raise LightworkError(Trouble.PORT_IN_USE, f"port {port}") from None
        raise LightworkError(Trouble.SETTINGS_INVALID, f"{address} port {port}: {error}") from None
    sock.setblocking(False)
    return sock


def join_link(settings: HostSettings, port: int | None, project: str) -> JoinLink:
    """Where volunteers find the project: the public address, else the one that is listened on."""
    if settings.public_url:
        parts = urlsplit(settings.public_url)
        return JoinLink((parts.hostname or "").lower(), parts.port, project)
    if settings.address in ("0.0.0.0", "::", ""):  # noqa: S104  compared, not bound
        return JoinLink(socket.gethostname().lower(), port, project)
    return JoinLink(settings.address, port, project)
