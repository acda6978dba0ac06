"""The installer is a folder of scripts, not a package: its modules import each other by bare names."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "installer"))
