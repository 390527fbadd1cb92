"""``reduced``: the shortest program that still fails."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from tests.fuzz.comparing import compare
from tests.fuzz.programs import Program, literal, names_in, names_of
from tests.fuzz.rounding import Unstable
from tests.fuzz.running import MODES, REFERENCE, outcomes


def failing_modes(program: Program, modes: tuple[str, ...] = tuple(MODES)) -> str:
    """Return which way of running a program differs, and in what, or nothing."""
    try:
        found = compare(program, {mode: outcomes([program], mode)[0] for mode in modes})
    except Unstable:
        return ""
    return "" if found is None else f"{found.mode} {found.kind}"


def pruned(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lines that something depends on."""
    kept: list[str] = []
    needed: set[str] = set()
    for line in reversed(lines):
        if line.startswith(("result", "update")) or needed & set(names_of(line)):
            kept.append(line)
            needed |= names_in(line)
    return tuple(reversed(kept))


def reduced(program: Program) -> Program:
    """Return a smaller program that fails in the same way."""
    what = failing_modes(program)
    if not what:
        return program
    mode = next(m for m in sorted(MODES, key=len, reverse=True) if what.startswith(m))
    modes = (REFERENCE, mode) if mode != REFERENCE else (REFERENCE,)

    def fails(lines: tuple[str, ...]) -> bool:
        return failing_modes(Program(lines), modes) == what

    lines = pruned(program.lines)
    lines = lines if fails(lines) else program.lines
    lines = fewer_results(lines, fails)
    return Program(fewer_statements(lines, fails))


def fewer_results(
    lines: tuple[str, ...], fails: Callable[[tuple[str, ...]], bool]
) -> tuple[str, ...]:
    defined = [name for line in lines for name in names_of(line)]
    body = tuple(line for line in lines if names_of(line))
    for name in defined:
        candidate = pruned((*body, f"result({name})"))
        if name[0] in "vw" and fails(candidate):
            return candidate
    return lines


def fewer_statements(
    lines: tuple[str, ...], fails: Callable[[tuple[str, ...]], bool]
) -> tuple[str, ...]:
    """Make inputs of what statements compute, as far as that goes."""
    tried: set[str] = set()
    while True:
        line = next((x for x in lines if x[0] in "vw" and x not in tried and x in lines[:-2]), None)
        if line is None:
            return lines
        tried.add(line)
        at = lines.index(line)
        for new in as_inputs(lines[: at + 1]):
            candidate = pruned((*lines[:at], *new, *lines[at + 1 :]))
            if fails(candidate):
                lines = candidate
                break


def as_inputs(lines: tuple[str, ...]) -> list[list[str]]:
    names = names_of(lines[-1])
    program = Program((*lines, f"result({', '.join(names)})"))
    (values,) = outcomes([program], REFERENCE)
    if isinstance(values, Exception):
        return []
    patterns = [v.broadcastable for v in program.built.outputs]
    return [
        [
            f"{name} = given({literal(np.asarray(value))}{said(pattern)})"
            for name, value, pattern in zip(names, values, patterns, strict=True)
        ]
    ]


def said(pattern: tuple[bool, ...]) -> str:
    return f", {tuple(pattern)}" if any(pattern) else ""
