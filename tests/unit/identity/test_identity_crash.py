"""A process killed while it makes the account: at every one of its steps on the disk, and with no room on it."""

import json
import os
import subprocess
import sys

import pytest

# The child dies at the step whose number it is given: a step is anything that the interpreter reports about a file in
# the home folder just before it does it. Its keyring is a folder, so that what it kept outlives it.
CHILD = """
import os, pathlib, sys
home, ring, last = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])

import filelock, keyring
from keyring.backend import KeyringBackend
from keyring.backends import fail
from lightwork.identity.store import load_or_create

class FolderRing(KeyringBackend):
    priority = 1
    def get_password(self, service, username):
        path = ring / username
        return path.read_text() if path.exists() else None
    def set_password(self, service, username, password):
        (ring / username).write_text(password)

keyring.set_keyring(FolderRing() if ring.exists() else fail.Keyring())
steps = 0

def watch(event, args):
    global steps
    if event in {"open", "os.rename", "os.remove", "os.mkdir", "os.chmod", "os.scandir", "os.listdir"}:
        if any(str(arg).startswith((str(home), str(ring))) for arg in args):
            steps += 1
            if steps == last:
                os._exit(9)

sys.addaudithook(watch)
first, second = load_or_create(home).account, load_or_create(home).account
assert first == second
print(first, flush=True)
"""


def run(home, ring, last):
    return subprocess.run(
        [sys.executable, "-c", CHILD, str(home), str(ring), str(last)], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("with_ring", [False, True], ids=["file", "keyring"])
def test_killed_at_any_step_there_is_no_account_or_a_whole_one(tmp_path, with_ring):
    step = 0
    finished = False
    while not finished:
        step += 1
        home, ring = tmp_path / f"home-{step}", tmp_path / f"ring-{step}"
        if with_ring:
            ring.mkdir()
        killed = run(home, ring, step)
        finished = killed.returncode == 0
        assert finished or killed.returncode == 9, killed.stderr
        marker = home / "identity.json"
        account = json.loads(marker.read_text())["account"] if marker.exists() else None
        again = run(home, ring, 0)
        assert again.returncode == 0, again.stderr
        assert account in (None, again.stdout.strip())
        secrets = [path.name for path in home.iterdir() if path.name.endswith((".key", ".part"))]
        assert [name for name in secrets if ".identity.key." in name] == []
        assert ("identity.key" in secrets) is not with_ring
    assert step > 6  # else the hook saw nothing of the work


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_killed_in_the_middle_of_a_write_there_is_no_account(tmp_path):
    import resource  # noqa: PLC0415

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))  # SIGXFSZ is ignored by Python: the write fails

    home = tmp_path / "home"
    cut = subprocess.run(
        [sys.executable, "-c", CHILD, str(home), str(tmp_path / "absent"), "0"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=small_files,
    )
    assert cut.returncode == 1
    assert "File too large" in cut.stderr
    assert {path.name for path in home.iterdir()} <= {"identity.lock"}
    assert run(home, tmp_path / "absent", 0).returncode == 0


def test_what_a_killed_process_left_half_written_is_swept_away(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / ".identity.key.x7.part").write_bytes(b"half a k")
    assert run(home, tmp_path / "absent", 0).returncode == 0
    assert {path.name for path in home.iterdir()} - {"identity.lock"} == {"identity.json", "identity.key"}


def test_the_environment_of_the_child_is_this_one():
    # the steps above mean something only if the child imports the code under test
    import lightwork.identity.store as here  # noqa: PLC0415

    code = "import lightwork.identity.store as s; print(s.__file__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == here.__file__
