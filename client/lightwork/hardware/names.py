"""Names of graphics cards from the tables that Linux systems carry: libdrm's for AMD, the PCI ID table for all."""

from collections.abc import Iterable
from pathlib import Path

SHARE = Path("/usr/share")
PCI_TABLES = ("hwdata/pci.ids", "misc/pci.ids", "pci.ids")
AMD_TABLE = "libdrm/amdgpu.ids"


def pci_name(share: Path, vendor: int, model: int) -> str | None:
    """The marketing name of a PCI device, "Radeon RX 6800 XT" say; None if no table lists it."""
    for table in PCI_TABLES:
        try:
            with (share / table).open(encoding="utf-8", errors="replace") as lines:
                return find_pci_name(lines, vendor, model)
        except OSError:
            continue
    return None


def amd_name(share: Path, model: int, revision: int) -> str | None:
    """The marketing name that AMD gives for a device and revision; None if the table does not list it."""
    try:
        with (share / AMD_TABLE).open(encoding="utf-8", errors="replace") as lines:
            return find_amd_name(lines, model, revision)
    except OSError:
        return None


def find_pci_name(lines: Iterable[str], vendor: int, model: int) -> str | None:
    """Search a PCI ID table: a vendor's line, then its devices, each after one tab; see https://pci-ids.ucw.cz."""
    inside = False
    for line in lines:
        if inside and line.startswith(f"\t{model:04x} "):
            name = line[5:].strip()
            # "Navi 21 [Radeon RX 6800 XT]": chip, then what it is sold as.
            return name[name.index("[") + 1 : -1] if "[" in name and name.endswith("]") else name
        if line.strip() and not line.startswith(("\t", "#")):
            inside = line.startswith(f"{vendor:04x} ")
    return None


def find_amd_name(lines: Iterable[str], model: int, revision: int) -> str | None:
    """Search libdrm's table: lines such as "73BF, C1, AMD Radeon RX 6800 XT", hexadecimal device and revision."""
    for line in lines:
        fields = [field.strip() for field in line.split(",", 2)]
        if len(fields) == 3 and fields[0] == f"{model:04X}" and fields[1] == f"{revision:02X}":
            return fields[2]
    return None
