"""What larger runs would send and need, worked out from the recipes of `bench_loss.py`: `python
tests/benchmarks/on_paper.py`.

**Traffic.** Rounds are counted by the host's own rules (`host/steering.py`) for so many steps; each sends one payload
up and one down, of as many bits a parameter as the codec makes of a million normal numbers. Data-parallel training in
float32 sends 32 bits up and 32 down a parameter and step.

**Volunteers and links.** A run of 20 tokens a parameter (Hoffmann et al. 2022) takes 6 x parameters x tokens
operations. A volunteer gives `OPERATIONS` a second (an RTX 4090 has 165 x 10^12 dense bf16 operations a second by its
data sheet; two fifths of that are reached in well-made training) for `HOURS` a day. All volunteers' steps together hold
`BATCH_TOKENS`, four times the largest batch of Llama 3 405B (16M, Dubey et al. 2024); that says how many steps the run
has, and so how many rounds. A link is fast enough if all payloads of the run go up in the hours given: then nobody
waits. Whether the model fits the volunteer's card is another question: at 16 bytes a parameter 70B needs 1.1 TB, so
such a run needs computers that hold it, or splits it over several. And that a large model learns as well in so few
rounds as our small one does is not measured by anybody.
"""

import sys
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "client"))
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

import msgspec
import numpy as np
from loss.runs import CLOSE, LEAN

from lightwork.codec import encode
from lightwork.domain.layout import Layout
from lightwork.domain.scheme import Scheme
from lightwork.host.steering import first_plan, next_plan
from lightwork.protocol.manifest import Recipe

GPTJT = (6.05e9, 26_000)  # parameters, steps; Together 2022
# Bytes a machine: 26,000 steps x 6.05e9 x 4 bytes is one way, and ours is both; their own way is as they say.
SPENT = {"data-parallel, one way": 633e12, "GPT-JT's own way": 12.7e12}
OPERATIONS, HOURS = 0.4 * 165e12, 8.0
BATCH_TOKENS = 64e6
DAYS = 100


def rounds(recipe: Recipe, steps: int) -> int:
    """Rounds of a run of so many steps of every volunteer."""
    recipe = msgspec.structs.replace(recipe, planned_steps=steps)
    plan, count = first_plan(recipe), 0
    while plan.step < steps:
        plan = next_plan(plan, [min(plan.local_steps(recipe.max_local_steps), int(steps - plan.step) or 1)], recipe)
        count += 1
    return count


@cache
def bits(scheme: Scheme) -> float:
    """Of a parameter and payload."""
    values = np.random.default_rng(1).standard_normal(1 << 20, dtype=np.float32)
    return 8 * len(encode(values, Layout((("all", values.shape),)), scheme).payload) / values.size


def main() -> int:
    parameters, steps = GPTJT
    print(f"GPT-JT's run: {parameters / 1e9:.2f}B parameters, {steps:,} steps; bytes of one machine, both ways")
    for name, spent in SPENT.items():
        print(f"  {name:<28} {spent / 1e12:8.2f} TB")
    for name, recipe in (("lightwork-close", CLOSE), ("lightwork-lean", LEAN)):
        count = rounds(recipe, steps)
        sent = count * (bits(recipe.up) + bits(recipe.down)) / 8 * parameters
        print(
            f"  {name:<28} {sent / 1e12:8.2f} TB  {count} rounds, {SPENT['data-parallel, one way'] / sent:,.0f} x less"
        )
    for parameters in (70e9, 400e9):
        need(parameters)
    return 0


def need(parameters: float) -> None:
    tokens = 20 * parameters
    operations = 6 * parameters * tokens
    volunteers = operations / (OPERATIONS * HOURS * 3600 * DAYS)
    speed, steps = OPERATIONS / (6 * parameters), round(tokens / BATCH_TOKENS)
    print(f"{parameters / 1e9:.0f}B, {tokens / 1e12:.1f}T tokens in {DAYS} days, {HOURS:.0f} hours a day: ", end="")
    print(f"{volunteers:,.0f} volunteers of {speed:,.0f} tokens a second, {steps:,} steps")
    for name, recipe in (("lightwork-close", CLOSE), ("lightwork-lean", LEAN)):
        up, count, given = bits(recipe.up) / 8 * parameters, rounds(recipe, steps), DAYS * HOURS * 3600
        print(f"  {name:<28} {count:,} rounds, one in {DAYS * HOURS / count:.2f} hours given, ", end="")
        print(f"{up / 1e9:.1f} GB each way: {8 * up * count / given / 1e6:,.1f} Mbit/s up and down")


if __name__ == "__main__":
    sys.exit(main())
