"""What an op's ``lower`` is told besides its inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from jax import lax

from theano.errors import NO_FAULT, NeedsPerform
from theano.graph import Apply, FunctionGraph
from theano.options import config


def is_static(value: Any) -> bool:
    """Whether a value is known while a program is traced: an ordinary NumPy one."""
    return isinstance(value, (np.ndarray, np.generic))


class Faults:
    """What can go wrong inside a program that only its device finds out.

    Attributes
    ----------
    values : list of 0-d int64 arrays
        Which a program returns besides its results: ``NO_FAULT``, or what the error is about.
    errors : list of callable
        For each of them, from that number to the exception.
    """

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.errors: list[Callable[[int], Exception]] = []


class Context:
    """The node being lowered and the values of its inputs.

    Attributes
    ----------
    node : Apply
    values : list
        NumPy arrays where the value is static, JAX tracers elsewhere.
    faults : Faults
        What the program checks on its device.
    """

    __slots__ = ("faults", "node", "values")

    def __init__(self, node: Apply, values: list[Any], faults: Faults | None = None) -> None:
        self.node = node
        self.values = values
        self.faults = Faults() if faults is None else faults

    @staticmethod
    def program(graph: FunctionGraph) -> Any:
        """Return a graph inside of the op as a function of arrays; see ``Program``."""
        # It calls `lower` with contexts in its turn.
        from theano.lowering.program import Program  # noqa: PLC0415

        return Program(graph.inputs, graph.outputs)

    def is_static(self, i: int) -> bool:
        """Whether the value of input ``i`` is known while the program is traced."""
        return is_static(self.values[i])

    def static(self, i: int) -> np.ndarray:
        """Return input ``i``, which fixes the shape of an output.

        Raises
        ------
        NeedsPerform
            It is not known before the program runs.
        """
        value = self.values[i]
        if not is_static(value):
            where = f", at {self.node.source}" if self.node.source else ""
            raise NeedsPerform(
                f"the shape of {self.node.op}'s result depends on the value of its input {i} "
                f"({self.node.inputs[i]}){where}"
            )
        return np.asarray(value)

    def check(self, ok: Any, value: Any, error: Callable[[int], Exception]) -> None:
        """Have the call raise ``error(value)``, with no update applied, unless ``ok``.

        With ``theano.config.device_checks`` off, only what is known while tracing is checked.

        Parameters
        ----------
        ok : 0-d bool array
        value : 0-d integer array
            What the error is about, such as the first index that is out of range.
        error : callable
            Makes the exception. Must not hold tracers.
        """
        if is_static(ok):
            if not ok:
                raise error(int(value))
            return
        if not config.device_checks:
            return
        number = lax.max(lax.convert_element_type(value, "int64"), np.int64(NO_FAULT + 1))
        self.faults.values.append(lax.select(ok, np.int64(NO_FAULT), number))
        self.faults.errors.append(error)
