"""Starting the node as a process of its own, which lives on when the window ends."""

import sys
from pathlib import Path

from PySide6.QtCore import QProcess, QProcessEnvironment

from lightwork.settings.places import HOME_VARIABLE


def node_command(executable: str = sys.executable, system: str = sys.platform) -> list[str]:
    """The command that runs a node. On Windows without the console window that python.exe would open."""
    program = Path(executable)
    if system == "win32" and program.name.lower() == "python.exe":
        quiet = program.with_name("pythonw.exe")
        program = quiet if quiet.is_file() else program
    return [str(program), "-m", "lightwork.node"]


def start_detached(command: list[str], home: Path) -> bool:
    """Run a command that outlives this process. False when the system could not start it.

    Its streams lead nowhere: it must not die of a closed terminal, and it logs into its own file.
    """
    process = QProcess()
    process.setProgram(command[0])
    process.setArguments(command[1:])
    environment = QProcessEnvironment.systemEnvironment()
    environment.insert(HOME_VARIABLE, str(home))
    process.setProcessEnvironment(environment)
    process.setStandardInputFile(QProcess.nullDevice())
    process.setStandardOutputFile(QProcess.nullDevice())
    process.setStandardErrorFile(QProcess.nullDevice())
    started = process.startDetached()
    return bool(started[0] if isinstance(started, tuple) else started)
