"""Many programs at once, compiled together: one XLA program costs little more than a part of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import tests.fuzz.arranging
import tests.fuzz.elementwise  # noqa: F401  the two tables of statements
from tests.fuzz.comparing import Difference, compare
from tests.fuzz.generate import Generator
from tests.fuzz.programs import Program
from tests.fuzz.reducing import failing_modes, reduced
from tests.fuzz.rounding import Unstable
from tests.fuzz.running import MODES, REFERENCE, outcomes, outcomes_without_updates

from theano.graph.ordering import toposort
from theano.runtime.executable import COMPILER_OPTIONS

LENGTHS = (1, 2, 2, 3, 3, 4, 5, 6, 8, 12)
"""Statements of most programs; one in fifty has up to 30."""

QUICKLY = {
    "xla_backend_optimization_level": 0,
    "xla_cpu_use_fusion_emitters": False,
    "xla_cpu_parallel_codegen_split_count": 1,
}
"""What makes compiling four times as fast: LLVM's part is smaller, XLA's rules are all there."""


@dataclass(frozen=True)
class Batch:
    """Programs ``first`` to ``first + count`` of a seed."""

    seed: int
    first: int
    count: int
    wild: float
    quickly: bool
    reduce: bool


def program_number(seed: int, k: int, wild: float) -> tuple[Program, int]:
    """Return a program, and how many statements it has."""
    random = Random(f"{seed}/{k}")
    length = random.randint(20, 30) if random.random() < 0.02 else random.choice(LENGTHS)
    generator = Generator(random, length, wild=random.random() < wild)
    return generator.program, generator.count + generator.raised


def differences(
    programs: Sequence[Program], quickly: bool = False
) -> tuple[dict[int, Difference], Counter[str]]:
    """Compare all ways of running each program; most are compiled together.

    Parameters
    ----------
    programs : sequence of Program
    quickly : bool
        Do without updates: see ``outcomes_without_updates``.

    Returns
    -------
    differences : dict
        From positions to what was found.
    counts : Counter
        Of programs that raise, as they should, of ``unstable`` ones (see ``Unstable``), and of
        what ``Tolerance`` counts.
    """
    results = outcomes_without_updates(programs) if quickly else outcomes_with_updates(programs)
    raising = sum(isinstance(found[REFERENCE], Exception) for found in results)
    counts = Counter(raising=raising)
    differences = {}
    for k, program in enumerate(programs):
        try:
            difference = compare(program, results[k], counts)
        except Unstable:
            counts["unstable"] += 1
            continue
        if difference is not None:
            differences[k] = difference
    return differences, counts


def outcomes_with_updates(programs: Sequence[Program]) -> list[dict[str, Any]]:
    """Return the outcomes of all ways for each program; most are compiled together."""
    results: list[dict[str, Any]] = [
        {mode: outcomes([program], mode)[0] for mode in MODES if mode.startswith("py")}
        for program in programs
    ]
    raising = [k for k, found in enumerate(results) if isinstance(found[REFERENCE], Exception)]
    together = [k for k in range(len(programs)) if k not in raising]
    for mode in MODES:
        if mode.startswith("xla"):
            for group in [together] * bool(together) + [[k] for k in raising]:
                found = outcomes([programs[k] for k in group], mode)
                for k, one in zip(group, found, strict=True):
                    results[k][mode] = one
    return results


def without_updates(program: Program) -> Program:
    """Return a program whose new values are results."""
    return Program(tuple(re.sub(r"^update\(\w+, ", "result(", line) for line in program.lines))


def run_batch(batch: Batch) -> tuple[Counter[str], list[str]]:
    """Return counts, and texts of what differs."""
    options = COMPILER_OPTIONS["cpu"]
    for name, value in QUICKLY.items():
        if batch.quickly:
            options[name] = value
        else:
            options.pop(name, None)
    numbers = range(batch.first, batch.first + batch.count)
    made = [program_number(batch.seed, k, batch.wild) for k in numbers]
    programs = [program for program, _ in made]
    if batch.quickly:
        programs = [without_updates(program) for program in programs]
    found, counts = differences(programs, batch.quickly)
    counts.update(graphs=batch.count, statements=sum(n for _, n in made), differences=len(found))
    counts["operations"] += sum(len(toposort(program.built.outputs)) for program in programs)
    failures = []
    for k, difference in found.items():
        program = programs[k]
        note = "" if failing_modes(program) else "  (not when it is compiled alone)"
        shown = reduced(program) if batch.reduce and not note else program
        failures.append(f"# {batch.seed}/{numbers[k]} {difference}{note}\n{shown}")
    return counts, failures
