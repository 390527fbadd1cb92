"""``GradientOp``: the gradient of an op as an op of its own, for programs that apply it by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.interpreter import Interpreter
from theano.tensor.conversion import as_tensor_variable


class GradientOp(Op):
    """What an op's ``L_op`` builds, as one node. ``theano.grad`` does not go through it.

    Attributes
    ----------
    ranks : sequence of int
        Numbers of dimensions of the inputs: those of the op, those of its outputs that the gradient
        is made of, and the gradients of its outputs.
    """

    __props__: tuple[str, ...] = ()
    ranks: Sequence[int] = ()

    def gradients(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Return the gradients as graphs of ``inputs``."""
        raise NotImplementedError

    def make_node(self, *inputs: Any) -> Apply:
        given = [as_tensor_variable(x) for x in inputs]
        if tuple(x.type.ndim for x in given) != tuple(self.ranks):
            raise usage_error(
                TypeError,
                f"{self} was applied to tensors of other ranks",
                expected=f"tensors of {', '.join(map(str, self.ranks))} dimensions",
                got=", ".join(str(x.type) for x in given),
            )
        return Apply(self, given, [g.type() for g in self.gradients(given)])

    def perform(self, node, inputs, output_storage):
        free = [x.type() for x in node.inputs]
        found = Interpreter(free, list(self.gradients(free)))(*inputs)
        for cell, value in zip(output_storage, found, strict=True):
            cell[0] = value

    def expand(self, node):
        return list(self.gradients(node.inputs))

    def infer_shape(self, node, shapes):
        return list(shapes[: len(node.outputs)])
