"""Which system libraries Qt needs, and how each family of Linux is told to get them."""

import importlib.util
import struct
import sys
from pathlib import Path

import pytest

import system_libraries
from system_libraries import Manager


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ({"ID": "debian"}, Manager.APT),
        ({"ID": "ubuntu", "ID_LIKE": "debian"}, Manager.APT),
        ({"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, Manager.APT),
        ({"ID": "fedora"}, Manager.DNF),
        ({"ID": "rocky", "ID_LIKE": "rhel centos fedora"}, Manager.DNF),
        ({"ID": "arch"}, Manager.PACMAN),
        ({"ID": "manjaro", "ID_LIKE": "arch"}, Manager.PACMAN),
        ({"ID": "opensuse-tumbleweed", "ID_LIKE": "opensuse suse"}, Manager.ZYPPER),
        ({"ID": "opensuse-leap"}, Manager.ZYPPER),
        ({"ID": "nixos"}, None),
        ({}, None),
    ],
)
def test_the_package_manager_is_known_by_os_release(release: dict[str, str], expected: Manager | None) -> None:
    assert system_libraries.manager(release) is expected


@pytest.mark.parametrize(
    ("manager", "root", "line"),
    [
        (Manager.APT, False, "sudo apt-get install -y libxcb-icccm4 libxcb-keysyms1 xvfb"),
        (Manager.APT, True, "apt-get install -y libxcb-icccm4 libxcb-keysyms1 xvfb"),
        (Manager.DNF, False, "sudo dnf install -y xcb-util-keysyms xcb-util-wm xorg-x11-server-Xvfb"),
        (Manager.PACMAN, False, "sudo pacman -S --needed xcb-util-keysyms xcb-util-wm xorg-server-xvfb"),
        (Manager.ZYPPER, False, "sudo zypper install libxcb-icccm4 libxcb-keysyms1 xorg-x11-server-Xvfb"),
    ],
)
def test_the_exact_command_is_told(manager: Manager, root: bool, line: str) -> None:
    lacking = ["libxcb-icccm.so.4", "libxcb-keysyms.so.1", "Xvfb"]
    assert system_libraries.command(system_libraries.packages(lacking, manager), manager, root=root) == line


def test_a_package_that_holds_two_libraries_is_named_once() -> None:
    assert system_libraries.packages(["libglib-2.0.so.0", "libgthread-2.0.so.0"], Manager.DNF) == ["glib2"]


@pytest.mark.parametrize(
    ("environ", "present", "absent"),
    [
        ({}, "libGL.so.1", "libxcb.so.1"),
        ({"DISPLAY": ":0"}, "libxcb-cursor.so.0", "libwayland-client.so.0"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "libwayland-cursor.so.0", "libxcb-cursor.so.0"),
    ],
)
def test_only_what_the_screen_needs_is_looked_for(environ: dict[str, str], present: str, absent: str) -> None:
    wanted = system_libraries.for_screen(environ)
    assert present in wanted
    assert absent not in wanted


def test_missing_libraries_are_those_that_do_not_load() -> None:
    assert system_libraries.missing(["a", "b", "c"], loads=lambda name: name != "b") == ["b"]
    assert not system_libraries.loads("libthis-does-not-exist.so.1")


def test_only_debian_keeps_the_venv_module_apart() -> None:
    assert system_libraries.venv_packages(Manager.APT, "3.12") == ["python3.12-venv"]
    assert system_libraries.venv_packages(Manager.DNF, "3.12") == []
    assert system_libraries.venv_packages(None, "3.12") == []


def needed(library: Path) -> set[str]:
    """Names that a 64-bit little-endian ELF file lists as DT_NEEDED (System V ABI, chapters 4 and 5)."""
    data = library.read_bytes()
    assert data[:6] == b"\x7fELF\x02\x01", library
    table, size, count = (*struct.unpack_from("<Q", data, 32), *struct.unpack_from("<HH", data, 54))
    segments = [struct.unpack_from("<IIQQQQ", data, table + index * size) for index in range(count)]
    entries: list[tuple[int, int]] = []
    for kind, _, offset, _, _, length in segments:
        if kind == 2:  # PT_DYNAMIC
            entries = [struct.unpack_from("<QQ", data, at) for at in range(offset, offset + length, 16)]
    strings = dict(entries)[5]  # DT_STRTAB, an address; PT_LOAD segments say where it lies in the file
    start = next(
        strings - address + offset
        for kind, _, offset, address, _, length in segments
        if kind == 1 and address <= strings < address + length
    )
    names = [start + value for tag, value in entries if tag == 1]
    return {data[at : data.index(b"\0", at)].decode() for at in names}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems' wheels bring all libraries")
def test_the_list_is_what_the_installed_qt_needs() -> None:
    spec = importlib.util.find_spec("PySide6")
    assert spec is not None
    assert spec.origin is not None
    home = Path(spec.origin).parent
    ours = ("libQt6", "libpyside", "libshiboken", "libicu", "ld-linux")
    toolchain = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "libstdc++.so.6", "libgcc_s.so.1"}
    # Comes with the library that is in the list beside it, or with the C library.
    beside = {"libbrotlicommon.so.1", "libresolv.so.2", "librt.so.1"}

    def wants(*patterns: str) -> set[str]:
        files = [file for pattern in patterns for file in home.glob(pattern)]
        assert files, patterns
        found = {name for file in files for name in needed(file)}
        return {name for name in found if not name.startswith(ours)} - toolchain - beside

    base = wants(
        *[f"Qt{name}.abi3.so" for name in ("Core", "Gui", "Widgets", "Network", "DBus", "Svg")],
        *[f"Qt/lib/libQt6{name}.so.6" for name in ("Core", "Gui", "Widgets", "Network", "DBus", "Svg")],
        "Qt/plugins/platforms/libqoffscreen.so",
    )
    xcb = wants("Qt/plugins/platforms/libqxcb.so", "Qt/lib/libQt6XcbQpa.so.6", "Qt/plugins/xcbglintegrations/*.so")
    wayland = wants("Qt/plugins/platforms/libqwayland*.so", "Qt/lib/libQt6WaylandClient.so.6")
    assert base - set(system_libraries.BASE) == set()
    assert xcb - set(system_libraries.BASE) - set(system_libraries.XCB) == set()
    assert wayland - set(system_libraries.BASE) - set(system_libraries.WAYLAND) == set()
