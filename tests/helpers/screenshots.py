"""Pictures of the window in its states: `python tests/helpers/screenshots.py OUTDIR [WIDTH HEIGHT]`.

Snapshots are invented but plausible. Each look and scale has a process of its own, since Qt reads them at its start.
"""

import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from lightwork.domain.errors import Trouble
from lightwork.domain.states import DeviceKind, PauseReason, Phase, Stage
from lightwork.domain.status import (
    CreditStatus,
    DeviceStatus,
    EnergyStatus,
    GivenBack,
    LossPoint,
    NetworkStatus,
    NodeStatus,
    Notice,
    Pause,
    Progress,
    ProjectStatus,
    TrainingStatus,
)
from lightwork_ui import translation
from lightwork_ui.link import Connection, Link
from lightwork_ui.model import Model
from lightwork_ui.theme import Theme
from lightwork_ui.window import Window

GB = 1024**3
CURVE = tuple(
    LossPoint(
        version=version, loss=round(2.62 + 2.95 / (1 + version / 26) ** 0.9 + 0.018 * ((version * 37) % 11 - 5) / 5, 4)
    )
    for version in range(0, 413, 4)
)
PROJECT = ProjectStatus(
    id="p1",
    link="lightwork://train.example.org/p1",
    name="Open Story Model",
    summary="Short stories in twelve languages",
    version=412,
    round_seconds_left=48.0,
    online=37,
    parameters=1_130_000_000,
    held_out=CURVE,
)
PRACTICE = ProjectStatus(id="p0", link="lightwork://127.0.0.1/p0", name="Practice", practice=True)
GPU = DeviceStatus(
    id="cuda:0",
    kind=DeviceKind.GPU,
    name="NVIDIA GeForce RTX 4070",
    maker="NVIDIA",
    memory_total=12 * GB,
    memory_used=int(8.4 * GB),
    load=0.97,
    celsius=64.0,
    watts=182.0,
)
CPU = DeviceStatus(
    id="cpu", kind=DeviceKind.CPU, name="AMD Ryzen 7 7840U", memory_total=32 * GB, memory_used=11 * GB, load=0.12
)
CREDITS = CreditStatus(
    verified=1_284 * 10**15,
    pending=6_150_000_000_000_000,
    rejected=0,
    verified_today=74_300_000_000_000_000,
    receipts=902,
)
BUSY = NetworkStatus(
    sent_per_second=412_000, received_per_second=1_830_000, sent_today=486_000_000, received_today=1_930_000_000
)
QUIET = NetworkStatus(sent_today=486_000_000, received_today=1_930_000_000)

ENERGY = EnergyStatus(
    watts=182.0,
    kwh_today=0.84,
    kwh_per_day=4.37,
    money_today=0.27,
    money_per_day=1.4,
    currency="EUR",
    grams_co2_today=319.0,
    duty=0.8,
)


def snapshots(now: float) -> dict[str, NodeStatus]:
    """One snapshot for each state."""
    common = {"at": now, "process": 4242, "account": "a1", "project": PROJECT, "device": GPU, "credits": CREDITS}
    training = TrainingStatus(
        device="cuda:0",
        steps=8_410,
        tokens=55_000_000,
        tokens_per_second=14_250.0,
        loss=2.71,
        memory_used=int(6.1 * GB),
        process=99,
    )
    return {
        "off": NodeStatus(at=now, device=CPU),
        "preparing": NodeStatus(
            **common,
            phase=Phase.PREPARING,
            stage=Stage.MODEL,
            progress=Progress(done=1_420_000_000, total=2_260_000_000, bytes_per_second=11_400_000),
            network=BUSY,
        ),
        "training": NodeStatus(**common, phase=Phase.TRAINING, training=training, network=BUSY, energy=ENERGY),
        "paused": NodeStatus(
            **common,
            phase=Phase.PAUSED,
            pauses=(Pause(reason=PauseReason.PERSON, since=now, until=now + 2_520),),
            network=QUIET,
        ),
        "battery": NodeStatus(
            **common, phase=Phase.PAUSED, pauses=(Pause(reason=PauseReason.ON_BATTERY, since=now),), network=QUIET
        ),
        "game": NodeStatus(
            **common,
            phase=Phase.PAUSED,
            pauses=(
                Pause(reason=PauseReason.GAME, cause="Elden Ring", source="Steam", since=now),
                Pause(reason=PauseReason.FULL_SCREEN, cause="eldenring.exe", since=now),
                Pause(reason=PauseReason.GPU_IN_USE, cause="eldenring.exe", device="cuda:0", since=now),
            ),
            network=QUIET,
            energy=ENERGY,
            given_back=GivenBack(memory=int(6.1 * GB), seconds=0.8, at=now, device="cuda:0"),
        ),
        "resuming": NodeStatus(
            **common,
            phase=Phase.PAUSED,
            pauses=(Pause(reason=PauseReason.GAME, cause="Elden Ring", source="Steam", since=now, until=now + 38),),
            network=QUIET,
        ),
        "waiting": NodeStatus(**common, phase=Phase.WAITING, stage=Stage.HOST_AWAY, retry_at=now + 40, network=QUIET),
        "trouble": NodeStatus(
            **common,
            phase=Phase.TROUBLE,
            trouble=Trouble.IDENTITY_LOCKED,
            detail="org.freedesktop.secrets: the collection is locked",
            network=QUIET,
            notices=(Notice(trouble=Trouble.TRAINER_FAILED, at=now - 60),),
        ),
    }


def take(outdir: Path, language: str, scheme: str, scale: str, size: tuple[int, int]) -> None:
    """Take all states in one look. Runs in a process of its own."""
    app = QApplication(["screenshots"])
    if "Inter" in QFontDatabase.families():
        app.setFont(QFont("Inter", 10))
    translators = translation.install(app, language, translation.chosen_locale())
    theme = Theme(app)
    theme.apply(Qt.ColorScheme.Dark if scheme == "dark" else Qt.ColorScheme.Light)
    with tempfile.TemporaryDirectory() as home:
        link = Link(Path(home, "node.json"), lambda: True)
        model = Model(link)
        window = Window(model, theme, QSettings(str(Path(home, "window.ini")), QSettings.Format.IniFormat))
        window.resize(*size)
        window.show()
        link._become(Connection.CONNECTED)
        for name, status in snapshots(time.time()).items():
            link.statusChanged.emit(status)
            for _ in range(5):
                app.processEvents()
            window.grab().save(str(outdir / f"{name}-{scheme}-{language}-{scale}.png"))
        window.ask_link()
        app.processEvents()
        window._join.grab().save(str(outdir / f"join-{scheme}-{language}-{scale}.png"))
    del translators


def main(arguments: list[str]) -> None:
    """Take every look, or the one that is named after the folder."""
    outdir = Path(arguments[0])
    outdir.mkdir(parents=True, exist_ok=True)
    size = (int(arguments[1]), int(arguments[2])) if len(arguments) >= 3 else (1000, 680)
    if len(arguments) == 6:
        take(outdir, arguments[3], arguments[4], arguments[5], size)
        return
    for language, scheme, scale in itertools.product(("en", "ru"), ("light", "dark"), ("100", "200")):
        environment = os.environ | {
            "QT_QPA_PLATFORM": "offscreen",
            "QT_SCALE_FACTOR": str(int(scale) / 100),
            "LIGHTWORK_LANGUAGE": language,
        }
        command = [sys.executable, __file__, str(outdir), *map(str, size), language, scheme, scale]
        subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
