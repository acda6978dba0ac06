"""The account: made once, in a keyring or in a file, and never replaced by another."""

import json
import subprocess
import sys
import threading

import keyring
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordSetError

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.identity.keys import to_hex, to_pem
from lightwork.identity.store import load_or_create


class MemoryRing(KeyringBackend):
    """A keyring that works."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.entries = {}

    def get_password(self, service, username):
        return self.entries.get((service, username))

    def set_password(self, service, username, password):
        self.entries[service, username] = password


class OtherRing(MemoryRing):
    pass


class PlaintextRing(MemoryRing):
    pass


class LockedRing(MemoryRing):
    def get_password(self, service, username):
        raise KeyringLocked("locked")

    def set_password(self, service, username, password):
        raise KeyringLocked("locked")


class DeniedRing(MemoryRing):
    def set_password(self, service, username, password):
        raise PasswordSetError("no")


class CrashingRing(MemoryRing):
    """Some backends let their system's own kinds of error through, and one calls exit."""

    def get_password(self, service, username):
        raise SystemExit(1)

    set_password = get_password


class WaitingRing(MemoryRing):
    """A ring that waits for a person who is not there."""

    def __init__(self):
        super().__init__()
        self.released = threading.Event()

    def get_password(self, service, username):
        self.released.wait(60)

    def set_password(self, service, username, password):
        self.released.wait(60)


@pytest.fixture
def use():
    """Choose the keyring of this test."""
    before = keyring.get_keyring()
    waiting = []

    def choose(ring):
        keyring.set_keyring(ring)
        if isinstance(ring, WaitingRing):
            waiting.append(ring)
        return ring

    choose(fail.Keyring())
    yield choose
    for ring in waiting:
        ring.released.set()
    keyring.set_keyring(before)


def refused(home, trouble, timeout=10.0):
    """The detail with which loading is refused; nothing may change on the disk by it."""
    before = {path: path.read_bytes() for path in home.iterdir()}
    with pytest.raises(LightworkError) as caught:
        load_or_create(home, timeout=timeout)
    assert caught.value.trouble is trouble
    assert {path: path.read_bytes() for path in home.iterdir()} == before
    return caught.value.detail


def marker_of(home):
    return json.loads((home / "identity.json").read_text())


def test_the_keyring_is_preferred_and_the_disk_holds_no_secret(tmp_path, use):
    ring = use(MemoryRing())
    identity = load_or_create(tmp_path / "home")
    assert identity.encrypted
    assert identity.account == identity.key.public_key().public_bytes_raw().hex()
    secret = to_hex(identity.key)
    assert ring.entries == {("Lightwork", identity.account): secret}
    for path in (tmp_path / "home").iterdir():
        assert secret not in path.read_text()
    again = load_or_create(tmp_path / "home")
    assert (again.account, again.encrypted) == (identity.account, True)
    assert to_hex(again.key) == secret
    assert secret not in repr(again)


@pytest.mark.parametrize(
    "ring", [fail.Keyring, null.Keyring, LockedRing, DeniedRing, CrashingRing, PlaintextRing, WaitingRing]
)
def test_without_a_keyring_that_works_the_key_lies_in_a_labelled_file(tmp_path, use, ring):
    use(ring())
    identity = load_or_create(tmp_path, timeout=0.2)
    assert not identity.encrypted
    path = tmp_path / "identity.key"
    assert path.read_text().startswith("# ")
    assert "not encrypted" in path.read_text()
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600
    use(MemoryRing())  # a ring that appears later changes nothing
    again = load_or_create(tmp_path)
    assert (again.account, again.encrypted) == (identity.account, False)
    assert to_hex(again.key) == to_hex(identity.key)


def test_two_homes_are_two_accounts(tmp_path, use):
    ring = use(MemoryRing())
    one, two = load_or_create(tmp_path / "one"), load_or_create(tmp_path / "two")
    assert one.account != two.account
    assert len(ring.entries) == 2
    assert load_or_create(tmp_path / "one").account == one.account


@pytest.mark.parametrize(
    ("ring", "says"),
    [
        (LockedRing, "locked"),
        (WaitingRing, "did not answer"),
        (fail.Keyring, "No recommended backend"),
        (CrashingRing, "SystemExit"),
        (OtherRing, "OtherRing answered"),
    ],
)
def test_a_ring_that_cannot_be_read_never_costs_the_account(tmp_path, use, ring, says):
    good = use(MemoryRing())
    account = load_or_create(tmp_path).account
    use(ring())
    assert says in refused(tmp_path, Trouble.IDENTITY_LOCKED, timeout=0.2)
    use(good)
    assert load_or_create(tmp_path).account == account


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "has no entry"),
        ("", "is not an account key"),
        ("zz" * 32, "is not an account key"),
        ("ab" * 31, "is not an account key"),
        ("ab" * 32, "is not the one of account"),
    ],
)
def test_a_ring_with_a_wrong_entry_is_reported(tmp_path, use, content, says):
    ring = use(MemoryRing())
    account = load_or_create(tmp_path).account
    del ring.entries["Lightwork", account]
    if content is not None:
        ring.entries["Lightwork", account] = content
    detail = refused(tmp_path, Trouble.IDENTITY_DAMAGED)
    assert says in detail
    assert "restore it from a backup" in detail


def other_kind_of_key():
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "is missing"),
        (b"", "is damaged"),
        (b"\x00\xff garbage", "is damaged"),
        (to_pem(Ed25519PrivateKey.generate())[:-40], "is damaged"),
        (other_kind_of_key(), "is damaged"),
        (to_pem(Ed25519PrivateKey.generate()), "is not the one of account"),
    ],
    ids=["missing", "empty", "garbage", "cut short", "another kind", "another account's"],
)
def test_a_wrong_key_file_is_reported(tmp_path, use, content, says):
    load_or_create(tmp_path)
    (tmp_path / "identity.key").unlink()
    if content is not None:
        (tmp_path / "identity.key").write_bytes(content)
    assert says in refused(tmp_path, Trouble.IDENTITY_DAMAGED)


@pytest.mark.parametrize(
    "change",
    [
        b"",
        b"{",
        b"[1]",
        b"\xff",
        {"account": "short"},
        {"account": 5},
        {"where": "cloud"},
        {"where": ["file"]},
        {"where": "keyring"},
        {"version": True},
        {"version": None},
        {"version": 2},
    ],
    ids=str,
)
def test_a_wrong_marker_is_reported_and_no_new_account_made(tmp_path, use, change):
    load_or_create(tmp_path)
    path = tmp_path / "identity.json"
    path.write_bytes(change if isinstance(change, bytes) else json.dumps({**marker_of(tmp_path), **change}).encode())
    detail = refused(tmp_path, Trouble.IDENTITY_DAMAGED)
    assert ("newer Lightwork" in detail) == (change == {"version": 2})


def test_a_folder_in_the_place_of_the_marker_is_reported(tmp_path, use):
    (tmp_path / "identity.json").mkdir()
    with pytest.raises(LightworkError) as caught:
        load_or_create(tmp_path)
    assert caught.value.trouble is Trouble.IDENTITY_DAMAGED


def test_a_key_without_marker_is_taken_up(tmp_path, use):
    account = load_or_create(tmp_path).account
    (tmp_path / "identity.json").unlink()
    use(MemoryRing())
    assert load_or_create(tmp_path).account == account


def test_a_damaged_key_without_marker_is_not_overwritten(tmp_path, use):
    (tmp_path / "identity.key").write_bytes(b"half a k")
    with pytest.raises(LightworkError) as caught:
        load_or_create(tmp_path)
    assert caught.value.trouble is Trouble.IDENTITY_DAMAGED
    assert (tmp_path / "identity.key").read_bytes() == b"half a k"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_rights_that_a_copy_gave_to_others_are_taken_back(tmp_path, use):
    load_or_create(tmp_path)
    (tmp_path / "identity.key").chmod(0o644)
    load_or_create(tmp_path)
    assert (tmp_path / "identity.key").stat().st_mode & 0o777 == 0o600


def test_many_at_once_agree_on_one_account(tmp_path, use):
    use(MemoryRing())
    accounts = []
    threads = [threading.Thread(target=lambda: accounts.append(load_or_create(tmp_path).account)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(accounts) == 8
    assert set(accounts) == {marker_of(tmp_path)["account"]}


def test_a_key_in_a_file_costs_no_keyring(tmp_path, use):
    load_or_create(tmp_path)
    code = (
        "import sys, pathlib; from lightwork.identity.store import load_or_create;"
        f"load_or_create(pathlib.Path({str(tmp_path)!r})); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"keyring", "filelock"} & set(done.stdout.split())
