"""Graphs as formulas, as Theano 1.0.5 prints them, and printers of users."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_raises

import theano
import theano.tensor as T
from theano.printing import (
    FunctionPrinter,
    IgnorePrinter,
    LeafPrinter,
    OperatorPrinter,
    PatternPrinter,
    PPrinter,
    PrinterState,
    default_printer,
    leaf_printer,
    pp,
    pprint,
)

a, b, c = T.dscalars("a", "b", "c")
n = T.lscalar("n")
v, x = T.dvector("v"), T.dmatrix("x")


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ((a + b) * c, "((a + b) * c)"),
        (a + b + c, "((a + b) + c)"),
        (a - b / c, "(a - (b / c))"),
        (-(a**2), "(-(a ** TensorConstant{2}))"),
        (n // 2, "(n // TensorConstant{2})"),
        (n % 2, "mod(n, TensorConstant{2})"),
        (abs(a), "|a|"),
        (T.exp(a), "exp(a)"),
        (T.switch(T.gt(a, 0), a, b), "switch(gt(a, TensorConstant{0}), a, b)"),
        (T.cast(a, "float32"), "float32(a)"),
        (T.fill(x, a), "fill(x, a)"),
        (T.tensor_copy(x) * 1, "(x * TensorConstant{1})"),
        (T.dot(x, v), "(x \\dot v)"),
        (x.T, "x.T"),
        (v.dimshuffle("x", 0), "v"),
        (v.dimshuffle(0, "x"), "DimShuffle{0, x}(v)"),
        (v[1], "v[Constant{1}]"),
        (x[n], "x[n]"),
        (x[1:, :n], "x[Constant{1}:, :n]"),
        (x[::2, a.size :], "x[::Constant{2}, "),
        (T.concatenate([v, v]), "join(TensorConstant{0}, v, v)"),
        (T.alloc(a, n), "alloc(a, n)"),
        (T.stacklists([a, b]), "[a, b]"),
        (T.nnet.softmax(x), "Softmax(x)"),
        (T.dvector(), "<TensorType(float64, vector)>"),
        (T.dscalar("alpha") * 1, "(\\alpha * TensorConstant{1})"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_formulas(graph, expected):
    assert pp(graph).startswith(expected)
    if not expected.endswith(", "):
        assert pp(graph) == expected


def test_the_names_of_the_printer():
    assert theano.pp is theano.pprint is theano.printing.pp is T.pprint is pprint


def test_gradients_of_the_tutorial():
    text = pp(theano.grad(a**2, a))
    assert text.startswith("((fill((a ** TensorConstant{2}), ")
    assert text.endswith(" * TensorConstant{2}) * (a ** (TensorConstant{2} - TensorConstant{1})))")


def test_printers_of_users():
    printer = pprint.clone_assign(T.add, OperatorPrinter("plus", -2, "either"))
    printer.assign(T.dot(x, v).owner.op, PatternPrinter(("<%(0)s|%(1)s>", -1000)))
    printer.assign(type(T.nnet.softmax(x).owner.op), FunctionPrinter("soft"))
    printer.assign(lambda state, r: r.name == "hidden", LeafPrinter())
    hidden = T.nnet.softmax(T.sort(x))
    hidden.name = "hidden"
    assert printer(a + b) == "(a plus b)"
    assert printer(T.dot(x, v)) == "<x|v>"
    assert printer(T.nnet.softmax(x)) == "soft(x)"
    printer.assign(T.exp, IgnorePrinter())
    assert printer(T.exp(a)) == "a"
    assert pprint(a + b) == "(a + b)"
    assert printer(a, {"precedence": 1}) == printer(a, PrinterState(pprinter=printer)) == "a"
    # What is assigned for an op goes before conditions.
    assert printer(hidden).startswith("soft(")
    assert pprint.clone_assign(lambda state, r: r.name == "hidden", leaf_printer)(x.T) == "x.T"


def test_several_outputs():
    printer = PPrinter()
    printer.assign(lambda state, r: True, default_printer)
    first, second = T.split(v, [1, 1], 2)
    printer.assign(first.owner.op, FunctionPrinter("first", "second"))
    assert printer(first).startswith("first(v, ")
    assert printer(second).startswith("second(v, ")


def test_graphs():
    total = a + b
    total.name = "total"
    lines = pprint([a, b], [total * 2, total - a], {a: total * a}).splitlines()
    assert lines == [
        "total = (a + b)",
        "a <- (total * a)",
        "out[0] = (total * TensorConstant{2})",
        "out[1] = (total - a)",
    ]
    assert pprint.process_graph(a, a * 2, display_inputs=True) == (
        "inputs: a\nreturn (a * TensorConstant{2})"
    )


def test_any_depth():
    e = a
    for _ in range(1500):
        e = e + b
    assert pp(e) == "(" * 1500 + "a" + " + b)" * 1500


def test_bad_use():
    with check_raises(TypeError, "none given"):
        pprint()
    with check_raises(ValueError, "'left', 'right' or 'either'"):
        OperatorPrinter("+", 0, "both")
    state = PrinterState(pprinter=pprint)
    for printer in (OperatorPrinter("+", 0), FunctionPrinter("f"), PatternPrinter("%(0)s")):
        with check_raises(TypeError, type(printer).__name__, "`a`"):
            printer.process(a, state)
    with check_raises(TypeError, "no printer is assigned", "`a`"):
        PPrinter()(a)


def test_constants():
    assert pp(T.constant(np.arange(3)) + n).startswith("(TensorConstant{[0 1 2]} + ")
