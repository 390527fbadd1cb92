"""What an op's ``lower`` is told besides its inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from theano.errors import NeedsPerform
from theano.graph import Apply


def is_static(value: Any) -> bool:
    """Whether a value is known while a program is traced: an ordinary NumPy one."""
    return isinstance(value, (np.ndarray, np.generic))


class Context:
    """The node being lowered and the values of its inputs.

    Attributes
    ----------
    node : Apply
    values : list
        NumPy arrays where the value is static, JAX tracers elsewhere.
    """

    __slots__ = ("node", "values")

    def __init__(self, node: Apply, values: list[Any]) -> None:
        self.node = node
        self.values = values

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
