"""Shared variables that hold the states of random streams."""

from __future__ import annotations

from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.runtime.devices import to_device, to_host
from theano.shared_variable import Container
from theano.tensor.sharedvar import TensorSharedVariable
from theano.tensor.type import TensorType

__all__ = ["STATES", "StreamStates", "shared_states"]

STATES = TensorType("int32", [False, False], name="MRG31k3p states")
"""The type of states in a graph: shape (6, n_streams), one column per stream."""


class StatesContainer(Container):
    """The place of states: one column per stream on the device, one row per stream outside."""

    __slots__ = ()

    @property
    def value(self) -> Any:
        """The states as a new array of shape (n_streams, 6) on the host."""
        return np.ascontiguousarray(to_host(self.storage[0]).T)

    @value.setter
    def value(self, value: Any) -> None:
        value = self.type.filter(value)
        if value.shape[1] != 6 or not len(value):
            raise usage_error(
                ValueError,
                "the states of random streams were set",
                expected="shape (n_streams, 6), n_streams at least 1",
                got=f"shape {value.shape}",
            )
        self.storage[0] = to_device(np.ascontiguousarray(value.T))

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({**state, "value": None})
        self.value = state["value"]


class StreamStates(TensorSharedVariable):
    """The states of some streams: int32, shape (n_streams, 6) for ``get_value`` and ``set_value``.

    In graphs, and for ``get_value(return_internal_type=True)``, the shape is (6, n_streams): each
    of the six numbers then lies together for all streams, and draws need not transpose. (Asking
    XLA for that order in memory instead costs two copies of the states in each draw.)
    """

    __slots__ = ()

    def __init__(self, type: TensorType, value: Any, name: str | None = None) -> None:
        super().__init__(name, type, None, container=StatesContainer(type, [None], name=name))
        self.container.value = value

    def value_in_graphs(self) -> np.ndarray:
        return np.ascontiguousarray(self.get_value(borrow=True).T)


def shared_states(states: np.ndarray, name: str | None = None) -> StreamStates:
    """Return a shared variable with a copy of ``states``, int32 of shape (n_streams, 6)."""
    variable = StreamStates(STATES, states, name)
    variable.tag.is_rng = True
    return variable
