"""All sources together, and the choice among devices."""

import logging
import os
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.states import DeviceKind
from lightwork.domain.status import DeviceStatus
from lightwork.hardware.devices import RETRY_SECONDS, Devices, choose
from lightwork.hardware.source import OWN_MEMORY_MINIMUM, device_sources, gpu_status
from lightwork.hardware.users import ProcessUse

GIB = 2**30
CPU = DeviceStatus(id="cpu", kind=DeviceKind.CPU, name="Processor", memory_total=64 * GIB, load=0.1)


def gpu(device: str, gib: int = 8, maker: str = "NVIDIA", note: str = "") -> DeviceStatus:
    return gpu_status(
        device,
        name=f"{maker} {device}",
        maker=maker,
        memory_total=gib * GIB,
        memory_used=GIB,
        load=0.5,
        celsius=60.0,
        watts=100.0,
        note=note,
    )


class Source:
    """A source that gives what the test says next; an exception is raised."""

    def __init__(self, name: str, *answers: list[DeviceStatus] | Exception) -> None:
        self.name = name
        self.answers = list(answers)
        self.asked = 0
        self.closed = 0
        self.broken = ""  # a device that no longer answers

    def read(self) -> list[DeviceStatus]:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def users(self, device: str) -> list[ProcessUse] | None:
        if device == self.broken:
            raise RuntimeError("lost")
        return [ProcessUse(1, load=float(device[-1]))] if device != "cpu" else None

    def held_by(self, device: str, process: int) -> int | None:
        if device == self.broken:
            raise RuntimeError("lost")
        return process * 100 + len(self.name)

    def close(self) -> None:
        self.closed += 1
        if self.name == "cannot close":
            raise OSError("gone")


def test_devices_of_all_sources_in_order() -> None:
    devices = Devices([Source("a", [gpu("cuda:0"), gpu("cuda:1")]), Source("b", []), Source("c", [CPU])])
    assert [device.id for device in devices.read()] == ["cuda:0", "cuda:1", "cpu"]


def test_a_failing_source_is_logged_rests_and_comes_back(caplog: pytest.LogCaptureFixture) -> None:
    now = 100.0
    card = gpu("cuda:0")
    flaky = Source("flaky", [card], RuntimeError("driver"), [replace(card, load=0.9)])
    devices = Devices([flaky, Source("processor", [CPU])], clock=lambda: now)
    assert devices.read() == [card, CPU]
    with caplog.at_level(logging.WARNING, logger="lightwork.hardware"):
        failed = devices.read()
    assert failed == [replace(card, memory_used=None, load=None, celsius=None, watts=None), CPU]
    assert "flaky" in caplog.text
    assert "driver" in caplog.text
    now += RETRY_SECONDS - 0.1
    assert devices.read() == failed
    assert flaky.asked == 2
    now += 0.1
    assert [device.load for device in devices.read()] == [0.9, 0.1]


def test_a_device_that_a_good_read_lacks_is_gone() -> None:
    devices = Devices([Source("a", [gpu("cuda:0")], [])])
    assert len(devices.read()) == 1
    assert devices.read() == []


def test_every_source_is_closed_whatever_one_does() -> None:
    sources = [Source("cannot close", []), Source("good", [])]
    Devices(sources).close()
    assert [source.closed for source in sources] == [1, 1]


def test_two_makers_who_share_a_name_are_told_apart() -> None:
    nvidia = [gpu("cuda:0")]
    amd = [gpu("cuda:0", 24, "AMD"), gpu("cuda:1", 1, "AMD")]
    found = Devices([Source("n", nvidia), Source("a", amd), Source("c", [CPU])]).read()
    assert [device.id for device in found] == ["cuda:0", "amd:0", "cuda:1", "cpu"]
    assert [device.usable for device in found] == [True, False, False, True]
    assert all(device.note for device in found if not device.usable)
    assert choose(found, "auto").maker == "NVIDIA"


@pytest.mark.parametrize(
    ("devices", "wanted", "chosen"),
    [
        ([CPU], "auto", "cpu"),
        ([CPU, gpu("cuda:0")], "auto", "cuda:0"),
        ([gpu("cuda:0", 8), gpu("cuda:1", 24), gpu("cuda:2", 24), CPU], "auto", "cuda:1"),
        ([gpu("cuda:0", 24, note="It does not answer."), gpu("xpu:0", 16), CPU], "auto", "xpu:0"),
        ([gpu("cuda:0", 1), CPU], "auto", "cpu"),
        ([gpu("cuda:0", 24), CPU], "cpu", "cpu"),
        ([gpu("cuda:0", 24), gpu("cuda:1", 8), CPU], "cuda:1", "cuda:1"),
    ],
)
def test_choice(devices: list[DeviceStatus], wanted: str, chosen: str) -> None:
    assert choose(devices, wanted).id == chosen


@pytest.mark.parametrize(
    ("devices", "wanted", "detail"),
    [
        ([], "auto", "no usable device"),
        ([gpu("cuda:0", note="It does not answer.")], "auto", "no usable device"),
        ([CPU], "cuda:0", "cuda:0"),
        ([CPU, gpu("cuda:0", note="It does not answer.")], "cuda:0", "does not answer"),
        ([CPU], "", "cpu"),
    ],
)
def test_no_choice(devices: list[DeviceStatus], wanted: str, detail: str) -> None:
    with pytest.raises(LightworkError, match=detail) as caught:
        choose(devices, wanted)
    assert caught.value.trouble is Trouble.DEVICE_LOST


def test_memory_that_is_unknown_is_no_fault_and_too_little_is() -> None:
    def memory(size: int | None) -> DeviceStatus:
        return gpu_status("xpu:0", name="x", maker="Intel", memory_total=size)

    assert memory(None).usable
    assert memory(OWN_MEMORY_MINIMUM).usable
    assert not memory(OWN_MEMORY_MINIMUM - 1).usable
    assert memory(0).note


def test_this_computers_sources() -> None:
    sources = device_sources()
    names = [source.name for source in sources]
    assert names[-1] == "processor"
    assert ("NVML" in names) == (sys.platform != "darwin")
    devices = Devices(sources)
    found = devices.read()
    devices.close()
    assert found[-1].id == "cpu"
    assert len({device.id for device in found}) == len(found)
    assert choose(found, "cpu").kind is DeviceKind.CPU


def test_users_by_the_ids_that_were_told() -> None:
    nvidia = Source("nvidia", [gpu("cuda:0"), gpu("cuda:1")])
    amd = Source("amd", [gpu("cuda:0", maker="AMD"), gpu("cuda:1", maker="AMD")])
    devices = Devices([nvidia, amd, Source("processor", [CPU])])
    # Not read yet: it is, at the first question.
    assert devices.users("cuda:1") == [ProcessUse(1, load=1.0)]
    assert (nvidia.asked, amd.asked) == (1, 1)
    assert devices.users("amd:1") == [ProcessUse(1, load=1.0)]
    assert devices.held_by("cuda:1", 7) == 706
    assert devices.held_by("amd:1", 7) == 703
    assert devices.users("cpu") is None
    assert devices.users("xpu:0") is None
    assert devices.held_by("xpu:0", 7) is None


def test_a_card_that_does_not_answer_tells_nothing_and_the_others_do() -> None:
    source = Source("nvidia", [gpu("cuda:0"), gpu("cuda:1")])
    source.broken = "cuda:0"
    devices = Devices([source])
    assert (devices.users("cuda:0"), devices.held_by("cuda:0", 1)) == (None, None)
    assert devices.users("cuda:1") == [ProcessUse(1, load=1.0)]


def test_a_source_that_rests_is_not_asked() -> None:
    devices = Devices([Source("nvidia", [gpu("cuda:0")], RuntimeError("driver"))], clock=lambda: 0.0)
    assert devices.users("cuda:0") == [ProcessUse(1, load=0.0)]
    devices.read()
    assert devices.users("cuda:0") is None


def test_power_is_limited_only_where_it_can_be_noted_down_and_set(tmp_path: Path) -> None:
    source = Source("amd", [gpu("cuda:0")])  # has no limits
    assert Devices([source]).limit_power("cuda:0", 100.0) is None
    devices = Devices([source], limits=tmp_path / "power.json")
    devices.restore_power()
    assert devices.limit_power("cuda:0", 100.0) is None
    assert list(tmp_path.iterdir()) == []


def test_the_driver_of_a_source_that_knows_it() -> None:
    class Knowing(Source):
        def driver(self, device: str) -> str:
            if device == self.broken:
                raise RuntimeError("lost")
            return f"driver of {device}"

    known = Knowing("nvidia", [gpu("cuda:0"), gpu("cuda:1")])
    known.broken = "cuda:0"
    devices = Devices([known, Source("processor", [CPU])])
    assert [devices.driver(one) for one in ("cuda:1", "cuda:0", "cpu", "xpu:0")] == ["driver of cuda:1", "", "", ""]


def test_this_processs_memory_on_the_processor() -> None:
    devices = Devices()
    held = devices.held_by("cpu", os.getpid())
    assert held is not None
    assert 2**20 < held < psutil.virtual_memory().total
    assert devices.users("cpu") is None
    devices.close()
