"""Build the stand-in for NVML and let Lightwork read it through the real pynvml, in a process of its own.

pynvml keeps the library that it loaded, so every run starts a fresh interpreter whose library path leads to the stub.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightwork

SOURCE = Path(__file__).with_name("nvml_stub.c")
LIBRARY = "libnvidia-ml.so.1"
GIB = 2**30

# Reads once for each step of the plan; a step may change the script and turn the clock.
READER = """
import dataclasses, json, os, pathlib, sys
from lightwork.hardware.nvidia import NvidiaSource

now = 0.0
source = NvidiaSource(clock=lambda: now)
for step in json.load(sys.stdin):
    now += step["advance"]
    pathlib.Path(os.environ["NVML_STUB"]).write_text(step["script"])
    try:
        result = {"devices": [dataclasses.asdict(device) for device in source.read()]}
    except Exception as error:
        result = {"error": type(error).__name__, "text": str(error)}
    result["pynvml"] = "pynvml" in sys.modules
    print(json.dumps(result), flush=True)
source.close()
source.close()
"""


@dataclass(frozen=True, kw_only=True)
class Card:
    """One card of the script."""

    name: str = "NVIDIA GeForce RTX 4090"
    total: int = 24 * GIB
    used: int = 1 * GIB
    load: int = 37
    celsius: int = 61
    milliwatts: int = 123_456


@dataclass(frozen=True, kw_only=True)
class Step:
    """One read: the cards, the failing calls as (function, code[, index]), and seconds passed before it."""

    cards: tuple[Card, ...] = ()
    failures: tuple[tuple[str | int, ...], ...] = ()
    advance: float = 1.0
    unloaded: bool = False

    @property
    def script(self) -> str:
        lines = [f"device {c.total} {c.used} {c.load} {c.celsius} {c.milliwatts} {c.name}" for c in self.cards]
        lines += ["fail " + " ".join(map(str, failure)) for failure in self.failures]
        lines += ["unload"] * self.unloaded
        return "\n".join(lines) + "\n"


def compiler() -> str | None:
    """The system's C compiler, if it has one."""
    return shutil.which("cc")


def build(folder: Path) -> Path:
    """Compile the stub into `folder`; return the library."""
    command = compiler()
    assert command is not None
    library = folder / LIBRARY
    subprocess.run([command, "-shared", "-fPIC", "-Wall", "-Werror", "-o", library, SOURCE], check=True)
    return library


def read(library: Path | None, folder: Path, *steps: Step) -> list[dict[str, Any]]:
    """Read once for each step; without a library as on a computer that has none. Each result holds devices or error."""
    environment = {
        name: value for name, value in os.environ.items() if name not in {"LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"}
    }
    environment |= {
        "NVML_STUB": str(folder / "nvml_script"),
        "PYTHONPATH": str(Path(lightwork.__file__).parents[1]),
        "PYTHONWARNINGS": "error",
    }
    if library is not None:
        environment |= {"LD_LIBRARY_PATH": str(library.parent), "DYLD_LIBRARY_PATH": str(library.parent)}
    plan = json.dumps([{"script": step.script, "advance": step.advance} for step in steps])
    command = [sys.executable, "-c", READER]
    done = subprocess.run(command, input=plan, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
