"""Ops that hand their input on: as it is, or as a copy."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from theano.graph.apply import Apply
from theano.graph.op import Op
from theano.graph.variable import Variable

__all__ = ["DeepCopyOp", "OutputGuard", "ViewOp", "deep_copy_op", "view_op"]


class ViewOp(Op):
    """The input itself: any type, any shape.

    A base for ops that change only what a gradient is: a subclass overrides ``grad`` or ``L_op``,
    and ``R_op`` where it needs one.
    """

    __props__: tuple[str, ...] = ()
    view_map: Mapping[int, Sequence[int]] = {0: [0]}

    def make_node(self, x: Any) -> Apply:
        """Return a node with an output of the type of ``x``."""
        return Apply(self, [x], [x.type()])

    def perform(
        self, node: Apply, inputs: Sequence[Any], output_storage: Sequence[list[Any]]
    ) -> None:
        """Hand the input on."""
        output_storage[0][0] = inputs[0]

    def lower(self, ctx: Any, x: Any) -> Any:
        """Return ``x``: nothing can change an array inside of a program."""
        return x

    def lowers(self, node: Apply) -> bool:
        """Whether the input is an array; other objects stay on the host."""
        return super().lowers(node) and node.inputs[0].type.on_device

    def infer_shape(self, node: Apply, shapes: Sequence[Any]) -> list[Any]:
        """Return the shape of the input."""
        return [shapes[0]]

    def grad(self, inputs: Sequence[Variable], output_grads: Sequence[Variable]) -> Sequence[Any]:
        """Return the gradient of the output."""
        return output_grads


class OutputGuard(ViewOp):
    """A ``ViewOp`` that once kept rewrites away from a function's outputs."""


class DeepCopyOp(ViewOp):
    """A copy of the input, of any type."""

    view_map: Mapping[int, Sequence[int]] = {}

    def perform(
        self, node: Apply, inputs: Sequence[Any], output_storage: Sequence[list[Any]]
    ) -> None:
        """Copy the input."""
        output_storage[0][0] = copy.deepcopy(inputs[0])

    def lower(self, ctx: Any, x: Any) -> Any:
        """Return ``x``: nothing can change an array inside of a program."""
        return x


view_op = ViewOp()
deep_copy_op = DeepCopyOp()
