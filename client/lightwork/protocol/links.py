"""Join links: `lightwork://HOST[:PORT]/PROJECT-ID`."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lightwork.domain.errors import LightworkError, Trouble

_PROJECT = re.compile("[a-z2-7]{32}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class JoinLink:
    """Where a project's host is, and which key the project must have."""

    host: str
    port: int | None
    project: str

    def __str__(self) -> str:
        return f"lightwork://{self.authority}/{self.project}"

    @property
    def authority(self) -> str:
        """Host and port, as they stand in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """True for a host on this very computer."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def url(self) -> str:
        """The address of the project's wire. Only the loopback may do without encryption."""
        return f"{'http' if self.loopback else 'https'}://{self.authority}/v1/{self.project}"


def parse_link(text: str) -> JoinLink:
    """Read a link as a person pasted it. Raises LINK_INVALID."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise LightworkError(Trouble.LINK_INVALID, text[:200]) from None
    project = parts.path.strip("/").lower()
    extras = parts.query or parts.fragment or parts.username or parts.password
    if parts.scheme.lower() != "lightwork" or extras or not _PROJECT.fullmatch(project) or not _is_host(host):
        raise LightworkError(Trouble.LINK_INVALID, text[:200])
    return JoinLink(host, port, project)


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(_HOST.fullmatch(host)) and len(host) <= 253
    return True
