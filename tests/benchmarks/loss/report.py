"""The table and the plot of the runs that are there, from their CSV files alone."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev

from loss.task import DENSE, MODELS, PRACTICE, read

Rows = Sequence[Mapping[str, float]]
Setting = tuple[str, str]
"""A budget's size, and the run's name."""

_SIZE = re.compile(r"\d+x(\d+)")

NOTE = (
    "Muon trains lightwork's and synchronous-muon's models, AdamW the others', as their authors have it: part of the "
    "difference is the optimizer's. Bytes of ours are counted at the sockets, heads and all; those of the others are "
    "what their methods must send. Settings of ours were chosen with seed 1 of a smaller model, AdamW's and Muon's "
    "rates with seed 1 of this one; those of diloco and sparseloco are their authors', with synchronous AdamW's rate."
)


def report(folder: Path) -> None:
    """Print the table, and write it and the plot into the folder."""
    runs = _runs(folder)
    lines = list(_table(runs))
    (folder / "loss.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    _plot(runs, folder / "loss.svg")


def _runs(folder: Path) -> dict[Setting, list[Rows]]:
    """Complete runs, those of several seeds together."""
    found: dict[Setting, list[Rows]] = defaultdict(list)
    for file in sorted(folder.glob("*.csv")):
        name, size, _ = file.stem.rsplit("-", 2)
        rows = read(file)
        if rows and rows[-1]["step"] == float(_SIZE.match(size)[1]):  # type: ignore[index]
            found[size, name].append(rows)
    return dict(sorted(found.items()))


def _parameters(size: str) -> int:
    model = next((name for name in MODELS if size.endswith(name)), PRACTICE)
    return MODELS[model].parameters


def _table(runs: Mapping[Setting, Sequence[Rows]]) -> Iterable[str]:
    yield "| volunteers x steps (x sequences) | recipe | held-out loss (seeds) | sent | received | bytes less |"
    yield "|---|---|---|---|---|---|"
    for (size, name), seeds in runs.items():
        losses = [rows[-1]["loss"] for rows in seeds]
        up, down = (mean(rows[-1][kind] for rows in seeds) for kind in ("bytes_up", "bytes_down"))
        spread = f" +- {stdev(losses):.3f}" if len(losses) > 1 else ""
        factor = 2 * DENSE * _parameters(size) * seeds[0][-1]["step"] / (up + down)
        yield (
            f"| {size} | {name} | {mean(losses):.3f}{spread} ({len(losses)}) "
            f"| {up / 1e6:,.2f} MB | {down / 1e6:,.2f} MB | {factor:,.0f} x |"
        )
    yield ""
    yield NOTE


def _plot(runs: Mapping[Setting, Sequence[Rows]], file: Path) -> None:
    """Loss over bytes, a line a recipe: the mean over the seeds."""
    try:
        import matplotlib  # noqa: PLC0415  only the plot needs it
    except ModuleNotFoundError:
        print("no plot: pip install matplotlib")
        return
    matplotlib.use("svg")
    from matplotlib import pyplot  # noqa: PLC0415

    figure, axes = pyplot.subplots(figsize=(8, 5), layout="constrained")
    for (size, name), seeds in runs.items():
        points = list(zip(*seeds, strict=False))
        sent = [mean(row["bytes_up"] + row["bytes_down"] for row in rows) / 1e6 for rows in points]
        loss = [mean(row["loss"] for row in rows) for rows in points]
        axes.plot(sent, loss, marker=".", label=f"{name}, {size}")
    axes.set(xscale="log", xlabel="MB sent and received by each volunteer", ylabel="held-out loss, nats a token")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(file, metadata={"Date": None})
