"""What ``scan`` was given: sequences, states and outputs, read and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Variable
from theano.scalar.type import INTEGER_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.elementwise import FUNCTIONS, cast
from theano.tensor.ops.sizes import ShapeI
from theano.tensor.type import TensorType


@dataclass
class Sequenced:
    """Something that the step takes one element of at each of several taps.

    Attributes
    ----------
    variable : Variable
    taps : list of int
        0 is the element of the step, -1 the one before.
    """

    variable: Any
    taps: list[int]

    @property
    def first(self) -> int:
        """Where the element at tap 0 of the first step lies."""
        return max(0, -min(self.taps))

    @property
    def n_steps(self) -> Any:
        """How many steps there are elements for."""
        lost = self.first + max(0, *self.taps)
        length = ShapeI(0)(self.variable)
        return length - np.int64(lost) if lost else length

    def slices(self, go_backwards: bool) -> list[Any]:
        """Return, for each tap, the sequence of what the steps take."""
        found = []
        for tap in self.taps:
            start, behind = self.first + tap, max(0, *self.taps) - tap
            one = self.variable
            if start or behind:
                one = one[start : -behind if behind else None]
            found.append(one[::-1] if go_backwards else one)
        return found


@dataclass
class Fed:
    """An output of the step that comes back to it at later steps.

    Attributes
    ----------
    initial : Variable
        The state before the first step, or, for taps beyond -1, the last ones in order.
    taps : list of int
        -1 is what the step before gave.
    """

    initial: Any
    taps: list[int]

    @property
    def depth(self) -> int:
        """How many steps back it is remembered."""
        return -min(self.taps)

    def states(self) -> list[Any]:
        """Return what the step sees first at tap -1, -2 and so on."""
        if self.taps == [-1]:
            return [self.initial]
        return [self.initial[self.depth - 1 - k] for k in range(self.depth)]


def as_list(value: Any) -> list[Any]:
    """Return what may be one thing or several as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def as_variable(value: Any, what: str) -> Variable:
    """Return a value as a variable.

    Raises
    ------
    TypeError
        It is none, nor a number or an array.
    """
    if isinstance(value, Variable):
        return value
    try:
        variable: Variable = as_tensor_variable(value)
    except Exception as error:
        raise usage_error(
            TypeError, f"{what} of a scan is no variable", expected="a tensor", got=value
        ) from error
    return variable


def read_sequences(given: Any) -> list[Sequenced]:
    """Return the sequences of a scan.

    Raises
    ------
    ValueError
        A dictionary does not say which tensor it is about.
    TypeError
        A sequence is no tensor.
    IndexError
        A sequence has no dimension to go along.
    """
    found = []
    for one in as_list(given):
        options: Mapping[str, Any] = one if isinstance(one, Mapping) else {"input": one}
        if options.get("input") is None:
            raise usage_error(
                ValueError,
                "a sequence of a scan was given as a dictionary without its tensor",
                expected="dict(input=x), and if wanted taps=[…]",
                got=dict(options),
            )
        taps = [int(tap) for tap in as_list(options.get("taps", 0)) or [0]]
        variable: Any = as_variable(options["input"], "a sequence")
        if not isinstance(variable.type, TensorType) or variable.type.ndim == 0:
            raise usage_error(
                IndexError,
                "a sequence of a scan has no dimension to go along",
                expected="a tensor of at least one dimension",
                got=variable,
                fix="pass a value that is the same at every step among non_sequences",
            )
        found.append(Sequenced(variable, taps))
    return found


def read_outputs(given: Any) -> list[Fed | None]:
    """Return, for each output of the step, how it comes back to it; None if it does not.

    Raises
    ------
    ValueError
        Taps without initial state, or taps that are not in the past.
    """
    found: list[Fed | None] = []
    for i, one in enumerate(as_list(given)):
        options: Mapping[str, Any] = one if isinstance(one, Mapping) else {"initial": one}
        initial = options.get("initial")
        taps = as_list(options.get("taps", -1 if initial is not None else None))
        if initial is None:
            if taps:
                raise usage_error(
                    ValueError,
                    "If you are using slices of an output you need to provide a initial state for "
                    f"it: output {i}",
                    expected="dict(initial=x, taps=…)",
                    got=dict(options),
                )
            found.append(None)
            continue
        variable: Any = as_variable(initial, f"the initial state of output {i}")
        taps = [int(tap) for tap in taps]
        if not taps:
            found.append(None)
            continue
        if max(taps) >= 0:
            raise usage_error(
                ValueError,
                "All the tap values must be smaller than 0.",
                expected=f"steps that are past, such as -1, for output {i}",
                got=f"taps={taps}",
            )
        if len(set(taps)) < len(taps):
            raise usage_error(
                ValueError,
                "a tap of an output of a scan was given twice",
                expected=f"different taps for output {i}",
                got=f"taps={taps}",
            )
        found.append(Fed(variable, taps))
    return found


def count_steps(n_steps: Any, sequences: Sequence[Sequenced]) -> Any:
    """Return the number of steps as an int64 scalar: no more than the sequences allow.

    Raises
    ------
    ValueError
        There is nothing to tell it, or it is no integer scalar.
    """
    counts = [s.n_steps for s in sequences]
    if n_steps is not None:
        number: Any = as_tensor_variable(n_steps)
        if number.type.ndim or number.type.dtype not in INTEGER_DTYPES:
            raise usage_error(
                ValueError,
                "n_steps of a scan must be an int",
                expected="an integer, or an integer scalar",
                got=number,
            )
        counts.insert(0, cast(number, "int64"))
    if not counts:
        raise usage_error(
            ValueError,
            "No information about the number of steps provided",
            expected="a value for n_steps, or a sequence to go along",
            got="neither",
            fix="give scan n_steps=…",
        )
    return reduce(FUNCTIONS["minimum"], counts)
