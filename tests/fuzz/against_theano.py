"""Graphs at random, held against Theano 1.0.5.

    python -m tests.fuzz.against_theano --python theano-python --graphs 500 --seed 1

``--python`` is a Python that has it. Values are compared as ``tests.fuzz`` compares, errors by
class. What is printed is to be judged: Theano refuses some things that are allowed here, and
docs/differences.md lists what is different on purpose.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

os.environ.pop("THEANO_FLAGS", None)
os.environ["THEANORC"] = str(Path(__file__).parents[1] / "data" / "theanorc")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import tests.fuzz.batches  # noqa: F401  the tables of statements
from tests.fuzz.comparing import Tolerance, compare_values
from tests.fuzz.generate import Generator
from tests.fuzz.programs import Program
from tests.fuzz.rounding import Unstable
from tests.fuzz.running import outcomes

THEIR_SIDE = Path(__file__).parents[1] / "oracle" / "run_programs.py"


def made(seed: int, k: int) -> Program:
    random = Random(f"theano/{seed}/{k}")
    length = random.choice((1, 2, 2, 3, 4, 6))
    return Generator(random, length, wild=random.random() < 0.1, errors=True).program


def answers(python: str, programs: list[Program]) -> list[Any]:
    """Return what Theano makes of programs: arrays, or name and text of an error."""
    mine = ("THEANORC", "PYTHONPATH")
    done = subprocess.run(
        [python, str(THEIR_SIDE)],
        input=json.dumps([str(program) for program in programs]).encode(),
        stdout=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name not in mine},
        check=True,
    )
    return pickle.loads(done.stdout)


def judged(program: Program, theirs: Any) -> tuple[str, str]:
    """Return in a word how the two compare, and what differs."""
    (ours,) = outcomes([program], "py")
    if isinstance(theirs, tuple):
        name, text = theirs
        if not isinstance(ours, Exception):
            return f"only Theano raises {name}", text
        same = type(ours).__name__ == name
        return ("same error", "") if same else (f"{name} is {type(ours).__name__}", repr(ours))
    if isinstance(ours, Exception):
        return f"only we raise {type(ours).__name__}", repr(ours)
    tolerance = Tolerance(program, outcomes([program], "py None")[0])
    try:
        difference = compare_values({"theano": theirs, "here": ours}, tolerance)
    except Unstable:
        return "unstable", ""
    return ("same", "") if difference is None else (difference.kind, difference.text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True)
    parser.add_argument("--graphs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    programs = [made(options.seed, k) for k in range(options.graphs)]
    counts: Counter[str] = Counter()
    for program, theirs in zip(programs, answers(options.python, programs), strict=True):
        word, text = judged(program, theirs)
        counts[word] += 1
        if text:
            print(f"# {word}: {text[:400]!r}\n{program}\n")
    print(", ".join(f"{n} {word}" for word, n in counts.most_common()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
