"""Whether ways of running a program agree.

How far values may be apart is what ``tests.fuzz.rounding`` finds. An integer, a comparison or a
shape that rounding errors change is not compared at all.

Rewriting may change what a program makes of numbers that are not finite: ``x / x`` becomes 1, and
``log(exp(x))`` does not overflow. So where the reference meets one on its way, what is rewritten is
compared among itself. So it is where only what is written raises: what rewriting leaves out, such
as ``x`` of ``x / y / x``, raises no error for a shape that does not fit; nor does it in Theano.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from tests.fuzz.programs import Program
from tests.fuzz.rounding import Unstable, is_finite, is_inexact, rounded, wide
from tests.fuzz.running import REFERENCE

RUNS, MORE_RUNS = 2, 40
"""With rounding errors: at first, and before a difference is believed."""
SPREADS = 8.0
"""How many times the largest change that such errors made.

The largest of 40 sums of n errors of random signs is about 2.4 times the root of n, and the errors
of a computation are at most n; 8 of the former are as much for n = 370.
"""
ULPS = 3.0
"""Units in the last place that a result may be apart in any case."""


@dataclass(frozen=True)
class Difference:
    """What two ways of running a program do not agree on.

    Attributes
    ----------
    mode : str
    kind : str
        ``error``, ``type``, ``shape`` or ``value``.
    text : str
    """

    mode: str
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.mode}: {self.kind}: {self.text}"


class Tolerance:
    """How well the results of the reference are known.

    Attributes
    ----------
    spread : list of arrays
        The largest change of each number by rounding errors.
    changes : list of arrays of bool
        What is not compared, because it is no number any more, or another integer.
    counts : Counter
        Of ``results`` and ``numbers`` compared, of those that are ``identical``, and of numbers
        that are ``unknown``.
    """

    def __init__(self, program: Program, reference: Sequence[Any]) -> None:
        self.program = program
        self.reference = [np.asarray(v) for v in reference]
        self.rng = np.random.default_rng(0)
        self.spread = [np.zeros(v.shape) for v in self.reference]
        self.changes = [np.zeros(v.shape, bool) for v in self.reference]
        self.runs = 0
        self.counts: Counter[str] = Counter()

    @cached_property
    def finite(self) -> bool:
        """Whether the reference meets finite numbers alone."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return all(map(is_finite, rounded(self.program.built, None)))

    def add(self, runs: int) -> None:
        """Learn from runs with rounding errors."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for _ in range(runs):
                self.runs += 1
                for k, value in enumerate(rounded(self.program.built, self.rng)):
                    self.learn(k, np.asarray(value))

    def learn(self, k: int, value: np.ndarray) -> None:
        reference = self.reference[k]
        if value.shape != reference.shape:
            raise Unstable
        if not is_inexact(reference):
            self.changes[k] |= value != reference
            return
        distance = np.abs(wide(value) - wide(reference))
        same = (value == reference) | (np.isnan(value) & np.isnan(reference))
        known = np.isfinite(value) & np.isfinite(reference)
        self.changes[k] |= ~known & ~same
        self.spread[k] = np.maximum(self.spread[k], np.where(known, distance, 0))

    def disagreement(self, k: int, value: np.ndarray, reference: np.ndarray) -> str:
        """Return what is different about result ``k``, or nothing."""
        with np.errstate(all="ignore"):
            if not is_inexact(reference):
                bad = value != reference
            else:
                kind = np.finfo(reference.dtype)
                distance = np.abs(wide(value) - wide(reference))
                limit = ULPS * float(kind.eps) * np.abs(wide(reference)) + 16 * float(kind.tiny)
                if value.shape == self.spread[k].shape:
                    limit += SPREADS * self.spread[k]
                same = (value == reference) | (np.isnan(value) & np.isnan(reference))
                bad = ~same & ~(distance <= limit)
        if bad.shape == self.changes[k].shape:
            unknown = bad & self.changes[k]
            bad ^= unknown
            if not bad.any():
                self.counts["unknown"] += int(unknown.sum())
        if not bad.any():
            return ""
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        return f"{value[where]!r} at {where}, the reference {reference[where]!r}"


def compare(
    program: Program, results: dict[str, Any], counts: Counter[str] | None = None
) -> Difference | None:
    """Return the first difference between what ways of running a program gave.

    Parameters
    ----------
    program : Program
    results : dict
        From names of modes to lists of arrays, or an error.
    counts : Counter, optional
        What ``Tolerance.counts`` has is added to it.

    Raises
    ------
    Unstable
    """
    reference = results[REFERENCE]
    if isinstance(reference, Exception):
        return compare_errors(program, results, reference)
    tolerance = Tolerance(program, reference)
    found = compare_values(results, tolerance)
    if found is not None and not tolerance.finite:
        written = {mode: result for mode, result in results.items() if mode.endswith("None")}
        rewritten = {mode: result for mode, result in results.items() if mode not in written}
        found = compare_values(written, tolerance)
        if found is not None and found.kind == "value":
            # XLA has rules of its own, such as exp(x) / exp(y) = exp(x - y); they are ours too.
            rewritten[found.mode] = results[found.mode]
            found = None
        found = found or compare_values(rewritten, tolerance)
    if counts is not None:
        counts.update(tolerance.counts)
    return found


def compare_errors(
    program: Program, results: dict[str, Any], reference: Exception
) -> Difference | None:
    """Return the first difference of a program that raises as it is written."""
    rewritten = {mode: found for mode, found in results.items() if not mode.endswith("None")}
    if rewritten and not any(isinstance(found, Exception) for found in rewritten.values()):
        results = {mode: found for mode, found in results.items() if mode not in rewritten}
        difference = compare_values(rewritten, Tolerance(program, next(iter(rewritten.values()))))
        if difference is not None:
            return difference
    for mode, found in results.items():
        if not isinstance(found, Exception):
            return Difference(mode, "error", f"none, the reference raises {reference!r}")
        if type(found) is not type(reference):
            return Difference(mode, "error", f"{found!r}, the reference {reference!r}")
    return None


def compare_values(results: dict[str, Any], tolerance: Tolerance) -> Difference | None:
    """Return the first difference of what ways of running a program gave from the first of them."""
    first = next(iter(results.values()))
    tolerance.counts.clear()
    if isinstance(first, Exception) and len(set(map(type, results.values()))) == 1:
        return None
    for mode, found in results.items():
        if isinstance(found, Exception):
            tolerance.add(MORE_RUNS)
            return Difference(mode, "error", repr(found))
        if found is first:
            continue
        for k, (value, expected) in enumerate(zip(found, first, strict=True)):
            value, expected = np.asarray(value), np.asarray(expected)
            if value.dtype != expected.dtype:
                return Difference(mode, "type", f"result {k} is {value.dtype} not {expected.dtype}")
            tolerance.counts.update(results=1, numbers=expected.size)
            if value.shape == expected.shape and value.tobytes() == expected.tobytes():
                tolerance.counts["identical"] += expected.size
                continue
            if value.shape != expected.shape:
                tolerance.add(MORE_RUNS)
                return Difference(mode, "shape", f"result {k}: {value.shape} not {expected.shape}")
            said = tolerance.disagreement(k, value, expected)
            for runs in (RUNS, MORE_RUNS):
                if said and tolerance.runs < runs:
                    tolerance.add(runs)
                    said = tolerance.disagreement(k, value, expected)
            if said:
                return Difference(mode, "value", f"result {k} ({expected.dtype}): {said}")
    return None
