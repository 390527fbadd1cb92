"""``NanGuardMode``: find where NaN, infinities and very large numbers come from."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from theano.compile.mode import MADE_BY_FLAGS
from theano.compile.watching import (
    WatchedInterpreter,
    WatchMode,
    describe_node,
    describe_variable,
    given,
)
from theano.errors import usage_error
from theano.graph import Apply, FunctionGraph, Variable
from theano.options import config

__all__ = ["NanGuardMode", "contains_inf", "contains_nan", "flatten"]

logger = logging.getLogger("theano.compile.nanguardmode")

BIG = 1e10
"""Numbers beyond it are big."""


def flatten(nested: Any) -> list[Any]:
    """Return what nested lists and tuples hold, in order, as one list."""
    if not isinstance(nested, (list, tuple)) and type(nested).__name__ != "dict_values":
        return [nested]
    return [one for part in nested for one in flatten(part)]


def numbers_of(value: Any) -> np.ndarray | None:
    """Return the floating or complex numbers that a value holds; None if there are none.

    Integers, random states, slices and None hold none. Of a sparse matrix they are the stored ones.
    """
    if hasattr(value, "tocsr"):
        value = value.data
    if not hasattr(value, "dtype") and not isinstance(value, (float, complex)):
        return None
    array = np.asarray(value)
    return array if array.dtype.kind in "fc" and array.size else None


def contains_nan(arr: Any, node: Apply | None = None, var: Variable | None = None) -> bool:
    """Whether a value holds a NaN. ``node`` and ``var`` are kept for programs that give them."""
    numbers = numbers_of(arr)
    # The minimum is NaN if any element is; there is no need for an array of booleans.
    return numbers is not None and bool(np.isnan(np.min(numbers)))


def contains_inf(arr: Any, node: Apply | None = None, var: Variable | None = None) -> bool:
    """Whether a value holds an infinity. ``node`` and ``var`` are kept for programs that do."""
    numbers = numbers_of(arr)
    if numbers is None:
        return False
    if numbers.dtype.kind == "c":
        return bool(np.isinf(numbers).any())
    return bool(np.isinf(np.fmax.reduce(numbers, None)) or np.isinf(np.fmin.reduce(numbers, None)))


def contains_big(value: Any) -> bool:
    """Whether a value holds a number of magnitude above 1e10, infinities among them."""
    numbers = numbers_of(value)
    # float16 holds none but infinities, and could not hold the bound.
    return numbers is not None and bool(np.fmax.reduce(np.abs(numbers), None) > np.float64(BIG))


class NanGuardMode(WatchMode):
    """Runs a function node by node, and raises at the first node that gives NaN, inf, or more.

    The error names the node, the line of the program that made it, and the values that went in.
    Only floating and complex numbers are looked at. A variable whose ``tag.nan_guard_mode_check``
    is False is passed over.

    Parameters
    ----------
    nan_is_error, inf_is_error, big_is_error : bool, optional
        Whether NaN, infinities, and numbers of magnitude above 1e10 are refused; by default
        ``config.NanGuardMode.nan_is_error`` and so on.
    optimizer, linker
        See :class:`WatchMode`.

    Raises
    ------
    ValueError
        Nothing would be looked for.

    Notes
    -----
    A call of a function raises AssertionError, and applies no update;
    ``config.NanGuardMode.action`` may say to log an error instead ("warn") or to enter the
    debugger ("pdb").
    """

    def __init__(
        self,
        nan_is_error: bool | None = None,
        inf_is_error: bool | None = None,
        big_is_error: bool | None = None,
        optimizer: Any = "default",
        linker: Any = None,
    ) -> None:
        super().__init__(optimizer, linker)
        self.nan_is_error = given(nan_is_error, config.NanGuardMode.nan_is_error)
        self.inf_is_error = given(inf_is_error, config.NanGuardMode.inf_is_error)
        self.big_is_error = given(big_is_error, config.NanGuardMode.big_is_error)
        if not (self.nan_is_error or self.inf_is_error or self.big_is_error):
            raise usage_error(
                ValueError,
                "NanGuardMode was asked to look for nothing",
                fix="set nan_is_error, inf_is_error or big_is_error, or use another mode",
            )

    def interpreter(self, fgraph: FunctionGraph, prepared: FunctionGraph) -> WatchedInterpreter:
        """Return what runs a graph."""
        return Guard(self, prepared)

    def found_in(self, variable: Variable, value: Any) -> list[str]:
        """Return what is wrong with the value of a variable."""
        if not getattr(variable.tag, "nan_guard_mode_check", True):
            return []
        wrong = []
        if self.nan_is_error and contains_nan(value):
            wrong.append("NaN detected")
        if self.inf_is_error and contains_inf(value):
            wrong.append("Inf detected")
        if self.big_is_error and contains_big(value):
            wrong.append("Big value detected")
        return wrong


class Guard(WatchedInterpreter):
    """Runs a graph, and looks at its inputs and at the results of its nodes."""

    def __init__(self, mode: NanGuardMode, graph: FunctionGraph) -> None:
        super().__init__(graph)
        self.mode = mode

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        """Return the outputs for ``arrays``."""
        for variable, array in zip(self.inputs, arrays, strict=True):
            if wrong := self.mode.found_in(variable, array):
                created = f"\n  created:  {variable.source}" if variable.source else ""
                about = f"  input:    {describe_variable(variable, array)}{created}"
                act(wrong, "an input of the function", about)
        return super().__call__(*arrays)

    def run(self, node: Apply, inputs: list[Any]) -> Sequence[Any]:
        """Run a node and look at its results."""
        outputs = super().run(node, inputs)
        for i, (variable, value) in enumerate(zip(node.outputs, outputs, strict=True)):
            if wrong := self.mode.found_in(variable, value):
                which = f"output {i} of a node" if len(outputs) > 1 else "the output of a node"
                act(wrong, which, describe_node(node, inputs, outputs))
        return outputs


def act(wrong: Sequence[str], where: str, about: str) -> None:
    """Raise AssertionError, or do what ``config.NanGuardMode.action`` says instead."""
    message = f"{', '.join(wrong)}: NanGuardMode found this in {where}\n{about}"
    action = config.NanGuardMode.action
    if action == "raise":
        raise AssertionError(message)
    logger.error(message)
    if action == "pdb":
        import pdb  # noqa: PLC0415  for the few who ask for it

        pdb.set_trace()


MADE_BY_FLAGS["NanGuardMode"] = NanGuardMode
