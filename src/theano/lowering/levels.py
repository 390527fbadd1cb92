"""What is known when: while tracing, before a launch, or only on the device."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from theano.graph import Apply, Constant, Op, Variable
from theano.scalar.type import DISCRETE_DTYPES


class Level(IntEnum):
    """How early a value is known.

    ``STATIC``: while tracing, from shapes and constants. ``HOST``: before the launch, from what is
    given to it. ``DEVICE``: once the program has run.
    """

    STATIC = 0
    HOST = 1
    DEVICE = 2


def is_small(variable: Variable) -> bool:
    """Whether a value is a number or a vector of integers, which the host is quick with."""
    ndim = getattr(variable.type, "ndim", None)
    return ndim == 0 or (ndim == 1 and getattr(variable.type, "dtype", "") in DISCRETE_DTYPES)


class Levels:
    """The level of every variable of a program, found by visiting its nodes in order.

    Attributes
    ----------
    of : dict
        From variables to levels.
    """

    def __init__(self, inputs: Iterable[Variable]) -> None:
        self.of: dict[Variable, Level] = {}
        # Whose shape, or whose value through a shape, no `infer_shape` tells.
        self._unsized: set[Variable] = set()
        self._hidden: set[Variable] = set()
        for variable in inputs:
            self.enter(variable)

    def enter(self, variable: Variable) -> None:
        """Note an input: its value reaches the host before the launch."""
        self.of[variable] = Level.HOST if is_small(variable) else Level.DEVICE

    def __getitem__(self, variable: Variable) -> Level:
        return Level.STATIC if isinstance(variable, Constant) else self.of[variable]

    def in_time(self, variable: Variable) -> bool:
        """Whether a value can be computed before the launch."""
        return self[variable] < Level.DEVICE and variable not in self._hidden

    def visit(self, node: Apply) -> tuple[list[Variable], list[Variable]]:
        """Note the outputs of ``node``; return what is asked of it that no shape tells.

        Returns
        -------
        sizes : list of Variable
            Static inputs whose values the host can compute before the launch.
        late : list of Variable
            Static inputs that only the device knows.
        """
        sizes, late = [], []
        for i in node.op.static_inputs(node):
            variable = node.inputs[i]
            if self[variable] == Level.STATIC:
                continue
            if self.in_time(variable):
                sizes.append(variable)
                self.of[variable] = Level.STATIC
            else:
                late.append(variable)
        if node.op.from_shapes:
            level = Level.STATIC
        else:
            level = max(map(self.__getitem__, node.inputs), default=Level.STATIC)
        unsized = type(node.op).infer_shape is Op.infer_shape or not self._unsized.isdisjoint(
            node.inputs
        )
        hidden = self._unsized if node.op.from_shapes else self._hidden
        is_hidden = not hidden.isdisjoint(node.inputs)
        for output in node.outputs:
            self.of[output] = level if all(map(is_small, node.outputs)) else Level.DEVICE
            if unsized:
                self._unsized.add(output)
            if is_hidden:
                self._hidden.add(output)
        return sizes, late
