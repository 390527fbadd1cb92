"""``pprint``: which operation is printed how."""

from __future__ import annotations

from typing import Any

import numpy as np

from theano.graph import Constant, Variable
from theano.printing.expressions import (
    LOOSE,
    FunctionPrinter,
    IgnorePrinter,
    OperatorPrinter,
    PatternPrinter,
    PPrinter,
    Printer,
    PrinterState,
    default_printer,
    special,
)
from theano.tensor.elemwise import DimShuffle, Elemwise
from theano.tensor.ops.indexing import Subtensor
from theano.tensor.ops.joining import Join
from theano.tensor.ops.linear import Dot
from theano.tensor.ops.shape import Alloc
from theano.tensor.ops.sizes import MakeVector

__all__ = ["pp", "pprint"]

ELEMENTWISE: dict[str, Printer] = {
    "add": OperatorPrinter("+", -2, "either"),
    "mul": OperatorPrinter("*", -1, "either"),
    "sub": OperatorPrinter("-", -2, "left"),
    "neg": OperatorPrinter("-", 0, "either"),
    "true_div": OperatorPrinter("/", -1, "left"),
    "int_div": OperatorPrinter("//", -1, "left"),
    "pow": OperatorPrinter("**", 1, "right"),
    "abs_": PatternPrinter(("|%(0)s|", LOOSE)),
    "second": FunctionPrinter("fill"),
    "identity": IgnorePrinter(),
}
"""By the name of the scalar op; the others print as functions of that name."""


class ElemwisePrinter(Printer):
    """Elementwise operations, by the name of the operation on scalars."""

    def text(self, output: Variable, pstate: PrinterState) -> str:
        node: Any = output.owner
        name = str(node.op.scalar_op)
        if name.startswith("Cast{"):
            name = node.outputs[0].type.dtype
        chosen = ELEMENTWISE.get(name) or FunctionPrinter(*[name] * len(node.outputs))
        return chosen.text(output, pstate)


class DimShufflePrinter(Printer):
    """``x.T`` for reversed axes; new axes of length 1 are left out."""

    def text(self, output: Variable, pstate: PrinterState) -> str:
        node: Any = output.owner
        order = list(node.op.new_order)
        while order and order[0] == "x":
            order.pop(0)
        axes = list(range(node.inputs[0].type.ndim))
        (x,) = pstate.inputs_of(output, [LOOSE])
        if order == axes:
            return x
        if order == axes[::-1]:
            return f"{x}.T"
        return f"DimShuffle{{{', '.join(map(str, order))}}}({x})"


class SubtensorPrinter(Printer):
    """``x[i, 1:n]``."""

    def text(self, output: Variable, pstate: PrinterState) -> str:
        node: Any = output.owner
        x, *_ = texts = pstate.inputs_of(output, [1000, *[LOOSE] * (len(node.inputs) - 1)])
        shown = [
            f"Constant{{{v.data}}}" if is_number(v) else text
            for v, text in zip(node.inputs[1:], texts[1:], strict=True)
        ]
        return f"{x}[{', '.join(map(index_text, node.op.key.fill(shown)))}]"


def is_number(variable: Variable) -> bool:
    """Whether a variable is a constant scalar without a name."""
    return isinstance(variable, Constant) and variable.name is None and np.ndim(variable.data) == 0


def index_text(entry: Any) -> str:
    """Return an integer or a slice of texts as it is written between brackets."""
    if not isinstance(entry, slice):
        return str(entry)
    start, stop = entry.start or "", entry.stop or ""
    return f"{start}:{stop}" + (f":{entry.step}" if entry.step is not None else "")


class MakeVectorPrinter(Printer):
    """``[a, b]``."""

    def text(self, output: Variable, pstate: PrinterState) -> str:
        assert output.owner is not None
        texts = pstate.inputs_of(output, [1000] * len(output.owner.inputs))
        return f"[{', '.join(texts)}]"


pprint = PPrinter()
"""Prints a graph as a formula: ``pprint((a + b) * c)`` is ``((a + b) * c)``."""
pprint.assign(lambda pstate, r: True, default_printer)
pprint.assign(Elemwise, ElemwisePrinter())
pprint.assign(DimShuffle, DimShufflePrinter())
pprint.assign(Subtensor, SubtensorPrinter())
pprint.assign(MakeVector, MakeVectorPrinter())
pprint.assign(Dot, OperatorPrinter(special["middle_dot"], -1, "left"))
pprint.assign(Join, FunctionPrinter("join"))
pprint.assign(Alloc, FunctionPrinter("alloc"))

pp = pprint
