"""Finds packages that an interrupted pip left half installed.

pip takes a package for installed as soon as its .dist-info folder holds METADATA, but writes that folder's final RECORD
(the list of the package's files, with sizes) last of all. Between the two lies everything that a kill can tear.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path


def packages(site_packages: Path) -> dict[str, Path]:
    """Installed packages: normalised name to .dist-info folder, whole or not."""
    return {normal(path.name.split("-")[0]): path for path in site_packages.glob("*.dist-info")}


def normal(name: str) -> str:
    """Package names as PEP 503 compares them."""
    return name.replace("_", "-").replace(".", "-").lower()


def recorded(dist_info: Path) -> dict[str, int | None] | None:
    """Files of a package (relative to site-packages) and their sizes, None for a size that is not told.

    Returns None while pip is not done with the package: only the final list names INSTALLER, which no wheel holds.
    """
    try:
        with (dist_info / "RECORD").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.reader(file) if len(row) == 3]
    except (OSError, UnicodeDecodeError, csv.Error):
        return None
    files = {row[0]: int(row[2]) if row[2].isdecimal() else None for row in rows}
    return files if f"{dist_info.name}/INSTALLER" in files else None


def is_whole(dist_info: Path) -> bool:
    """Are all files there, each with its size?"""
    files = recorded(dist_info)
    if files is None:
        return False
    for name, size in files.items():
        if size is None:
            continue
        try:
            if (dist_info.parent / name).stat().st_size != size:
                return False
        except OSError:
            return False
    return True


def clear(site_packages: Path) -> list[str]:
    """Make pip see broken packages as missing, so that it installs them again; returns their names, sorted.

    Also removes the `~name` folders in which pip keeps a package that it is replacing. Raises OSError.
    """
    broken = {name: path for name, path in packages(site_packages).items() if not is_whole(path)}
    for path in [*broken.values(), *site_packages.glob("~*")]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    return sorted(broken)
