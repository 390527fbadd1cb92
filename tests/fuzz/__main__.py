"""Graphs at random, in bulk.

    python -m tests.fuzz --graphs 20000 --seed 1 --jobs 2

Graph ``k`` of a seed is always the same, whatever ``--graphs`` and ``--jobs`` are. Each difference
is printed as a program that can be pasted into ``tests/fuzz/test_kept.py``.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections import Counter
from pathlib import Path

os.environ.pop("THEANO_FLAGS", None)
os.environ["THEANORC"] = str(Path(__file__).parents[1] / "data" / "theanorc")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")

from tests.fuzz.batches import Batch, run_batch
from tqdm import tqdm


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--graphs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first graph")
    parser.add_argument("--batch", type=int, default=60, help="graphs of one XLA program")
    parser.add_argument("--wild", type=float, default=0.15, help="part with NaN and infinities")
    parser.add_argument(
        "--full",
        type=int,
        default=20,
        help="every so many-th batch has updates and is compiled as usual, others quickly",
    )
    parser.add_argument("--keep-going", type=int, default=50, help="differences before it stops")
    parser.add_argument("--no-reduce", action="store_true", help="print programs as they are")
    options = parser.parse_args()
    batches = [
        Batch(
            options.seed, first, min(options.batch, options.first + options.graphs - first),
            options.wild, i % options.full != 0, not options.no_reduce,
        )
        for i, first in enumerate(
            range(options.first, options.first + options.graphs, options.batch)
        )
    ]  # fmt: skip
    counts: Counter[str] = Counter()
    context = multiprocessing.get_context("spawn")
    with (
        context.Pool(options.jobs, maxtasksperchild=40) as pool,
        tqdm(total=options.graphs, unit="graph", smoothing=0.05) as bar,
    ):
        for counted, failures in pool.imap_unordered(run_batch, batches):
            counts.update(counted)
            bar.update(counted["graphs"])
            for failure in failures:
                tqdm.write(failure + "\n", file=sys.stdout)
                sys.stdout.flush()
            bar.set_postfix(differences=counts["differences"])
            if counts["differences"] >= options.keep_going:
                pool.terminate()
                break
    print(", ".join(f"{n} {what}" for what, n in counts.items()))
    return 1 if counts["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
