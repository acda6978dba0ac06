"""Build the stand-in for NVML and let Lightwork read it through the real pynvml, in a process of its own.

pynvml keeps the library that it loaded, so every run starts a fresh interpreter whose library path leads to the stub.

For a whole program, a node say, the stub is a driver: `Driver(library, folder)` gives the environment to start it with,
and changes the cards while it runs.
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

# Reads once for each step of the plan; a step may change the script and turn the clock, and asks what it names.
READER = """
import dataclasses, json, os, pathlib, sys
from lightwork.hardware.nvidia import NvidiaSource

now = 0.0
source = NvidiaSource(clock=lambda: now, wall=lambda: 1000.0 + now)

def plain(value):
    if isinstance(value, list):
        return [plain(part) for part in value]
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value

for step in json.load(sys.stdin):
    now += step["advance"]
    pathlib.Path(os.environ["NVML_STUB"]).write_text(step["script"])
    try:
        result = {"devices": plain(source.read())}
        result["answers"] = [plain(getattr(source, name)(*arguments)) for name, *arguments in step["questions"]]
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
    limits: tuple[int, int, int] | None = None  # milliwatts: the power limit, and its bounds


@dataclass(frozen=True, kw_only=True)
class User:
    """A process on a card. `kind`: "c" computes, "g" draws, "cg" both, "holder" computes as long as it lives."""

    process: int
    memory: int = GIB  # -1: not told, as on Windows
    load: int = 0  # percent, in a sample that is always new; -1: no sample
    kind: str = "c"
    device: int = 0

    @property
    def line(self) -> str:
        if self.kind == "holder":
            return f"holder {self.device} {self.process} {self.memory} {self.load}"
        return f"process {self.device} {self.process} {self.memory} {self.load} {self.kind}"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One read: the cards, the failing calls as (function, code[, index]), and seconds passed before it.

    `samples` are (device, process, microseconds, percent). `questions` are asked of the source after the read, as
    (method, arguments...).
    """

    cards: tuple[Card, ...] = ()
    failures: tuple[tuple[str | int, ...], ...] = ()
    advance: float = 1.0
    unloaded: bool = False
    users: tuple[User, ...] = ()
    samples: tuple[tuple[int, int, int, int], ...] = ()
    questions: tuple[tuple[str | int, ...], ...] = ()

    @property
    def script(self) -> str:
        lines = [f"device {c.total} {c.used} {c.load} {c.celsius} {c.milliwatts} {c.name}" for c in self.cards]
        lines += [
            "power " + " ".join(map(str, (index, *card.limits)))
            for index, card in enumerate(self.cards)
            if card.limits is not None
        ]
        lines += [user.line for user in self.users]
        lines += ["sample " + " ".join(map(str, sample)) for sample in self.samples]
        lines += ["fail " + " ".join(map(str, failure)) for failure in self.failures]
        lines += ["unload"] * self.unloaded
        return "\n".join(lines) + "\n"


class Driver:
    """The stub as the driver of a whole program, which is to be started with `environment`."""

    def __init__(self, library: Path, folder: Path, step: Step | None = None) -> None:
        """`library` is what `build` made; the script is kept in `folder`. Without a step there is no card yet."""
        self._library = library
        self._script = folder / "nvml_script"
        self.show(step or Step())

    @property
    def environment(self) -> dict[str, str]:
        """Variables that lead a program to this driver; to be added to its own."""
        folder = str(self._library.parent)
        return {"NVML_STUB": str(self._script), "LD_LIBRARY_PATH": folder, "DYLD_LIBRARY_PATH": folder}

    def show(self, step: Step) -> None:
        """From now on the program sees these cards and processes. It never reads half of them."""
        draft = self._script.with_suffix(".draft")
        draft.write_text(step.script)
        draft.replace(self._script)

    @property
    def limits(self) -> list[tuple[int, int]]:
        """Power limits that the program has set, in order: device, milliwatts."""
        file = self._script.with_name(self._script.name + ".limits")
        lines = file.read_text().splitlines() if file.exists() else []
        return [(int(device), int(milliwatts)) for device, milliwatts in (line.split() for line in lines)]


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
    plan = json.dumps([{"script": s.script, "advance": s.advance, "questions": s.questions} for s in steps])
    command = [sys.executable, "-c", READER]
    done = subprocess.run(command, input=plan, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
