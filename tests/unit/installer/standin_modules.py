"""Stand-ins for the standard library's venv and for pip, written to a folder that PYTHONPATH names.

They leave behind on disk what the real ones leave, in the same order, and stop at named points: there they kill or
interrupt the installer (their parent process) or wait, as the environment variable AT says: `kill:metadata-b`,
`interrupt:metadata-b`, `wait:metadata-b`. After `kill` they go on as if nothing had happened, like an orphaned pip.
"""

from pathlib import Path

SHARED = '''
import fcntl, os, signal, sys, time
from pathlib import Path

NOTES = Path(os.environ["NOTES"])
ACTION, _, PLACE = os.environ.get("AT", "").partition(":")

def alone():
    """Note if another stand-in works at this moment; the lock lasts as long as the process."""
    file = open(NOTES / "witness", "w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        (NOTES / "overlap").touch()
    return file

def point(name):
    with open(NOTES / "points", "a") as file:
        file.write(name + "\\n")
    if name != PLACE:
        return
    if ACTION == "wait":
        (NOTES / "waiting").touch()
        while not (NOTES / "go").exists():
            time.sleep(0.02)
    elif ACTION == "interrupt":
        os.kill(os.getppid(), signal.SIGINT)
        time.sleep(60)
    elif ACTION == "kill":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(1.0)  # a busy computer takes a while to notice

def install(site, name, files):
    """As pip does it: the files, METADATA, then the programs, INSTALLER and at last RECORD."""
    info = site / f"{name}-1.0.dist-info"
    rows = []
    for number, text in enumerate(files):
        path = site / name / f"part{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
        point(f"file{number}-{name}")
        path.write_text(text)
        rows.append(f"{name}/{path.name},,{len(text)}")
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Name: {name}")
    (info / "RECORD").write_text("\\n".join(rows) + "\\n")
    point(f"metadata-{name}")
    if name == "lightwork":
        program = Path(os.environ["VENV_FOLDER"]) / "bin" / "lightwork"
        program.write_text("#!/bin/sh\\necho program \\"$@\\"; echo home $LIGHTWORK_HOME; exit 5\\n")
        program.chmod(0o755)
    (info / "INSTALLER").write_text("pip")
    rows.append(f"{info.name}/INSTALLER,,3")
    point(f"record-{name}")
    (info / "RECORD").write_text("\\n".join(rows) + "\\n")
'''

VENV = """
from standin import *

if __name__ == "__main__":
    witness = alone()
    folder = Path(sys.argv[1])
    version = "python%d.%d" % sys.version_info[:2]
    point("venv-begun")
    base = Path(sys._base_executable)
    (folder / "pyvenv.cfg").write_text(f"home = {base.parent}\\ninclude-system-site-packages = false\\n")
    (folder / "bin").mkdir()
    point("venv-without-python")
    (folder / "bin" / "python").symlink_to(base)
    site = folder / "lib" / version / "site-packages"
    site.mkdir(parents=True)
    point("venv-without-pip")
    install(site, "pip", ["one", "two"])
    point("venv-made")
"""

PIP = """
from standin import *

if __name__ == "__main__":
    witness = alone()
    site = next(Path(os.environ["VENV_FOLDER"]).glob("lib/python*/site-packages"))
    if "PIP_SAYS" in os.environ:
        sys.exit("Collecting a\\n" + os.environ["PIP_SAYS"])
    print("Collecting a>=1\\n  Downloading a-1.0-py3-none-any.whl (1.0 MB)\\nCollecting b\\nCollecting c")
    point("pip-begun")
    wanted = [name for name in "abc" if not (site / f"{name}-1.0.dist-info" / "METADATA").exists()] + ["lightwork"]
    print("Installing collected packages: " + ", ".join(wanted))
    for name in wanted:
        install(site, name, ["x" * 1000, "y" * 2000])
    point("pip-done")
    print("Successfully installed " + " ".join(wanted))
"""

POINTS = [
    "venv-begun",
    "venv-without-python",
    "venv-without-pip",
    "file1-pip",
    "metadata-pip",
    "venv-made",
    "pip-begun",
    "file0-a",
    "file1-b",
    "metadata-b",
    "record-b",
    "metadata-lightwork",
    "record-lightwork",
    "pip-done",
]
"""Points to stop at, one of each kind."""


def write(folder: Path) -> None:
    """Put the stand-ins into a folder for PYTHONPATH."""
    folder.mkdir()
    for name, text in {"standin": SHARED, "venv": VENV, "pip": PIP}.items():
        (folder / f"{name}.py").write_text(text)
