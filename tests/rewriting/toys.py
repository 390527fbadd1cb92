"""A language small enough to see through: whole numbers, and a few ops on them."""

from __future__ import annotations

import math

from theano.graph import Apply, Constant, FunctionGraph, Op, Type, Variable
from theano.graph.op import perform_node
from theano.rewriting import RewriteDatabase, Vocabulary


class IntType(Type):
    """Python ints; a narrow one holds the same values but is another type."""

    def __init__(self, narrow: bool = False) -> None:
        self.narrow = narrow

    def filter(self, data, strict=False, allow_downcast=None):
        if not isinstance(data, int):
            raise TypeError(f"{data!r} is no whole number")
        return data

    def __eq__(self, other):
        return isinstance(other, IntType) and self.narrow == other.narrow

    def __hash__(self):
        return hash((IntType, self.narrow))

    def __str__(self):
        return "narrow" if self.narrow else "int"


INT = IntType()
NARROW = IntType(narrow=True)


def wrap(x) -> Variable:
    return x if isinstance(x, Variable) else INT.make_constant(x)


class ToyOp(Op):
    __props__ = ()
    n_outputs = 1

    def make_node(self, *inputs):
        return Apply(self, [wrap(x) for x in inputs], [INT() for _ in range(self.n_outputs)])

    def perform(self, node, inputs, output_storage):
        values = self.value(*inputs)
        if self.n_outputs == 1:
            values = (values,)
        for cell, value in zip(output_storage, values, strict=True):
            cell[0] = value


class Add(ToyOp):
    def value(self, *xs):
        return sum(xs)


class Mul(ToyOp):
    def value(self, *xs):
        return math.prod(xs)


class Sub(ToyOp):
    def value(self, x, y):
        return x - y


class Neg(ToyOp):
    def value(self, x):
        return -x


class Square(ToyOp):
    def value(self, x):
        return x * x


class Shift(ToyOp):
    """Multiplication by ``2 ** by``; ``by`` is a parameter of the op."""

    __props__ = ("by",)

    def __init__(self, by):
        self.by = by

    def value(self, x):
        return x << self.by


class DivMod(ToyOp):
    n_outputs = 2

    def value(self, x, y):
        return divmod(x, y)


class ToNarrow(ToyOp):
    def make_node(self, x):
        return Apply(self, [wrap(x)], [NARROW()])

    def value(self, x):
        return x


add, mul, sub, neg, square, to_narrow = Add(), Mul(), Sub(), Neg(), Square(), ToNarrow()
divmod_ = DivMod()


def shift(x, by):
    return Shift(by)(x)


def toy_vocabulary(
    database: RewriteDatabase | None = None, kind: type[Vocabulary] = Vocabulary
) -> Vocabulary:
    """The toy ops by name: ``+`` and ``*`` commute, ``shift(x, by)`` shows its parameter."""
    vocabulary = kind(RewriteDatabase() if database is None else database)
    vocabulary.define("add", add, commutative=True, associative=True)
    vocabulary.define("mul", mul, commutative=True, associative=True)
    vocabulary.define("sub", sub)
    vocabulary.define("neg", neg)
    vocabulary.define("square", square)
    vocabulary.define("narrow", to_narrow)
    vocabulary.define(
        "shift", Shift, operands=lambda node: (node.inputs[0], node.op.by), build=shift
    )
    vocabulary.define("quotient", DivMod, build=lambda x, y: divmod_(x, y)[0])
    vocabulary.define("remainder", DivMod, output=1, build=lambda x, y: divmod_(x, y)[1])
    return vocabulary


def graph(inputs, *outputs) -> FunctionGraph:
    return FunctionGraph(inputs, outputs)


def values(fgraph: FunctionGraph, *arguments: int) -> list[int]:
    """Compute the outputs of ``fgraph`` node by node."""
    known = dict(zip(fgraph.inputs, arguments, strict=True))

    def value_of(variable):
        return variable.data if isinstance(variable, Constant) else known[variable]

    for node in fgraph.toposort():
        results = perform_node(node, [value_of(v) for v in node.inputs])
        known.update(zip(node.outputs, results, strict=True))
    return [value_of(v) for v in fgraph.outputs]


def show(variable: Variable) -> str:
    """Return the expression that computes ``variable``, for comparison with an expected text."""
    if variable.owner is None:
        return str(variable.data) if isinstance(variable, Constant) else str(variable.name)
    inputs = ", ".join(map(show, variable.owner.inputs))
    op = variable.owner.op
    name = type(op).__name__.lower() + (f"<{op.by}>" if isinstance(op, Shift) else "")
    suffix = f"[{variable.index}]" if len(variable.owner.outputs) > 1 else ""
    return f"{name}({inputs}){suffix}"
