"""One form for what can be said in several ways."""

import numpy as np
import pytest
from tests.tensor.rewrites.rewriting import compiled, rewritten, show, values

from theano import tensor as T
from theano.graph import FunctionGraph
from theano.tensor.elemwise import DimShuffle
from theano.tensor.ops.elementwise import fill

x, y = T.dmatrix("x"), T.dmatrix("y")
v, w = T.dvector("v"), T.fvector("w")
s, i = T.dscalar("s"), T.lvector("i")
b = T.ivector("b")
flag = T.TensorType("bool", [False])("flag")
row = T.drow("row")

ARGUMENTS = {
    x: np.array([[1.0, -2.0, 3.0], [0.5, 0.0, -1.5]]),
    y: np.array([[2.0, 5.0, -1.0], [0.25, 3.0, 7.0]]),
    v: np.array([0.5, -1.0, 2.0]),
    w: np.array([0.1, -1.0, 2.0], "float32"),
    s: np.array(1.5),
    i: np.array([3, -2, 2**60 + 1]),
    b: np.array([3, -2, 7], "int32"),
    flag: np.array([True, False, True]),
    row: np.array([[4.0, 5.0, 6.0]]),
}


def check(before, after):
    """Check the expression after rewriting, and that type and values are those before it."""
    inputs = list(ARGUMENTS)
    fgraph, _ = rewritten(inputs, [before])
    assert show(fgraph.outputs[0]) == after
    assert fgraph.outputs[0].type == before.type
    arguments = [ARGUMENTS[k] for k in inputs]
    (want,) = values(FunctionGraph(inputs, [before]), arguments)
    (got,) = values(fgraph, arguments)
    assert got.dtype == want.dtype
    np.testing.assert_allclose(got, want, rtol=1e-12)
    np.testing.assert_allclose(compiled(inputs, before, arguments), want, rtol=1e-12)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (x * 1, "x"),
        (1 * x, "x"),
        (x * 1.0 * y, "mul(x, y)"),
        (T.mul(x, 1, y), "mul(x, y)"),
        (x + 0, "x"),
        (T.add(0, x, y, 0.0), "add(x, y)"),
        (x - 0, "x"),
        (x / 1, "x"),
        (x**1, "x"),
        (x * np.ones((1, 1)), "x"),
        (T.neg(T.neg(x)), "x"),
        (T.tensor_copy(x) + y, "add(x, y)"),
        (x[...] + y[:], "add(x, y)"),
    ],
    ids=str,
)
def test_neutral_elements_vanish(before, after):
    check(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (w * np.float64(1), "Cast{float64}(w)"),
        (b * np.int64(1), "Cast{int64}(b)"),
        (i * np.float64(1), "Cast{float64}(i)"),
        (i / 1, "Cast{float64}(i)"),
        (flag * np.float32(1), "Cast{float32}(flag)"),
        (flag + np.int8(0), "Cast{int8}(flag)"),
        (T.mul(flag, b, np.float64(1)), "mul(Cast{float64}(flag), b)"),
    ],
    ids=str,
)
def test_the_type_is_kept(before, after):
    check(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (row * np.ones((2, 3)), None),
        (s + np.zeros(3), None),
        (0 - x, "sub(0, x)"),
        (1 / x, "true_div(1, x)"),
        (x * 2, "mul(x, 2)"),
        (x // 1, "int_div(x, 1)"),
    ],
    ids=str,
)
def test_what_is_not_neutral_stays(before, after):
    """A value that also gives the shape; operands in the wrong place."""
    _, report = rewritten(list(ARGUMENTS), [before])
    assert not any(name.startswith("drop_") for name in report.applied)
    if after is not None:
        check(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (fill(x, y), "y"),
        (fill(x, s), "second(x, DimShuffle{x,x}(s))"),
        (fill(x, s) * y, "mul(DimShuffle{x,x}(s), y)"),
        (T.ones_like(x) * y, "y"),
        (T.zeros_like(x) + y, "y"),
        (T.ones_like(row) * x, "x"),
        (fill(x, s) * row, "mul(second(x, DimShuffle{x,x}(s)), row)"),
        (fill(fill(x, s), row), "second(x, row)"),
        (fill(fill(x, row), s), "second(x, DimShuffle{x,x}(s))"),
        (fill(row, fill(x, s)), "second(x, DimShuffle{x,x}(s))"),
        (T.exp(fill(x, s)), "exp(second(x, DimShuffle{x,x}(s)))"),
    ],
    ids=str,
)
def test_fills_stay_only_where_they_give_the_shape(before, after):
    check(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (x.T.T, "x"),
        (x.dimshuffle(0, 1), "x"),
        (x.dimshuffle(1, "x", 0).dimshuffle(2, 0), "x"),
        (v.dimshuffle("x", 0).dimshuffle(1, 0), "DimShuffle{0,x}(v)"),
        (row.dimshuffle(1).dimshuffle("x", "x", 0), "DimShuffle{x,x,1}(row)"),
        (x.T, "DimShuffle{1,0}(x)"),
        (T.exp(v).dimshuffle(0, "x"), "exp(DimShuffle{0,x}(v))"),
        ((v * 2).dimshuffle("x", 0), "mul(DimShuffle{x,0}(v), 2)"),
        (T.exp(x).T, "DimShuffle{1,0}(exp(x))"),
    ],
    ids=str,
)
def test_orders_of_axes(before, after):
    check(before, after)


def test_work_is_not_doubled_by_lifting_a_dimshuffle():
    z = T.exp(v)
    fgraph, _ = rewritten([v], [z, z.dimshuffle(0, "x")])
    assert len(fgraph.apply_nodes) == 2


def test_a_dimshuffle_of_a_dimshuffle_keeps_unknown_lengths_apart():
    before = DimShuffle((False, True), (0,))(T.addbroadcast(x, 1))
    fgraph, _ = rewritten([x], [before])
    assert fgraph.outputs[0].type == before.type
