"""What lies between a resume and the next step, and what a pause has to write.

    python tests/benchmarks/bench_resume.py [--parameters 1000000 100000000]

Prints the seconds until the practice model stands in a fresh process, ours and as transformers builds it, with the
memory of each; then, for each number of parameters, the seconds to write the quick checkpoint's tensors (weights and
one momentum) with and without waiting for the disk.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from lightwork.disk.durable import sync_file
from lightwork.trainer.tensorfile import Section, write_tensors

SIZES = "vocab_size=256, n_positions=128, n_embd=128, n_layer=4, n_head=4, rotary_dim=16"
OURS = f"""
import lightwork.trainer.training
from lightwork.protocol.model import GptjModel
from lightwork.trainer.models import build
build(GptjModel({SIZES}))
"""
THEIRS = f"""
from transformers.models.gptj import GPTJConfig, GPTJForCausalLM
GPTJForCausalLM(GPTJConfig({SIZES}))
"""
TELL = "\nimport psutil\nprint(psutil.Process().memory_info().rss >> 20)\n"


def fresh(program: str) -> tuple[float, int]:
    """Seconds and MiB of a process that runs it."""
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program + TELL], check=True, capture_output=True, text=True)
    return time.perf_counter() - began, int(done.stdout.split()[-1])


def save(parameters: int) -> tuple[float, float]:
    """Seconds to write, and to write and sync."""
    tensor = torch.zeros(parameters)
    sections = [Section(name, (parameters,), [tensor]) for name in ("local", "optimizer/momentum")]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "checkpoint"
        began = time.perf_counter()
        write_tensors(file, sections, {})
        quick = time.perf_counter() - began
        sync_file(file)
        return quick, time.perf_counter() - began


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parameters", type=int, nargs="*", default=[856_064, 100_000_000])
    options = parser.parse_args()
    for name, program in (("ours", OURS), ("transformers", THEIRS)):
        fresh(program)  # once for the page cache
        seconds, memory = fresh(program)
        print(f"model stands, {name:13} {seconds:6.1f} s, {memory} MiB")
    for parameters in options.parameters:
        quick, synced = save(parameters)
        print(f"{parameters:13,} parameters: quick {quick:7.3f} s, synced {synced:7.3f} s")


if __name__ == "__main__":
    main()
