"""Linux' DRM clients: fdinfo files as the drivers write them, in a tree laid out like /proc."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from lightwork.hardware.amd import AmdSource
from lightwork.hardware.clients import FIND_SECONDS, TURNS, DrmClients
from lightwork.hardware.fdinfo import busiest_engine, parse_client
from lightwork.hardware.intel import IntelSource
from lightwork.hardware.kfd import ComputeMemory, address
from lightwork.hardware.users import ProcessUse, combined

MIB = 2**20
SLOT, OTHER_SLOT = "0000:03:00.0", "0000:0e:00.0"

# Recorded layouts: Linux 6.12 (amdgpu), 6.1 (amdgpu), 6.8 (i915), 6.13 (xe).
AMDGPU = """\
pos:\t0
flags:\t02100002
mnt_id:\t26
ino:\t512
drm-driver:\tamdgpu
drm-client-id:\t{number}
drm-pdev:\t{slot}
drm-client-name:\tgame
pasid:\t32771
drm-total-cpu:\t0
drm-shared-cpu:\t0
drm-total-vram:\t900 MiB
drm-shared-vram:\t20 MiB
drm-resident-vram:\t{mib} MiB
drm-resident-gtt:\t64 MiB
drm-memory-vram:\t1 KiB
drm-engine-gfx:\t{ns} ns
drm-engine-dec:\t0 ns
"""
AMDGPU_OLD = """\
drm-driver:\tamdgpu
drm-pdev:\t0000:03:00.0
pasid:\t32770
drm-client-id:\t7
drm-memory-vram:\t2048 KiB
drm-memory-gtt:\t512 KiB
drm-engine-gfx:\t5 ns
drm-engine-compute:\t900 ns
"""
I915 = """\
drm-driver:\ti915
drm-client-id:\t3
drm-pdev:\t0000:03:00.0
drm-total-system0:\t12 MiB
drm-resident-system0:\t12 MiB
drm-total-local0:\t512 MiB
drm-resident-local0:\t256 MiB
drm-engine-render:\t0 ns
drm-engine-copy:\t100 ns
drm-engine-capacity-video:\t2
drm-engine-video:\t4000 ns
"""
XE = """\
drm-driver:\txe
drm-client-id:\t9
drm-pdev:\t0000:03:00.0
drm-total-vram0:\t100 MiB
drm-resident-vram0:\t60 MiB
drm-resident-vram1:\t40 MiB
drm-cycles-rcs:\t1000
drm-total-cycles-rcs:\t80000
drm-cycles-ccs:\t5000
drm-total-cycles-ccs:\t80000
drm-engine-capacity-ccs:\t4
"""


class Proc:
    """A tree like /proc, in which each process has DRM files and one other."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, process: int, files: Iterable[str]) -> None:
        """The process has these DRM files open now, by the text of their fdinfo, as numbers 5, 6, ..."""
        for kind in ("fd", "fdinfo"):
            folder = self.root / str(process) / kind
            folder.mkdir(parents=True, exist_ok=True)
            for entry in folder.iterdir():
                entry.unlink()
        (self.root / str(process) / "fd" / "0").symlink_to("/dev/null")
        (self.root / str(process) / "fdinfo" / "0").write_text("pos:\t0\n")
        for number, text in enumerate(files, 5):
            (self.root / str(process) / "fd" / str(number)).symlink_to("/dev/dri/renderD128")
            (self.root / str(process) / "fdinfo" / str(number)).write_text(text)


def amdgpu(number: int = 1, slot: str = SLOT, mib: int = 100, ns: int = 0) -> str:
    return AMDGPU.format(number=number, slot=slot, mib=mib, ns=ns)


@pytest.mark.parametrize(
    ("text", "number", "memory", "draws"),
    [
        (amdgpu(number=12, mib=640, ns=5), 12, 640 * MIB, True),
        (amdgpu(ns=0), 1, 100 * MIB, False),
        (AMDGPU_OLD, 7, 2 * MIB, True),
        (I915, 3, 256 * MIB, False),
        (XE, 9, 100 * MIB, True),
        ("drm-pdev:\t0000:03:00.0\ndrm-client-id:\t4\n", 4, None, False),
        ("drm-pdev:\t0000:03:00.0\ndrm-client-id:\t4\ndrm-resident-vram:\tmany\n", 4, None, False),
    ],
)
def test_a_client(text: str, number: int, memory: int | None, draws: bool) -> None:
    client = parse_client(text.encode())
    assert client is not None
    assert (client.slot, client.number, client.memory, client.draws) == (SLOT, number, memory, draws)


@pytest.mark.parametrize("text", ["", "pos:\t0\n", "drm-driver:\tast\n", "drm-pdev:\t0000:03:00.0\n", "\0\xff\n"])
def test_no_client(text: str) -> None:
    assert parse_client(text.encode()) is None


@pytest.mark.parametrize(
    ("before", "after", "share"),
    [
        (amdgpu(ns=10), amdgpu(ns=510), 0.5),
        (amdgpu(ns=10), amdgpu(ns=5000), 1.0),
        (amdgpu(ns=10), amdgpu(ns=0), 0.0),  # a driver that was reset counts anew
        (AMDGPU_OLD, AMDGPU_OLD.replace("900", "1100").replace("5 ns", "105 ns"), 0.2),
        (I915, I915.replace("4000", "5000"), 0.5),  # one of two engines for the whole time
        (XE, XE.replace("1000", "1100").replace("5000", "6600").replace("80000", "81000"), 0.4),
        (XE, XE, 0.0),
    ],
)
def test_load_is_the_busiest_engines(before: str, after: str, share: float) -> None:
    first, second = parse_client(before.encode()), parse_client(after.encode())
    assert first is not None
    assert second is not None
    assert busiest_engine(first, second, 1000) == pytest.approx(share)


def test_users_of_one_card(tmp_path: Path) -> None:
    now = 100.0
    proc = Proc(tmp_path)
    (tmp_path / "uptime").write_text("1 1")
    proc.write(20, [amdgpu(1, ns=100), amdgpu(1, ns=100), amdgpu(2, mib=50), amdgpu(3, OTHER_SLOT)])
    proc.write(30, [amdgpu(1, ns=100), amdgpu(4, mib=7)])  # it has a copy of 20's file
    proc.write(40, [])
    clients = DrmClients(tmp_path, lambda: now)
    assert clients.users(SLOT) == [
        ProcessUse(20, 150 * MIB, None, graphics=True),
        ProcessUse(30, 7 * MIB, None, graphics=False),
    ]
    now += 1.0
    proc.write(20, [amdgpu(1, ns=200_000_100), amdgpu(1, ns=200_000_100), amdgpu(2, mib=50, ns=300_000_000)])
    assert clients.users(SLOT) == [ProcessUse(20, 150 * MIB, 0.5, graphics=True), ProcessUse(30, 7 * MIB, 0.0)]
    assert clients.users("0000:99:00.0") == []


def test_processes_come_and_go(tmp_path: Path) -> None:
    now = 0.0
    proc = Proc(tmp_path)
    proc.write(20, [amdgpu(1)])
    clients = DrmClients(tmp_path, lambda: now)

    def seen() -> list[int]:
        return [use.process for use in clients.users(SLOT) or ()]

    assert seen() == [20]
    proc.write(20, [])
    proc.write(1000, [])
    assert seen() == []
    now = FIND_SECONDS
    assert seen() == []
    proc.write(20, [amdgpu(2)])  # it has closed one and opened another: looked at again at once
    proc.write(1000, [amdgpu(3)])  # young: looked at each time
    now = 2 * FIND_SECONDS
    assert seen() == [20, 1000]


def test_an_old_process_that_begins_to_draw_is_found_in_its_turn(tmp_path: Path) -> None:
    now = 0.0
    proc = Proc(tmp_path)
    proc.write(20, [])
    clients = DrmClients(tmp_path, lambda: now)
    clients.users(SLOT)
    proc.write(20, [amdgpu(1)])
    found = 0
    for turn in range(TURNS):
        now = (turn + 1) * FIND_SECONDS
        found += bool(clients.users(SLOT))
    assert found >= 1
    assert clients.users(SLOT)


def test_a_driver_that_does_not_count_tells_nothing(tmp_path: Path) -> None:
    proc = Proc(tmp_path)
    proc.write(20, ["pos:\t0\nflags:\t02\n"])
    clients = DrmClients(tmp_path, lambda: 0.0)
    assert clients.users(SLOT) is None
    assert clients.held_by(SLOT, 20) is None


def test_memory_of_one_process_now(tmp_path: Path) -> None:
    proc = Proc(tmp_path)
    proc.write(20, [amdgpu(1, mib=100), amdgpu(1, mib=100), amdgpu(2, mib=50), amdgpu(3, OTHER_SLOT)])
    proc.write(40, [])
    proc.write(50, ["drm-pdev:\t0000:03:00.0\ndrm-client-id:\t4\n"])
    clients = DrmClients(tmp_path, lambda: 0.0)
    held = [clients.held_by(SLOT, process) for process in (20, 40, 50, 60)]
    assert held == [150 * MIB, 0, None, 0]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_this_computers_processes() -> None:
    clients = DrmClients()
    users = clients.users(SLOT)
    assert users is None or all(use.process > 0 for use in users)
    assert clients.held_by(SLOT, os.getpid()) == 0
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    assert clients.held_by(SLOT, ended.pid) == 0


def add_card(root: Path, number: int, vendor: str, slot: str) -> None:
    device = root / "class" / "drm" / f"card{number}" / "device"
    device.mkdir(parents=True)
    (device / "vendor").write_text(vendor)
    (device / "device").write_text("0x73bf")
    (device / "uevent").write_text(f"PCI_SLOT_NAME={slot}\n")
    (device / "mem_info_vram_total").write_text(str(16 * 2**30))


def add_compute(root: Path, number: int, location: int, **processes: str) -> None:
    kfd = root / "class" / "kfd" / "kfd"
    node = kfd / "topology" / "nodes" / str(number)
    node.mkdir(parents=True)
    (node / "gpu_id").write_text(f"{number * 1000}\n")
    (node / "properties").write_text(f"cpu_cores_count 0\nlocation_id {location}\ndomain 0\n")
    for process, size in processes.items():
        folder = kfd / "proc" / process[1:]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"vram_{number * 1000}").write_text(size)


def test_rocms_count_for_everybodys_processes(tmp_path: Path) -> None:
    add_compute(tmp_path, 0, 0)
    add_compute(tmp_path, 1, 0x0300, p20="6442450944\n", p30="0\n")
    add_compute(tmp_path, 2, 0x0E00, p20="77\n")
    compute = ComputeMemory(tmp_path)
    assert compute.users(SLOT) == [ProcessUse(20, 6 * 2**30)]
    assert [compute.held_by(slot, 20) for slot in (SLOT, OTHER_SLOT, "0000:99:00.0")] == [6 * 2**30, 77, 0]
    assert compute.held_by(SLOT, 99) == 0
    assert ComputeMemory(tmp_path / "none").users(SLOT) == []


def test_addresses_of_compute_nodes() -> None:
    assert address("location_id 8961\ndomain 1\n") == "0001:23:00.1"
    assert address("location_id 232\n") == "0000:00:1d.0"
    assert address("") == "0000:00:00.0"


def test_amds_cards_by_files_and_by_rocm(tmp_path: Path) -> None:
    proc = Proc(tmp_path / "proc")
    proc.write(20, [amdgpu(1, mib=1)])
    proc.write(25, [amdgpu(2, mib=300, ns=4)])
    add_card(tmp_path, 0, "0x1002", OTHER_SLOT)
    add_card(tmp_path, 1, "0x1002", SLOT)
    add_compute(tmp_path, 1, 0x0300, p20=f"{700 * MIB}\n")
    source = AmdSource(tmp_path, tmp_path, clients=DrmClients(tmp_path / "proc", lambda: 0.0))
    assert source.users("cuda:0") is None  # not read yet
    source.read()
    assert source.users("cuda:0") == [ProcessUse(20, 700 * MIB), ProcessUse(25, 300 * MIB, None, graphics=True)]
    assert source.users("cuda:1") == []
    assert [source.held_by("cuda:0", process) for process in (20, 25, 99)] == [700 * MIB, 300 * MIB, 0]
    assert source.held_by("cuda:7", 20) is None


def test_intels_cards_by_files(tmp_path: Path) -> None:
    proc = Proc(tmp_path / "proc")
    proc.write(20, [I915])
    add_card(tmp_path, 0, "0x8086", "0000:00:02.0")
    add_card(tmp_path, 1, "0x8086", SLOT)
    source = IntelSource(tmp_path, tmp_path, clients=DrmClients(tmp_path / "proc", lambda: 0.0))
    assert source.held_by("xpu:0", 20) is None
    source.read()
    assert source.users("xpu:0") == [ProcessUse(20, 256 * MIB)]
    assert source.users("xpu:1") == []
    assert source.held_by("xpu:0", 20) == 256 * MIB


def test_two_tellers_complete_each_other() -> None:
    first = [ProcessUse(1, None, 0.5), ProcessUse(2, 7, None), ProcessUse(3)]
    second = [ProcessUse(1, 10, 0.9), ProcessUse(2, 8, 0.1, graphics=True), ProcessUse(4, 4)]
    assert combined(first, second) == [
        ProcessUse(1, 10, 0.9),  # the one may have had no sample
        ProcessUse(2, 7, 0.1, graphics=True),
        ProcessUse(3),
        ProcessUse(4, 4),
    ]
