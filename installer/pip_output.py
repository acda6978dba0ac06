"""Reads what pip prints: how far it is, and why it failed. Pure functions of pip's lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from problem import NO_SPACE

SIZED = re.compile(r"\((\d+(?:\.\d+)? [kMG]?B)\)")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass
class Reading:
    """How far one run of pip is."""

    found: int = 0
    """Packages that it has decided on so far. Their number in the end is known only when all have been looked at."""
    now: str = ""
    """The package at hand, with the size of its file where pip tells it."""
    to_install: list[str] = field(default_factory=list)
    """All packages that will be installed, once pip knows them, in its order."""

    def feed(self, line: str) -> None:
        """Take one line of pip's output."""
        line = line.strip()
        if line.startswith("Installing collected packages: "):
            self.to_install = line.split(": ", 1)[1].split(", ")
        elif line.startswith("Collecting "):
            self._next(NAME.match(line.split(" ")[1]))
        elif line.startswith("Processing "):  # a file that is on this computer already
            file = re.split(r"[/\\]", line.split(" (from ")[0])[-1]
            self._next(NAME.match(file.split("-")[0]))
        elif line.startswith(("Downloading ", "Using cached ")):
            size = SIZED.search(line)
            if size and "(" not in self.now:
                self.now = f"{self.now} ({size[1]})".strip()

    def _next(self, name: re.Match[str] | None) -> None:
        self.found += 1
        self.now = name[0] if name else ""


NO_NETWORK = (
    r"Temporary failure in name resolution|Name or service not known|nodename nor servname|getaddrinfo failed"
    r"|NameResolutionError|NewConnectionError|Failed to establish a new connection|Network is unreachable"
    r"|Connection refused|ConnectTimeoutError|ConnectionResetError|Connection aborted|Connection broken"
    r"|Read timed out|ReadTimeoutError|IncompleteRead|Max retries exceeded"
)
NO_COMPILER = (
    r"command '.*(?:gcc|cc|clang|cl\.exe).*' failed|Microsoft Visual C\+\+ .* is required"
    r"|No such file or directory: '(?:gcc|cc|clang)'"
)

REASONS: dict[str, str] = {
    r"No space left on device|Errno 28\b|WinError 112\b|Disk quota exceeded|Errno 122\b": NO_SPACE,
    r"certificate verify failed|CERTIFICATE_VERIFY_FAILED|SSLError": (
        "The package index cannot be trusted: its certificate could not be verified. Check this computer's clock, "
        "and whether a proxy stands between it and the network (ask who runs the network)."
    ),
    r"ProxyError|Cannot connect to proxy|407 Proxy Authentication": (
        "The network's proxy refuses the connection. Check the settings HTTP_PROXY and HTTPS_PROXY."
    ),
    r"Permission denied|Errno 13\b|WinError 5\b|Access is denied": (
        "Permission denied while installing. This folder and everything in its .venv must belong to you; "
        "on Windows, also close every program that uses it."
    ),
    NO_NETWORK: "The package index cannot be reached. Check the network and start again; what was fetched is kept.",
    r"50[0234] Server Error|429 Client Error|Too Many Requests": (
        "The package index is out of order or overloaded. Start again in a few minutes."
    ),
    r"DO NOT MATCH THE HASHES|BadZipFile|is not a valid wheel|has an invalid wheel": (
        "A package arrived damaged. Start again; if it happens again, empty pip's cache: python3 -m pip cache purge"
    ),
    r"requires a different Python": (
        "A package is not made for this version of Python. Delete the folder .venv and start with another Python."
    ),
    r"from versions: none\)\s+.*No matching distribution found for": (
        "No package index has {found}. Either none can be reached: check the network and start again. "
        "Or that package does not exist for this computer and this Python."
    ),
    r"No matching distribution found for": (
        "A package is not to be had for this computer and this Python: {found}. "
        "Another version of Python may help: delete the folder .venv and start with that one."
    ),
    r"ResolutionImpossible|conflicting dependencies": (
        "The packages contradict each other. Delete the folder .venv and start again."
    ),
    NO_COMPILER: (
        "A package would have to be compiled here, and that failed. Another version of Python may help: "
        "delete the folder .venv and start with that one."
    ),
    r"MemoryError|Cannot allocate memory|Errno 12\b": "The memory is full. Close some programs and start again.",
    r"No module named pip\b": "pip is missing in .venv. Delete the folder .venv and start again.",
}
"""Patterns of pip's output and what they mean. The first that matches anywhere wins: causes before what follows from
them (pip ends a network failure with `No matching distribution found`)."""


def reason(lines: Iterable[str], status: int) -> str:
    """Say in a sentence why pip failed. `status` is its exit status, negative for a signal."""
    text = "\n".join(lines)
    for pattern, sentence in REASONS.items():
        if match := re.search(pattern, text):
            rest = text[match.end() :].splitlines()
            return sentence.format(found=rest[0].strip() if rest and rest[0].strip() else "unnamed")
    if status == -9:
        return "The system ended pip, mostly because the memory was full. Close some programs and start again."
    if status < 0:
        return f"Something ended pip (signal {-status}). Start again."
    return f"pip failed with exit status {status}, for a reason that this installer does not know."
