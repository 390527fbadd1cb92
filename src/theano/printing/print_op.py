"""``Print``: an op that shows what passes through it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from theano.graph import Variable
from theano.graph.view import ViewOp
from theano.tensor.conversion import as_tensor_variable

__all__ = ["Print"]


def print_attributes(op: Print, value: Any) -> None:
    """Print, one a line, what ``op`` names: attributes of a value, or what its methods return."""
    for name in op.attrs:
        found = getattr(value, name)
        print(op.message, name, "=", found() if callable(found) else found)


class Print(ViewOp):
    """The input itself, which is shown whenever it is computed.

    It runs on the host, once per evaluation, between what is computed before and after it: a
    program is cut there, so take it out again where speed matters. Rules do not look through it.

    Parameters
    ----------
    message : str
        Stands in front.
    attrs : iterable of str
        Attributes and methods of the value, an ndarray: ``shape``, ``mean``, ``__str__`` …
    global_fn : callable, optional
        ``global_fn(op, value)`` is called in place of printing.

    Examples
    --------
    >>> x = theano.printing.Print("x", attrs=("shape", "mean"))(x)
    """

    __props__ = ("message", "attrs", "global_fn")

    def __init__(
        self,
        message: str = "",
        attrs: Iterable[str] = ("__str__",),
        global_fn: Callable[[Any, Any], Any] = print_attributes,
    ) -> None:
        self.message = message
        self.attrs = tuple(attrs)
        self.global_fn = global_fn

    def make_node(self, x):
        return super().make_node(x if isinstance(x, Variable) else as_tensor_variable(x))

    def perform(self, node, inputs, output_storage):
        super().perform(node, inputs, output_storage)
        self.global_fn(self, inputs[0])

    def R_op(self, inputs, eval_points):
        return list(eval_points)

    def do_constant_folding(self, node):
        return False
