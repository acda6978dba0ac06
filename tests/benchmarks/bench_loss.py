"""Loss per byte: our recipe beside synchronous training, DiLoCo and SparseLoCo. `python
tests/benchmarks/bench_loss.py`.

One model (the practice project's, 856,064 parameters), the same data in the same order, the same tokens. A run takes 5
to 12 minutes of one core; runs go side by side, and those whose CSV file is complete already are not run again,
whatever has changed in the program since: give an empty --folder then. At the end a table and a plot are written;
`--report` alone does only that. Options: see `--help`.
"""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "client"))
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from loss.report import report
from loss.runs import COMPARED, RUNS, carry_out
from loss.task import BATCH, MODELS, PRACTICE, Budget, read

RESULTS = Path(__file__).parent / "results" / "loss"


def file_of(folder: Path, name: str, budget: Budget) -> Path:
    return folder / f"{name}-{budget.size}-{budget.seed}.csv"


def wanted(options: argparse.Namespace) -> list[tuple[str, Budget]]:
    return [
        (
            name,
            Budget(
                steps=options.steps, volunteers=options.volunteers, seed=seed, batch=options.batch, model=options.model
            ),
        )
        for seed in options.seeds
        for name in options.runs
    ]


def is_complete(file: Path, budget: Budget) -> bool:
    rows = read(file)
    return bool(rows) and rows[-1]["step"] == budget.steps


def run_apart(name: str, budget: Budget, folder: Path) -> None:
    """In a process of its own, on one core."""
    command = [sys.executable, __file__, "--folder", str(folder), "--one", name, "--steps", str(budget.steps)]
    command += ["--volunteers", str(budget.volunteers), "--seeds", str(budget.seed), "--batch", str(budget.batch)]
    command += ["--model", budget.model]
    subprocess.run(command, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", nargs="+", default=COMPARED, choices=list(RUNS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--steps", type=int, default=1500, help="optimizer steps of each volunteer")
    parser.add_argument("--volunteers", type=int, default=4)
    parser.add_argument("--batch", type=int, default=BATCH, help="sequences a volunteer and step")
    parser.add_argument(
        "--model", default=PRACTICE, choices=list(MODELS), help="small: to try settings, in two minutes"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where the raw results are kept")
    parser.add_argument("--report", action="store_true", help="only write table and plot of what is there")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.one:
        [(_, budget), *_] = wanted(options)
        carry_out(options.one, budget, file_of(options.folder, options.one, budget))
        return 0
    if not options.report:
        missing = [
            (name, budget)
            for name, budget in wanted(options)
            if not is_complete(file_of(options.folder, name, budget), budget)
        ]
        with ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(lambda run: run_apart(*run, options.folder), missing))
    report(options.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
