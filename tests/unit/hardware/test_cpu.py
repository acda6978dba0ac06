"""The processor's source: real on this computer, and its rules on recorded readings."""

import platform
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from lightwork.domain.states import DeviceKind
from lightwork.hardware.cpu import CpuSource, busy_share, hottest, linux_name, processor_name

X86 = "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel\t\t: 151\nmodel name\t: 12th Gen Intel(R) Core(TM) i7-12700K\n"
RASPBERRY = "processor\t: 0\nCPU architecture: 8\n\nRevision\t: d03114\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4\n"


def test_this_computers_processor() -> None:
    source = CpuSource()
    (first,) = source.read()
    sum(range(2_000_000))  # so that the counters, which tick at 10 ms, move
    (second,) = source.read()
    source.close()
    assert (first.id, first.kind, first.usable) == ("cpu", DeviceKind.CPU, True)
    assert first.name.strip()
    assert first.memory_total == psutil.virtual_memory().total
    assert first.memory_used is not None
    assert 0 < first.memory_used < first.memory_total
    assert first.load is None
    assert second.load is None or 0 <= second.load <= 1
    assert second.celsius is None or 0 < second.celsius < 150


@pytest.mark.parametrize(
    ("cpuinfo", "name"),
    [
        (X86, "12th Gen Intel(R) Core(TM) i7-12700K"),
        (RASPBERRY, "Raspberry Pi 4 Model B Rev 1.4"),
        ("processor\t: 0\nHardware\t: Qualcomm Technologies, Inc SM8250\n", "Qualcomm Technologies, Inc SM8250"),
        ("processor\t: 0\nBogoMIPS\t: 100.00\n", ""),
        ("", ""),
    ],
)
def test_linux_names(cpuinfo: str, name: str) -> None:
    assert linux_name(cpuinfo) == name


@pytest.mark.skipif(platform.system() != "Linux", reason="reads /proc")
def test_name_and_maker_come_from_proc(tmp_path: Path) -> None:
    assert processor_name(tmp_path)  # the architecture at least
    (tmp_path / "cpuinfo").write_text("model name\t: AMD  Ryzen 9   7950X 16-Core Processor  \n")
    (device,) = CpuSource(proc=tmp_path).read()
    assert (device.name, device.maker) == ("AMD Ryzen 9 7950X 16-Core Processor", "AMD")


@pytest.mark.parametrize(
    ("before", "after", "share"),
    [
        ({}, {"user": 5.0, "idle": 5.0}, None),
        ({"user": 1.0, "idle": 1.0}, {"user": 1.0, "idle": 1.0}, None),
        ({"user": 1.0, "idle": 1.0}, {"user": 2.0, "idle": 4.0}, 0.25),
        ({"user": 1.0, "idle": 1.0, "iowait": 0.0}, {"user": 2.0, "idle": 1.0, "iowait": 1.0}, 0.5),
        ({"user": 1.0, "idle": 9.0}, {"user": 2.0, "idle": 8.9}, 1.0),  # Linux' idle counter may step back
    ],
)
def test_load(before: Mapping[str, float], after: Mapping[str, float], share: float | None) -> None:
    assert busy_share(before, after) == share


def sensor(current: float | None) -> SimpleNamespace:
    return SimpleNamespace(label="", current=current, high=None, critical=None)


@pytest.mark.parametrize(
    ("chips", "celsius"),
    [
        ({}, None),
        ({"nvme": [sensor(50.0)], "acpitz": [sensor(27.8)]}, None),
        ({"nvme": [sensor(90.0)], "coretemp": [sensor(61.0), sensor(66.0)]}, 66.0),
        ({"k10temp": [sensor(0.0), sensor(None), sensor(255.0), sensor(54.5)]}, 54.5),
        ({"cpu_thermal": []}, None),
    ],
)
def test_heat_is_the_processors(chips: Mapping[str, list[SimpleNamespace]], celsius: float | None) -> None:
    assert hottest(chips) == celsius


def test_power_of_all_packages(tmp_path: Path) -> None:
    now = 0.0
    zones = tmp_path / "class" / "powercap"
    for zone in ("intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0"):  # the last is a part of the first
        (zones / zone).mkdir(parents=True)
    source = CpuSource(sysfs=tmp_path, clock=lambda: now)
    readings = []
    for now, counters in ((0.0, (0, 0, 0)), (2.0, (130_000_000, 70_000_000, 99_000_000))):  # noqa: B007
        for zone, microjoules in zip(("intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0"), counters, strict=True):
            (zones / zone / "energy_uj").write_text(f"{microjoules}\n")
        readings.append(source.read()[0].watts)
    assert readings == [None, 100.0]
