"""The recipe that a team writes: a TOML file beside its text, its model configuration and perhaps its weights."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.host.settings import HostSettings
from lightwork.protocol.manifest import Needs, Positive, Recipe, Text
from lightwork.protocol.model import Model, read_configuration

BYTES = "bytes"


class Data(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which text. Files are paths or patterns, `*.jsonl` with a `text` in each line, all others plain text (UTF-8)."""

    files: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    held_out: tuple[str, ...] = ()  # files to measure on, if they are to be chosen by hand
    held_out_share: Annotated[float, msgspec.Meta(gt=0, lt=0.5)] = 0.01  # of the documents, if they are not
    tokenizer: str = BYTES  # or the path of a tokenizer.json
    end_of_text: str = ""  # the token of that tokenizer which ends a document
    shard_bytes: Annotated[int, msgspec.Meta(ge=1 << 12, le=1 << 30)] = 1 << 18


class RecipeFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole recipe."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    summary: Text = ""
    team: Annotated[str, msgspec.Meta(max_length=100)] = ""
    serial: Positive = 1
    valid_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 90
    model: str | dict[str, Any]  # the path of a config.json, or its content
    weights: tuple[str, ...] = ()  # safetensors files; none: fresh weights
    seed: Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)] = 1  # of fresh weights
    data: Data
    recipe: Recipe
    needs: Needs | None = None
    host: HostSettings = HostSettings()


def read_recipe(path: Path) -> RecipeFile:
    """Read a recipe. Raises RECIPE_INVALID with the line or the field that is wrong."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=RecipeFile)
    except OSError as error:
        raise invalid(f"{path.name}: {error.strerror}") from None
    except (msgspec.DecodeError, ValueError) as error:
        raise invalid(f"{path.name}: {error}") from None


def read_model(recipe: RecipeFile, root: Path) -> Model:
    """The model of a recipe whose paths start at `root`. Raises RECIPE_INVALID, MODEL_CODE or ARCHITECTURE_UNKNOWN."""
    raw: Any = recipe.model
    if isinstance(raw, str):
        try:
            raw = json.loads((root / raw).read_bytes())
        except OSError as error:
            raise invalid(f"model: {recipe.model}: {error.strerror}") from None
        except ValueError as error:
            raise invalid(f"model: {recipe.model}: {error}") from None
    if not isinstance(raw, dict):
        raise invalid(f"model: {recipe.model}: no table")
    try:
        return read_configuration(raw)
    except LightworkError as error:
        if error.trouble is Trouble.MANIFEST_INVALID:
            raise invalid(f"model: {error.detail}") from None
        raise


def find_files(patterns: Sequence[str], root: Path, field: str) -> list[Path]:
    """The files that paths and patterns name, sorted, each once. Raises RECIPE_INVALID for one that names none."""
    found: set[Path] = set()
    for pattern in patterns:
        anchor = Path(pattern).anchor
        start, rest = (Path(anchor), pattern[len(anchor) :]) if anchor else (root, pattern)
        try:
            matches = [path for path in start.glob(rest) if path.is_file()]
        except (ValueError, NotImplementedError) as error:
            raise invalid(f"{field}: {pattern}: {error}") from None
        if not matches:
            raise invalid(f"{field}: {pattern} names no file")
        found.update(matches)
    return sorted(found)


def invalid(why: str) -> LightworkError:
    """A recipe with a mistake."""
    return LightworkError(Trouble.RECIPE_INVALID, why)
