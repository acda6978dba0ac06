"""Where Lightwork keeps its files: one folder, so that a person can find, back up and delete it."""

import os
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "LIGHTWORK_HOME"


@dataclass(frozen=True, slots=True)
class Places:
    """Paths under one home folder. Nothing is created here."""

    home: Path

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.home / "settings.toml"

    @property
    def ledger(self) -> Path:
        """The volunteer's own record of contributions, receipts and traffic."""
        return self.home / "ledger.sqlite"

    @property
    def door(self) -> Path:
        """Port and token of the running node; only its owner can read it."""
        return self.home / "node.json"

    @property
    def lock(self) -> Path:
        """Held by the one running node."""
        return self.home / "node.lock"

    @property
    def logs(self) -> Path:
        """Log files, JSON lines."""
        return self.home / "logs"

    @property
    def practice(self) -> Path:
        """The practice project's host."""
        return self.home / "practice"

    @property
    def power_limits(self) -> Path:
        """Power limits of graphics cards that held before Lightwork's own."""
        return self.home / "power-limits.json"

    @property
    def intent(self) -> Path:
        """What the node was told to do, for the time after a restart."""
        return self.home / "intent.json"

    def project(self, project_id: str) -> Path:
        """Downloaded files and training state of one project."""
        return self.home / "projects" / project_id


def places() -> Places:
    """The folder named by LIGHTWORK_HOME, else the system's place for a program's data."""
    chosen = os.environ.get(HOME_VARIABLE)
    if chosen:
        return Places(Path(chosen).expanduser().absolute())
    return Places(usual_home())


def usual_home() -> Path:
    """The system's place for this program's data."""
    import platformdirs  # noqa: PLC0415  only needed without LIGHTWORK_HOME; costs 20 ms

    return Path(platformdirs.user_data_dir("Lightwork", appauthor=False))
