"""An op that raises, where a graph must not be computed."""

from __future__ import annotations

from typing import Any

from theano.graph.apply import Apply
from theano.graph.op import Op
from theano.tensor.conversion import as_tensor_variable

__all__ = ["Raise"]


class Raise(Op):
    """Raise an exception when its value is computed.

    Parameters
    ----------
    msg : str
    exc : type
        The exception, which takes the message.
    """

    __props__ = ("msg", "exc")

    def __init__(self, msg: str = "", exc: type[Exception] = NotImplementedError):
        self.msg = msg
        self.exc = exc

    def __str__(self) -> str:
        return f"Raise{{{self.exc}({self.msg})}}"

    def make_node(self, x: Any) -> Apply:
        """Apply to any variable, whose type the value has that never is."""
        x = as_tensor_variable(x)
        return Apply(self, [x], [x.type()])

    def perform(self, node: Apply, inputs: Any, out_storage: Any, params: Any = None) -> None:
        """Raise."""
        raise self.exc(self.msg)
