"""``Resolver``: lengths and other small numbers of a graph, computed anew from what is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from theano.errors import MethodNotDefined
from theano.graph import Apply, Constant, Variable
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.elementwise import FUNCTIONS
from theano.tensor.ops.sizes import Shape, ShapeI, lengths_of, make_vector
from theano.tensor.type import TensorType

switch = FUNCTIONS["switch"]


class Resolver:
    """Recomputes small values by new nodes, with shapes followed through ``infer_shape``.

    What is computed in one way is one variable, so that equal lengths can be told.

    Parameters
    ----------
    is_given : callable
        Whether a variable may be used, and its shape read, as it is.
    """

    def __init__(self, is_given: Callable[[Variable], bool]) -> None:
        self.is_given = is_given
        self.done: dict[Variable, Variable] = {}
        self.lengths: dict[Variable, list[Variable]] = {}
        self.made: dict[Any, list[Variable]] = {}

    def resolve(self, wanted: Sequence[Variable]) -> list[Variable] | None:
        """Return ``wanted`` recomputed.

        None where an op on the way does not tell its shape, or cannot be part of a program.
        """
        todo = list(reversed(wanted))
        while todo:
            variable = todo[-1]
            if variable in self.done:
                todo.pop()
                continue
            needed = self.needed(variable)
            if needed is None:
                return None
            missing = [v for v in needed if v not in self.done]
            if missing:
                todo.extend(reversed(missing))
            else:
                self.define(variable, [self.done[v] for v in needed])
        return [self.done[v] for v in wanted]

    def is_leaf(self, variable: Variable) -> bool:
        """Whether nothing is needed for a variable."""
        node = variable.owner
        if node is not None and node.op.from_shapes:
            return node.inputs[0].owner is None or self.is_given(node.inputs[0])
        return node is None or self.is_given(variable)

    def needed(self, variable: Variable) -> Sequence[Variable] | None:
        """Return what a variable is recomputed from; None where that is not possible."""
        node = variable.owner
        if node is None or self.is_leaf(variable):
            return ()
        if not node.op.from_shapes:
            return node.inputs if node.op.lowers(node) else None
        x = node.inputs[0]
        assert x.owner is not None
        if not isinstance(node.op, (Shape, ShapeI)):
            return None
        if x not in self.lengths and not infer_lengths(x.owner, self.lengths):
            return None
        return [self.lengths[x][node.op.i]] if isinstance(node.op, ShapeI) else self.lengths[x]

    def define(self, variable: Variable, values: list[Variable]) -> None:
        """Note what stands for a variable, given what stands for what it needs."""
        node = variable.owner
        if node is None or (self.is_leaf(variable) and not node.op.from_shapes):
            self.done[variable] = self.only_one(variable)
        elif self.is_leaf(variable):
            (self.done[variable],) = self.node_of(node, node.inputs)
        elif isinstance(node.op, ShapeI):
            (self.done[variable],) = values
        elif isinstance(node.op, Shape):
            self.done[variable] = make_vector(values)
        elif node.op == switch and values[1] is values[2] and values[1].type == variable.type:
            self.done[variable] = values[1]
        else:
            self.done.update(zip(node.outputs, self.node_of(node, values), strict=True))

    def only_one(self, variable: Variable) -> Variable:
        """Return the variable itself; of equal constants the first."""
        if not isinstance(variable, Constant):
            return variable
        return self.made.setdefault(variable.signature(), [variable])[0]

    def node_of(self, node: Apply, inputs: list[Variable]) -> list[Variable]:
        """Return the outputs of a node like ``node`` on other inputs, one for equal ones."""
        key = (node.op, *inputs)
        if key not in self.made:
            self.made[key] = node.clone_with_new_inputs(inputs, strict=False).outputs
        return self.made[key]


def infer_lengths(node: Apply, lengths: dict[Variable, list[Variable]]) -> bool:
    """Note the lengths of the outputs of ``node``; return whether it tells them."""
    if not all(isinstance(v.type, TensorType) for v in (*node.inputs, *node.outputs)):
        return False
    try:
        shapes = node.op.infer_shape(node, [lengths_of(v) for v in node.inputs])
    except (MethodNotDefined, NotImplementedError):
        return False
    if any(shape is None for shape in shapes):
        return False
    for output, shape in zip(node.outputs, shapes, strict=True):
        lengths[output] = [as_tensor_variable(n) for n in shape]
    return True
