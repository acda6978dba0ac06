"""AMD's and Intel's sources on sysfs trees as the kernel's drivers lay them out."""

import platform
from pathlib import Path

import pytest

from lightwork.hardware.amd import AmdSource
from lightwork.hardware.intel import IntelSource, largest_window
from lightwork.hardware.names import find_amd_name, find_pci_name
from lightwork.hardware.sysfs import EnergyMeter, read_number

GIB = 2**30

# Excerpts of the tables in their own format.
PCI_IDS = """\
# a comment
1002  Advanced Micro Devices, Inc. [AMD/ATI]
\t73bf  Navi 21 [Radeon RX 6800/6800 XT / 6900 XT]
\t\t1002 0e3a  Radeon RX 6900 XT
\t164e  Raphael
8086  Intel Corporation
\t56a0  DG2 [Arc A770]
\t73bf  Not this one
C 00  Unclassified device
"""
AMDGPU_IDS = "# List of AMDGPU IDs\n\n1.0.0\n73BF,\tC0,\tAMD Radeon RX 6900 XT\n73BF,\tC1,\tAMD Radeon RX 6800 XT\n"

# An Arc A770's `resource` (i915, resizable BAR on): registers of 16 MiB, memory of 16 GiB, ROM.
A770_RESOURCE = """\
0x0000000081000000 0x0000000081ffffff 0x0000000000140204
0x0000000000000000 0x0000000000000000 0x0000000000000000
0x0000004000000000 0x00000043ffffffff 0x000000000014220c
0x0000000000000000 0x0000000000000000 0x0000000000000000
0x0000000082000000 0x00000000821fffff 0x0000000000046200
"""


def add_card(root: Path, number: int, files: dict[str, str]) -> Path:
    """A card with its connector beside it; `files` are relative to the PCI device's folder."""
    card = root / "class" / "drm" / f"card{number}"
    (card.parent / f"card{number}-DP-1").mkdir(parents=True)
    for name, text in files.items():
        path = card / "device" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return card


def radeon_6800_xt(slot: str = "0000:03:00.0", **changes: str) -> dict[str, str]:
    files = {
        "vendor": "0x1002\n",
        "device": "0x73bf\n",
        "revision": "0xc1\n",
        "uevent": f"DRIVER=amdgpu\nPCI_CLASS=30000\nPCI_ID=1002:73BF\nPCI_SLOT_NAME={slot}\n",
        "power/runtime_status": "active\n",
        "product_name": "\n",
        "gpu_busy_percent": "98\n",
        "mem_info_vram_total": "17163091968\n",
        "mem_info_vram_used": "1234567168\n",
        "hwmon/hwmon4/name": "amdgpu\n",
        "hwmon/hwmon4/temp1_input": "63000\n",
        "hwmon/hwmon4/temp2_input": "71000\n",
        "hwmon/hwmon4/power1_average": "211000000\n",
    }
    return files | {name.replace("__", "/"): text for name, text in changes.items()}


def tables(share: Path) -> Path:
    (share / "misc").mkdir(parents=True)
    (share / "libdrm").mkdir()
    (share / "misc" / "pci.ids").write_text(PCI_IDS)
    (share / "libdrm" / "amdgpu.ids").write_text(AMDGPU_IDS)
    return share


def test_an_amd_card_in_full(tmp_path: Path) -> None:
    add_card(tmp_path / "sys", 1, radeon_6800_xt())
    (device,) = AmdSource(tmp_path / "sys", tables(tmp_path / "share")).read()
    assert (device.id, device.kind, device.maker, device.name) == ("cuda:0", "gpu", "AMD", "AMD Radeon RX 6800 XT")
    assert (device.memory_total, device.memory_used) == (17163091968, 1234567168)
    assert (device.load, device.celsius, device.watts) == (0.98, 63.0, 211.0)
    assert (device.usable, device.note) == (True, "")


def test_the_driver_by_its_own_version_or_else_the_kernels(tmp_path: Path) -> None:
    add_card(tmp_path, 1, radeon_6800_xt())
    source = AmdSource(tmp_path, tmp_path)
    source.read()
    assert source.driver("cuda:0") == f"amdgpu {platform.release()}"
    (tmp_path / "module" / "amdgpu").mkdir(parents=True)
    (tmp_path / "module" / "amdgpu" / "version").write_text("6.8.5\n")
    assert source.driver("cuda:0") == "amdgpu 6.8.5"
    assert source.driver("cuda:1") == ""


def test_no_card_of_the_maker_no_device(tmp_path: Path) -> None:
    assert AmdSource(tmp_path).read() == []
    add_card(tmp_path, 0, {"vendor": "0x10de\n", "device": "0x2684\n", "uevent": "PCI_SLOT_NAME=0000:01:00.0\n"})
    add_card(tmp_path, 1, {"uevent": "DRIVER=vkms\n"})  # a virtual display has no PCI identity
    assert AmdSource(tmp_path).read() == []
    assert IntelSource(tmp_path).read() == []


def test_amd_cards_are_counted_by_address_and_built_in_graphics_are_marked(tmp_path: Path) -> None:
    built_in = radeon_6800_xt("0000:0e:00.0", device="0x164e\n", mem_info_vram_total="536870912\n")
    add_card(tmp_path, 0, built_in)
    add_card(tmp_path, 1, radeon_6800_xt("0000:03:00.0"))
    devices = AmdSource(tmp_path, tables(tmp_path / "share")).read()
    assert [(d.id, d.name, d.usable) for d in devices] == [
        ("cuda:0", "AMD Radeon RX 6800 XT", True),
        ("cuda:1", "Raphael", False),
    ]
    assert "512 MiB" in devices[1].note


@pytest.mark.parametrize(
    ("name", "text", "field", "expected"),
    [
        ("gpu_busy_percent", None, "load", None),
        ("gpu_busy_percent", "garbage\n", "load", None),
        ("gpu_busy_percent", "255\n", "load", 1.0),  # some APUs' firmware
        ("mem_info_vram_used", None, "memory_used", None),
        ("hwmon/hwmon4/temp1_input", None, "celsius", 71.0),
        ("hwmon/hwmon4/power1_average", None, "watts", None),
    ],
)
def test_what_an_amd_card_does_not_tell(
    tmp_path: Path, name: str, text: str | None, field: str, expected: float | None
) -> None:
    files = radeon_6800_xt()
    if text is None:
        del files[name]
    else:
        files[name] = text
    add_card(tmp_path, 0, files)
    (device,) = AmdSource(tmp_path, tmp_path).read()
    assert getattr(device, field) == expected
    assert device.usable


def test_newer_amd_cards_tell_power_under_another_name(tmp_path: Path) -> None:
    files = radeon_6800_xt(hwmon__hwmon4__power1_input="35000000\n")
    del files["hwmon/hwmon4/power1_average"]
    add_card(tmp_path, 0, files)
    assert AmdSource(tmp_path, tmp_path).read()[0].watts == 35.0


def test_a_sleeping_card_is_not_woken_up(tmp_path: Path) -> None:
    add_card(tmp_path, 0, radeon_6800_xt(power__runtime_status="suspended\n"))
    (device,) = AmdSource(tmp_path, tmp_path).read()
    assert (device.memory_used, device.load, device.celsius, device.watts) == (None, None, None, None)
    assert (device.memory_total, device.usable) == (17163091968, True)


def test_a_card_on_the_old_radeon_driver_cannot_train(tmp_path: Path) -> None:
    files = radeon_6800_xt()
    del files["mem_info_vram_total"]
    add_card(tmp_path, 0, files)
    (device,) = AmdSource(tmp_path, tmp_path).read()
    assert not device.usable
    assert device.name == "AMD graphics 73bf"  # and no table lists it


def arc_a770(slot: str = "0000:03:00.0") -> dict[str, str]:
    return {
        "vendor": "0x8086\n",
        "device": "0x56a0\n",
        "revision": "0x08\n",
        "uevent": f"DRIVER=i915\nPCI_ID=8086:56A0\nPCI_SLOT_NAME={slot}\n",
        "resource": A770_RESOURCE,
        "hwmon/hwmon2/name": "i915\n",
        "hwmon/hwmon2/temp1_input": "48000\n",
        "hwmon/hwmon2/energy1_input": "1000000000\n",
    }


def test_an_intel_card_and_the_graphics_of_the_processor(tmp_path: Path) -> None:
    add_card(tmp_path, 0, arc_a770("0000:00:02.0") | {"device": "0x46a6\n"})
    add_card(tmp_path, 1, arc_a770())
    arc, built_in = IntelSource(tmp_path, tables(tmp_path / "share")).read()
    assert (arc.id, arc.name, arc.memory_total, arc.usable) == ("xpu:0", "Intel Arc A770", 16 * GIB, True)
    assert (arc.load, arc.memory_used, arc.celsius) == (None, None, 48.0)
    assert (built_in.id, built_in.name, built_in.usable) == ("xpu:1", "Intel graphics 46a6", False)
    assert built_in.note


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"tile0/physical_vram_size_bytes": "8589934592\n", "tile1/physical_vram_size_bytes": "8589934592\n"},
            16 * GIB,
        ),
        ({"../lmem_total_bytes": "6442450944\n"}, 6 * GIB),
        ({"resource": "0x0000004000000000 0x000000400fffffff 0x000000000014220c\n"}, 0),  # a window of 256 MiB
        ({"resource": ""}, 0),
    ],
)
def test_where_intel_drivers_tell_memory(tmp_path: Path, files: dict[str, str], expected: int) -> None:
    add_card(tmp_path, 0, arc_a770() | files)
    (device,) = IntelSource(tmp_path, tmp_path).read()
    assert device.memory_total == expected
    assert device.usable  # unknown memory is for the trainer to find out


def test_intel_power_is_the_mean_of_the_energy_counter(tmp_path: Path) -> None:
    now = 10.0
    source = IntelSource(tmp_path, tmp_path, clock=lambda: now)
    card = add_card(tmp_path, 0, arc_a770())
    counter = card / "device" / "hwmon" / "hwmon2" / "energy1_input"
    readings = []
    for now, microjoules in ((10.0, 10**9), (12.0, 10**9 + 300 * 10**6), (13.0, 5), (14.0, 60_000_005)):  # noqa: B007
        counter.write_text(f"{microjoules}\n")
        readings.append(source.read()[0].watts)
    assert readings == [None, 150.0, None, 60.0]  # the counter began anew before the third


def test_a_counter_that_was_away_starts_over() -> None:
    now = 0.0
    meter = EnergyMeter(clock=lambda: now)
    assert meter.watts("card", 0) is None
    assert meter.watts("card", 10**6) is None  # no time has passed
    now = 1.0
    assert meter.watts("card", None) is None
    now = 2.0
    assert meter.watts("card", 9 * 10**6) is None


@pytest.mark.parametrize(
    ("vendor", "model", "expected"),
    [
        (0x1002, 0x73BF, "Radeon RX 6800/6800 XT / 6900 XT"),
        (0x1002, 0x164E, "Raphael"),
        (0x8086, 0x56A0, "Arc A770"),
        (0x8086, 0x164E, None),
        (0x10DE, 0x73BF, None),
    ],
)
def test_pci_names(vendor: int, model: int, expected: str | None) -> None:
    assert find_pci_name(PCI_IDS.splitlines(keepends=True), vendor, model) == expected


def test_amd_names_depend_on_the_revision() -> None:
    lines = AMDGPU_IDS.splitlines()
    assert find_amd_name(lines, 0x73BF, 0xC0) == "AMD Radeon RX 6900 XT"
    assert find_amd_name(lines, 0x73BF, 0x00) is None


def test_the_largest_window_is_the_prefetchable_one() -> None:
    assert largest_window(A770_RESOURCE) == 16 * GIB
    registers_only = "0x0000004000000000 0x00000043ffffffff 0x0000000000140204\n"
    assert largest_window(registers_only) is None


@pytest.mark.parametrize(("text", "expected"), [("0x1002\n", 0x1002), ("42", 42), ("", None), ("12 C", None)])
def test_numbers_in_files(tmp_path: Path, text: str, expected: int | None) -> None:
    (tmp_path / "number").write_text(text)
    assert read_number(tmp_path / "number") == expected
    assert read_number(tmp_path) is None  # a folder, or a file that may not be read
