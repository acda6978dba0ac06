"""Apple's source on recorded reports, printed by stand-ins for the system's tools."""

import json
import plistlib
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from lightwork.hardware.apple import AppleSource, Graphics, parse_displays, parse_load, run_tool

# `system_profiler SPDisplaysDataType -json` of a MacBook Pro with an M3 Pro, its display shortened.
M3_PRO = json.dumps(
    {
        "SPDisplaysDataType": [
            {
                "_name": "Apple M3 Pro",
                "spdisplays_mtlgpufamilysupport": "spdisplays_metal3",
                "spdisplays_ndrvs": [{"_name": "Color LCD", "_spdisplays_pixels": "3024 x 1964"}],
                "spdisplays_vendor": "sppci_vendor_Apple",
                "sppci_bus": "spdisplays_builtin",
                "sppci_cores": "18",
                "sppci_device_type": "spdisplays_gpu",
                "sppci_model": "Apple M3 Pro",
            }
        ]
    }
).encode()

# The same of an Intel MacBook Pro of 2019.
INTEL_MAC = json.dumps(
    {
        "SPDisplaysDataType": [
            {
                "_name": "kHW_IntelUHDGraphics630Item",
                "spdisplays_vendor": "Intel",
                "spdisplays_vram_shared": "1536 MB",
                "sppci_model": "Intel UHD Graphics 630",
            },
            {
                "_name": "kHW_AMDRadeonPro5300MItem",
                "spdisplays_vendor": "sppci_vendor_amd",
                "spdisplays_vram": "4 GB",
                "sppci_model": "AMD Radeon Pro 5300M",
            },
        ]
    }
).encode()


def ioreg(statistics: dict[str, Any]) -> bytes:
    """`ioreg -r -d 1 -c IOAccelerator -a`, shortened."""
    return plistlib.dumps([{"IOClass": "AGXAcceleratorG15X", "PerformanceStatistics": statistics, "model": "Apple M3"}])


STATISTICS = {"Device Utilization %": 42, "Renderer Utilization %": 41, "In use system memory": 702119936}


def tool(folder: Path, name: str, output: bytes, code: int = 0) -> None:
    """A program that prints the output, counts its runs and ends with the code."""
    (folder / f"{name}.out").write_bytes(output)
    program = folder / name
    program.write_text(f'#!/bin/sh\necho "$@" >> "{folder}/{name}.runs"\ncat "{folder}/{name}.out"\nexit {code}\n')
    program.chmod(0o755)


def runs(folder: Path, name: str) -> list[str]:
    return (folder / f"{name}.runs").read_text().splitlines()


needs_scripts = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")


@needs_scripts
def test_an_apple_chip(tmp_path: Path) -> None:
    tool(tmp_path, "system_profiler", M3_PRO)
    tool(tmp_path, "ioreg", ioreg(STATISTICS))
    (device,) = AppleSource(tmp_path).read()
    assert (device.id, device.kind, device.maker) == ("mps", "gpu", "Apple")
    assert device.name == "Apple M3 Pro (18 cores)"
    assert device.memory_total == psutil.virtual_memory().total
    assert device.memory_used is not None
    assert 0 < device.memory_used <= device.memory_total
    assert (device.load, device.celsius, device.watts) == (0.42, None, None)
    assert runs(tmp_path, "system_profiler") == ["SPDisplaysDataType -json"]


@needs_scripts
def test_tools_are_started_no_more_often_than_needed(tmp_path: Path) -> None:
    now = 0.0
    tool(tmp_path, "system_profiler", M3_PRO)
    tool(tmp_path, "ioreg", ioreg(STATISTICS))
    source = AppleSource(tmp_path, clock=lambda: now)
    for now in (0.0, 1.0, 4.9, 5.0, 6.0):  # noqa: B007
        source.read()
    assert len(runs(tmp_path, "system_profiler")) == 1
    assert len(runs(tmp_path, "ioreg")) == 2


@needs_scripts
def test_an_intel_mac_has_no_device_and_is_not_asked_again(tmp_path: Path) -> None:
    tool(tmp_path, "system_profiler", INTEL_MAC)
    source = AppleSource(tmp_path)
    assert source.read() == []
    assert source.read() == []
    assert len(runs(tmp_path, "system_profiler")) == 1
    assert not (tmp_path / "ioreg.runs").exists()


@needs_scripts
def test_a_tool_that_fails_is_asked_again_and_load_alone_may_be_missing(tmp_path: Path) -> None:
    tool(tmp_path, "system_profiler", M3_PRO, code=1)
    source = AppleSource(tmp_path)
    assert source.read() == []
    tool(tmp_path, "system_profiler", M3_PRO)  # and there is no ioreg at all
    (device,) = source.read()
    assert device.load is None
    assert run_tool(tmp_path / "missing") == b""


def test_reports_without_the_optional_parts() -> None:
    adapter = {"_name": "Apple M1", "spdisplays_vendor": "sppci_vendor_Apple"}
    assert parse_displays(json.dumps({"SPDisplaysDataType": [adapter, "?"]}).encode()) == [Graphics("Apple M1", None)]
    assert parse_displays(b'{"SPDisplaysDataType": []}') == []


@pytest.mark.parametrize("report", [b"", b"not JSON", b"[]", b"{}", b'{"SPDisplaysDataType": 3}'])
def test_what_is_no_report_is_an_error(report: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_displays(report)


@pytest.mark.parametrize(
    ("report", "load"),
    [
        (ioreg({"Device Utilization %": 0}), 0.0),
        (ioreg({"Device Utilization %": 130}), 1.0),
        (ioreg({}), None),
        (plistlib.dumps([]), None),
        (plistlib.dumps({"one": 1}), None),
        (b"", None),
        (b"<plist><array>", None),
    ],
)
def test_load(report: bytes, load: float | None) -> None:
    assert parse_load(report) == load
