"""Settings and identities of every released version are read by this program."""

import json
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from lightwork.identity.store import load_or_create
from lightwork.settings.declared import ALL
from lightwork.settings.store import VERSION, load

HERE = Path(__file__).parent

# the key made of the bytes 0 to 31: everybody knows it
SECRET = bytes(range(32)).hex()
ACCOUNT = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
KEY_FILE_1 = (
    "# The account key of Lightwork on this computer. It is not encrypted: whoever can read this file can act as this\n"
    "# account. It lies here because the system offered no keyring when the account was made.\n"
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
    "-----END PRIVATE KEY-----\n"
)


class OldRing(KeyringBackend):
    """A keyring that holds what version 1 put into it."""

    priority = 1

    def get_password(self, service, username):
        return SECRET if (service, username) == ("Lightwork", ACCOUNT) else None

    def set_password(self, service, username, password):
        raise AssertionError("an identity that exists is only read")


def test_there_is_a_settings_file_of_every_version():
    assert {path.stem for path in HERE.glob("settings_*.toml")} == {f"settings_{n}" for n in range(1, VERSION + 1)}


def test_settings_of_version_1_are_read():
    settings = load(HERE / "settings_1.toml")
    chosen = {setting.key: settings[setting] for setting in ALL if settings[setting] != setting.default}
    assert chosen == {
        "general.project": "https://host.example/join/abc",
        "computing.device": "cuda:0",
        "computing.threads": 4,
        "computing.memory_share": 0.75,
        "computing.low_priority": False,
        "pausing.on_battery": False,
        "pausing.disk_free_gb": 5.0,
        "pausing.memory_free_gb": 1.5,
        "pausing.quiet_seconds": 10.0,
        "network.host_timeout_seconds": 60.0,
    }


@pytest.mark.parametrize("where", ["file", "keyring"])
def test_an_identity_of_version_1_is_read(tmp_path, where):
    marker = {"version": 1, "account": ACCOUNT, "where": where, "entry": "", "ring": ""}
    if where == "keyring":
        marker |= {"entry": ACCOUNT, "ring": "test_small_file_versions.OldRing"}
    else:
        (tmp_path / "identity.key").write_text(KEY_FILE_1, encoding="utf-8")
    (tmp_path / "identity.json").write_text(json.dumps(marker), encoding="utf-8")
    before = keyring.get_keyring()
    keyring.set_keyring(OldRing())
    try:
        identity = load_or_create(tmp_path)
    finally:
        keyring.set_keyring(before)
    assert (identity.account, identity.encrypted) == (ACCOUNT, where == "keyring")
    assert identity.key.private_bytes_raw().hex() == SECRET
