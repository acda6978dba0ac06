"""What every run of the comparison shares: model, data, budget, the fall of the rates, measuring, and records."""

import csv
import sysconfig
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import torch
from torch import Tensor, nn

from lightwork.codec.weights import Vector
from lightwork.host.practice import MODEL, RECIPE, source_files, split
from lightwork.protocol.manifest import Optimizer
from lightwork.protocol.model import GptjModel
from lightwork.trainer.evaluate import loss_of
from lightwork.trainer.flat import gather, scatter
from lightwork.trainer.models import build, layout_of
from lightwork.trainer.optimizers import InnerOptimizer

SEQUENCE = 128  # tokens, which are bytes
BATCH = 4  # sequences a volunteer and step, unless the budget says otherwise
# The practice project's, on which recipes are compared, and one on which a setting can be tried in two minutes.
PRACTICE, SMALL = "practice", "small"
MODELS = {
    PRACTICE: MODEL,
    SMALL: GptjModel(vocab_size=256, n_positions=SEQUENCE, n_embd=64, n_layer=2, n_head=2, rotary_dim=16),
}
WARMUP = 30  # steps
LATE = 0.1  # of a round's steps, taken on the old weights while ours is on its way
MEASUREMENTS = 10  # of the held-out loss, spread over the run
DENSE = 4  # bytes of a float32
FIELDS = ("step", "loss", "bytes_up", "bytes_down", "seconds")


@dataclass(frozen=True, kw_only=True)
class Budget:
    """One run: steps of each volunteer, volunteers, seed of weights and data, sequences of a step, and the model."""

    steps: int
    volunteers: int
    seed: int
    batch: int = BATCH
    model: str = PRACTICE

    @property
    def size(self) -> str:
        """What runs that may be compared have in common, for the names of files: "4x1500", "4x1500x16small"."""
        batch = "" if self.batch == BATCH else f"x{self.batch}"
        return f"{self.volunteers}x{self.steps}{batch}" + ("" if self.model == PRACTICE else self.model)


class Data:
    """Python's own library, as the practice project has it. What a volunteer sees at a step is up to the seed alone."""

    def __init__(self, budget: Budget) -> None:
        training, held_out = split(source_files(Path(sysconfig.get_path("stdlib"))))
        self._text = np.frombuffer(b"".join(file.read_bytes() for _, file in training), np.uint8)
        measured = np.frombuffer(b"".join(file.read_bytes() for _, file in held_out), np.uint8)
        self._budget = budget
        self._held_out = torch.from_numpy(_windows(measured, range(0, len(measured) - SEQUENCE, SEQUENCE)))

    def batch(self, volunteer: int, step: int) -> Tensor:
        """(budget's batch, SEQUENCE + 1) tokens."""
        random = np.random.default_rng([self._budget.seed, volunteer, step])
        starts = random.integers(0, len(self._text) - SEQUENCE - 1, self._budget.batch)
        return torch.from_numpy(_windows(self._text, starts))

    def held_out_loss(self, module: nn.Module) -> float:
        """Mean loss of the text that nobody trains on, in nats a token."""
        with torch.no_grad():
            parts = self._held_out.split(32)
            return float(np.average([loss_of(module, part).item() for part in parts], weights=[len(p) for p in parts]))


def _windows(text: np.ndarray, starts: Sequence[int] | np.ndarray | range) -> np.ndarray:
    return np.stack([text[start : start + SEQUENCE + 1] for start in starts]).astype(np.int64)


def falling(step: int, steps: int) -> float:
    """The share of the learning rates at a step: in a straight line to nothing, for every recipe alike."""
    return 1.0 - step / steps


class Learner:
    """A model with its inner optimizer: what one computer trains."""

    def __init__(self, budget: Budget, optimizer: Optimizer, rate: float, adamw_rate: float) -> None:
        torch.set_num_threads(1)
        recipe = msgspec.structs.replace(
            RECIPE, optimizer=optimizer, learning_rate=rate, adamw_learning_rate=adamw_rate, warmup_steps=WARMUP
        )
        self.module = build(MODELS[budget.model], budget.seed)
        self.layout = layout_of(self.module)
        self._optimizer = InnerOptimizer(self.module, recipe)

    def step(self, batches: Sequence[Tensor], share: float) -> None:
        """One step on the mean gradient of these batches, at this share of the rates."""
        for batch in batches:
            (loss_of(self.module, batch) / len(batches)).backward()  # type: ignore[no-untyped-call]
        self._optimizer.share = share
        self._optimizer.step()

    @property
    def momenta(self) -> dict[str, Tensor]:
        """Muon's own by name, to be changed in place."""
        return {name: value for name, value in self._optimizer.state().items() if name.endswith("momentum_buffer")}

    @property
    def weights(self) -> Vector:
        """A copy."""
        return gather(self.module, self.layout)

    @weights.setter
    def weights(self, vector: Vector) -> None:
        scatter(vector, self.module, self.layout)


@dataclass
class Record:
    """A run's rows, written as they come: a run that was broken off is begun anew, for its file lacks its last row."""

    file: Path
    budget: Budget
    began: float = field(default_factory=time.monotonic)
    rows: list[tuple[int, float, int, int, float]] = field(default_factory=list)

    def due(self, step: int, before: int) -> bool:
        """True if a measurement belongs between two steps, the first of them not counted."""
        every = max(1, self.budget.steps // MEASUREMENTS)
        return step // every > before // every or step == self.budget.steps

    def note(self, step: int, loss: float, up: float, down: float) -> None:
        """Bytes are one volunteer's, so far, as a mean over the volunteers."""
        row = (step, round(loss, 5), round(up), round(down), round(time.monotonic() - self.began, 1))
        self.rows.append(row)
        with self.file.open("w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(FIELDS)
            writer.writerows(self.rows)
        print(self.file.stem, *row, flush=True)


def read(file: Path) -> list[dict[str, float]]:
    """A run's rows; none if there is no such file."""
    if not file.exists():
        return []
    with file.open(newline="") as source:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(source)]
