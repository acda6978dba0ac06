"""NVIDIA's source against a stand-in for the NVML library, through the real pynvml."""

from pathlib import Path
from typing import Any

import psutil
import pytest

from helpers.nvml_stub import GIB, Card, Step, build, compiler, read

pytestmark = pytest.mark.skipif(compiler() is None, reason="no C compiler")

# Codes of nvml.h.
NOT_SUPPORTED, NO_PERMISSION, DRIVER_NOT_LOADED, FUNCTION_NOT_FOUND, GPU_IS_LOST, VERSION_MISMATCH = 3, 4, 9, 13, 15, 18


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("nvml"))


def one(library: Path, folder: Path, step: Step) -> dict[str, Any]:
    (result,) = read(library, folder, step)
    (device,) = result["devices"]
    assert isinstance(device, dict)
    return device


def test_every_value_in_its_unit(library: Path, tmp_path: Path) -> None:
    assert one(library, tmp_path, Step(cards=(Card(),))) == {
        "id": "cuda:0",
        "kind": "gpu",
        "name": "NVIDIA GeForce RTX 4090",
        "maker": "NVIDIA",
        "memory_total": 24 * GIB,
        "memory_used": 1 * GIB,
        "load": 0.37,
        "celsius": 61.0,
        "watts": 123.456,
        "note": "",
        "usable": True,
    }


def test_the_drivers_version(library: Path, tmp_path: Path) -> None:
    asked = Step(cards=(Card(),), questions=(("driver", "cuda:0"),))
    refused = Step(cards=(Card(),), failures=(("nvmlSystemGetDriverVersion", 999),), questions=asked.questions)
    told, failed = read(library, tmp_path, asked, refused)
    assert told["answers"] == ["560.35.03"]
    assert failed["error"].startswith("NVMLError")


def test_cards_are_numbered_and_a_small_one_is_marked(library: Path, tmp_path: Path) -> None:
    cards = (Card(total=1 * GIB, name="NVIDIA GeForce GT 710"), Card(), Card(name="NVIDIA H100 80GB HBM3"))
    (result,) = read(library, tmp_path, Step(cards=cards))
    assert [(d["id"], d["name"], d["usable"]) for d in result["devices"]] == [
        ("cuda:0", "NVIDIA GeForce GT 710", False),
        ("cuda:1", "NVIDIA GeForce RTX 4090", True),
        ("cuda:2", "NVIDIA H100 80GB HBM3", True),
    ]
    assert "1024 MiB" in result["devices"][0]["note"]


@pytest.mark.parametrize(
    ("function", "missing"),
    [
        ("nvmlDeviceGetUtilizationRates", {"load": None}),
        ("nvmlDeviceGetPowerUsage", {"watts": None}),
        ("nvmlDeviceGetName", {"name": "NVIDIA graphics card"}),
    ],
)
def test_a_value_that_a_card_does_not_tell_is_the_only_one_missing(
    library: Path, tmp_path: Path, function: str, missing: dict[str, object]
) -> None:
    both = Step(cards=(Card(), Card()), failures=((function, NOT_SUPPORTED, 1),))
    (result,) = read(library, tmp_path, both)
    first, second = result["devices"]
    assert second == first | {"id": "cuda:1"} | missing
    assert second["usable"]


def test_heat_by_the_newer_call_where_the_older_is_gone(library: Path, tmp_path: Path) -> None:
    gone = ("nvmlDeviceGetTemperature", FUNCTION_NOT_FOUND)
    assert one(library, tmp_path, Step(cards=(Card(celsius=70),), failures=(gone,)))["celsius"] == 70
    neither = (gone, ("nvmlDeviceGetTemperatureV", FUNCTION_NOT_FOUND))
    assert one(library, tmp_path, Step(cards=(Card(celsius=70),), failures=neither))["celsius"] is None


def test_memory_that_is_the_computers_and_memory_that_is_not_told(library: Path, tmp_path: Path) -> None:
    shared = Step(cards=(Card(name="NVIDIA GB10"),), failures=(("nvmlDeviceGetMemoryInfo", NOT_SUPPORTED),))
    assert one(library, tmp_path, shared)["memory_total"] == psutil.virtual_memory().total
    secret = Step(cards=(Card(),), failures=(("nvmlDeviceGetMemoryInfo", NO_PERMISSION),))
    device = one(library, tmp_path, secret)
    assert (device["memory_total"], device["memory_used"], device["usable"]) == (0, None, True)


@pytest.mark.parametrize("function", ["nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetMemoryInfo"])
def test_a_card_that_fell_off_the_bus_keeps_its_number(library: Path, tmp_path: Path, function: str) -> None:
    step = Step(cards=(Card(), Card(), Card()), failures=((function, GPU_IS_LOST, 1),))
    (result,) = read(library, tmp_path, step)
    assert [(d["id"], d["usable"]) for d in result["devices"]] == [
        ("cuda:0", True),
        ("cuda:1", False),
        ("cuda:2", True),
    ]
    assert "GPU is lost" in result["devices"][1]["note"]


def test_without_the_library_nothing_is_loaded(tmp_path: Path) -> None:
    (result,) = read(None, tmp_path, Step())
    if result["devices"]:
        pytest.skip("this computer has NVIDIA's own library")
    assert result == {"devices": [], "answers": [], "pynvml": False}


def test_without_a_driver_there_is_no_device_until_one_is_there(library: Path, tmp_path: Path) -> None:
    absent = Step(failures=(("nvmlInitWithFlags", DRIVER_NOT_LOADED),))
    soon, later = Step(cards=(Card(),), advance=30), Step(cards=(Card(),), advance=31)
    results = read(library, tmp_path, absent, soon, later)
    assert [len(result["devices"]) for result in results] == [0, 0, 1]


def test_a_driver_that_is_there_but_broken_is_an_error(library: Path, tmp_path: Path) -> None:
    broken = Step(failures=(("nvmlInitWithFlags", VERSION_MISMATCH),))
    mended = Step(cards=(Card(),))
    first, second = read(library, tmp_path, broken, mended)
    assert first["error"] == "NVMLError_LibRmVersionMismatch"
    assert len(second["devices"]) == 1


def test_a_driver_that_breaks_is_opened_anew(library: Path, tmp_path: Path) -> None:
    good = Step(cards=(Card(),))
    # The shutdown after the failed count fails as well; the next read must not care.
    results = read(library, tmp_path, good, Step(unloaded=True), good)
    assert results[1]["error"] == "NVMLError_Uninitialized"
    assert results[2]["devices"] == results[0]["devices"]


def test_values_are_live(library: Path, tmp_path: Path) -> None:
    results = read(library, tmp_path, Step(cards=(Card(used=GIB),)), Step(cards=(Card(used=9 * GIB, load=100),)))
    assert [(r["devices"][0]["memory_used"], r["devices"][0]["load"]) for r in results] == [(GIB, 0.37), (9 * GIB, 1.0)]
