"""The practice project: what it is made of, and that it is prepared once."""

import sysconfig
import time
from pathlib import Path

import msgspec
import pytest

from helpers.initialising_trainer import command
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.host import practice
from lightwork.host.folder import ProjectFolder, read_key, read_manifest, write_manifest
from lightwork.protocol.documents import Kind, sign

LIBRARY = Path(sysconfig.get_path("stdlib"))


def sources(folder: Path, count: int = 300) -> Path:
    """Some Python files, and some that are not to be taken."""
    for name in [f"part{number % 7}/module{number}.py" for number in range(count)]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"# {name}\n" * 60)
    for name in (
        "test/test_x.py",
        "part1/tests/y.py",
        "site-packages/z.py",
        "part1/__pycache__/w.py",
        "part1/readme.md",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("left out")
    return folder


def test_the_model_has_about_a_million_parameters() -> None:
    assert practice.MODEL.parameters == 856_064
    assert practice.RECIPE.up.dense
    assert practice.RECIPE.down.dense


def test_the_library_gives_enough_and_is_split_alike_every_time() -> None:
    files = practice.source_files(LIBRARY)
    training, held_out = practice.split(files)
    assert (training, held_out) == practice.split(practice.source_files(LIBRARY))
    assert not {name for name, _ in training} & {name for name, _ in held_out}
    assert 4 << 20 < sum(path.stat().st_size for _, path in training) <= practice.SOURCE_BYTES
    assert 16 << 10 < sum(path.stat().st_size for _, path in held_out) <= practice.HELD_OUT_BYTES
    assert any(name.startswith("pydoc_data/") for name, _ in files)


def test_tests_and_foreign_packages_are_left_out(tmp_path: Path) -> None:
    names = [name for name, _ in practice.source_files(sources(tmp_path))]
    assert len(names) == 300
    assert names == sorted(names)
    assert all(name.startswith("part") and "tests" not in name for name in names)


async def test_it_is_made_once_and_is_a_project_like_any_other(tmp_path: Path) -> None:
    folder, library = tmp_path / "practice", sources(tmp_path / "library")
    link = await practice.prepare(folder, sources=library, trainer=command())
    manifest, document = read_manifest(ProjectFolder(folder).manifest)
    assert (link.loopback, link.port, link.project) == (True, None, manifest.project)
    assert manifest.practice
    assert manifest.parameters == 856_064
    again = await practice.prepare(folder, sources=tmp_path / "gone", trainer=["/nowhere"])
    assert again == link
    assert read_manifest(ProjectFolder(folder).manifest) == (manifest, document)
    (folder / "port").write_text("4711")
    assert (await practice.prepare(folder)).port == 4711


async def test_a_description_that_will_expire_soon_is_renewed(tmp_path: Path) -> None:
    folder = ProjectFolder(tmp_path / "practice")
    await practice.prepare(folder.root, sources=sources(tmp_path / "library"), trainer=command())
    manifest, _ = read_manifest(folder.manifest)
    old = msgspec.structs.replace(manifest, expires=int(time.time()) + 86_400)
    write_manifest(folder.manifest, sign(Kind.MANIFEST, old, read_key(folder.project_key)))
    await practice.prepare(folder.root)
    renewed, _ = read_manifest(folder.manifest)
    assert renewed.serial == manifest.serial + 1
    assert renewed.expires > time.time() + 300 * 86_400


async def test_where_there_are_no_sources_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(LightworkError) as caught:
        await practice.prepare(tmp_path / "practice", sources=sources(tmp_path / "library", 3), trainer=command())
    assert caught.value.trouble is Trouble.PRACTICE_FAILED
    assert not (tmp_path / "practice").exists()


def test_a_failure_is_one_line_and_an_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "practice").mkdir()
    (tmp_path / "practice" / "manifest.json").write_text("{}")
    assert practice.main(["--folder", str(tmp_path / "practice")]) == 1
    line = msgspec.json.decode(capsys.readouterr().out)
    assert line["trouble"] == "manifest_invalid"
    assert "manifest.json" in line["detail"]
