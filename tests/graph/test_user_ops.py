"""Ops as users write them: with ``perform``, and what else the language documents for an op."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from jax import numpy as jnp
from tests.checks import check_op, check_raises

import theano
import theano.tensor as T
from theano import Apply, Op, function, shared
from theano.compile import ViewOp
from theano.errors import NullTypeGradError
from theano.gradient import DisconnectedType, Rop, grad, grad_not_implemented, grad_undefined

xs = np.arange(6.0).reshape(2, 3)


class Scale(Op):
    """Everything that an op with one output can have, without a lowering."""

    __props__ = ("factor",)

    def __init__(self, factor):
        self.factor = factor

    def make_node(self, x):
        x = T.as_tensor_variable(x)
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        (z,) = output_storage
        z[0] = x * x.dtype.type(self.factor)

    def infer_shape(self, node, shapes):
        return shapes

    def grad(self, inputs, output_grads):
        return [output_grads[0] * self.factor]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else self(eval_points[0])]


class RowsAndTotal(Op):
    """The first ``n`` rows and the sum of all: two outputs, one of them not connected to ``n``."""

    __props__ = ()

    def make_node(self, x, n):
        x, n = T.as_tensor_variable(x), T.as_tensor_variable(n)
        return Apply(self, [x, n], [x.type(), T.TensorType(x.dtype, [])()])

    def perform(self, node, inputs, output_storage):
        x, n = inputs
        output_storage[0][0] = x[: int(n)].copy()
        output_storage[1][0] = x.sum()

    def connection_pattern(self, node):
        return [[True, True], [False, False]]

    def infer_shape(self, node, shapes):
        return [(T.minimum(shapes[0][0], node.inputs[1]), shapes[0][1]), ()]

    def L_op(self, inputs, outputs, output_grads):
        x, n = inputs
        g_rows, g_total = output_grads
        g_x = T.zeros_like(x)
        if not isinstance(g_rows.type, DisconnectedType):
            g_x = T.inc_subtensor(g_x[:n], g_rows)
        if not isinstance(g_total.type, DisconnectedType):
            g_x = g_x + g_total
        return [g_x, DisconnectedType()()]


class Plain(Op):
    """An op with no more than ``make_node``."""

    def make_node(self, x):
        x = T.as_tensor_variable(x)
        return Apply(self, [x], [x.type()])


# Every facet, alone and inside of a graph


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_op_with_every_facet(dtype):
    x = xs.astype(dtype) + 1
    check_op(
        lambda v: [Scale(3)(v), T.exp(-Scale(3)(T.sqrt(v)))], [x], [x * 3, np.exp(-3 * np.sqrt(x))]
    )


def test_several_outputs():
    op = RowsAndTotal()
    check_op(lambda v: op(v, 1), [xs], [xs[:1], xs.sum()], skip=["R_op"])
    check_op(lambda v: T.log(op(T.exp(v), 1)[0]), [xs], xs[:1], skip=["infer_shape", "R_op"])


def test_a_length_that_the_call_decides():
    x, n = T.dmatrix(), T.lscalar()
    rows, total = RowsAndTotal()(x, n)
    f = function([x, n], [rows * 2, grad((rows**2).sum() + total, x)])
    for length in (0, 1, 2):
        got = f(xs, length)
        np.testing.assert_array_equal(got[0], xs[:length] * 2)
        expected = np.ones_like(xs)
        expected[:length] += 2 * xs[:length]
        np.testing.assert_array_equal(got[1], expected)


def test_updates_through_an_op():
    w = shared(xs, name="w")
    x = T.dmatrix()
    step = function([x], Scale(2)(w).sum(), updates=[(w, Scale(0.5)(w) + x)])
    assert step(xs) == 2 * xs.sum()
    np.testing.assert_array_equal(w.get_value(), 1.5 * xs)


# Identity


class Child(Scale):
    pass


class More(Scale):
    __props__ = ("factor", "other")

    def __init__(self, factor, other):
        super().__init__(factor)
        self.other = other


class Own(Op):
    """Compares and prints as it likes."""

    def __init__(self, kind):
        self.kind = kind

    def __eq__(self, other):
        return type(self) is type(other) and self.kind == other.kind

    def __hash__(self):
        return hash((type(self), self.kind))

    def __str__(self):
        return f"<own {self.kind}>"


class Again(Own):
    __props__ = ()


def test_props_say_what_an_op_is():
    assert Scale(1) == Scale(1)
    assert hash(Scale(1)) == hash(Scale(1))
    assert Scale(1) != Scale(2)
    assert Child(1) == Child(1) != Scale(1)
    assert More(1, 2) != More(1, 3)
    assert (str(Scale(1)), str(Child(1)), str(More(1, "a"))) == (
        "Scale{factor=1}",
        "Child{factor=1}",
        "More{factor=1, other='a'}",
    )
    assert Scale(1)._props() == (1,)
    assert Scale(1)._props_dict() == {"factor": 1}


def test_an_op_may_compare_itself():
    assert Own("a") == Own("a") != Own("b")
    assert len({Own("a"), Own("a"), Own("b")}) == 2
    assert str(Own("a")) == "<own a>"
    # __props__ stands for the whole class that names them.
    assert Again("a") == Again("b")
    assert hash(Again("a")) == hash(Again("b"))
    assert Plain() != Plain()
    assert str(Plain()) == "Plain"


def test_equal_nodes_are_computed_once():
    calls = []

    class Counted(Scale):
        __props__ = ("factor",)

        def perform(self, node, inputs, output_storage):
            calls.append(self.factor)
            super().perform(node, inputs, output_storage)

    x = T.dvector()
    f = function([x], [Counted(2)(x), Counted(2)(x), Counted(3)(x)])
    f(np.ones(2))
    assert sorted(calls) == [2, 3]


@pytest.mark.parametrize("props", [["a"], "a", (1,)], ids=str)
def test_bad_props(props):
    with check_raises(TypeError, "__props__ of Bad", "tuple of the names"):
        type("Bad", (Op,), {"__props__": props})


# make_node, and calls


class Typed(Op):
    __props__ = ()
    itypes = [T.dvector, T.dscalar]  # noqa: RUF012  as users write it
    otypes = [T.dvector]  # noqa: RUF012

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0] * inputs[1]


def test_itypes_and_otypes():
    x, s = T.dvector(), T.dscalar()
    assert Typed()(x, s).type == T.dvector
    assert Typed()(shared(np.ones(3)), 2.0).eval().tolist() == [2, 2, 2]
    with check_raises(ValueError, "Typed", "expected: 2", "got:      1"):
        Typed()(x)
    with check_raises(TypeError, "input 0", "expected: TensorType(float64, vector)", "scalar"):
        Typed()(s, x)
    with check_raises(TypeError, "input 0", "TensorType(float32, vector)"):
        Typed()(T.fvector(), s)
    with check_raises(NotImplementedError, "no make_node(), nor both itypes and otypes"):
        type("Half", (Op,), {"itypes": [T.dvector]})()(x)


class Two(Op):
    def __init__(self, default_output=None):
        self.default_output = default_output

    def make_node(self, x, name=None, times=1):
        return Apply(self, [x], [x.type(name), x.type(str(times))])


def test_default_outputs():
    x = T.dscalar()
    assert [v.index for v in Two()(x)] == [0, 1]
    assert Two(1)(x).index == 1
    assert [v.index for v in Two(1)(x, return_list=True)] == [1]
    assert Two(1).make_node(x).out.index == 1
    for bad in (2, "a"):
        with check_raises(AttributeError, "default_output of Two", repr(bad)):
            Two(bad).make_node(x).default_output()


def test_keywords_go_to_make_node():
    x = T.dscalar()
    assert [v.name for v in Two()(x, name="first", times=3)] == ["first", "3"]
    assert Plain()(x, name="z").name == "z"
    with check_raises(TypeError, "times"):
        Plain()(x, times=3)
    with check_raises(TypeError, "make_node() of Nodeless gave no node", "an Apply"):
        type("Nodeless", (Op,), {"make_node": lambda self, x: [x]})()(x)


def test_what_a_node_is_made_of():
    x = T.dscalar()
    for arguments in ((x, [x.type()]), ([x], x.type())):
        with check_raises(TypeError, "that are no list", "Plain"):
            Apply(Plain(), *arguments)
    out = x.type()
    with check_raises(ValueError, "output 1 of Plain is given twice"):
        Apply(Plain(), [x], [out, out])
    node = Two().make_node(x)
    assert [(v.owner, v.index) for v in node.outputs] == [(node, 0), (node, 1)]


# Derivatives


class Graded(Scale):
    """Its gradient is what it is told."""

    def __init__(self, rule):
        super().__init__(1)
        self.rule = rule

    def grad(self, inputs, output_grads):
        return self.rule(self, inputs, output_grads)


def test_gradients_that_are_missing():
    x = T.dvector("x")
    cases = [
        (Plain(), NullTypeGradError, ["Plain has no gradient", "test_user_ops.py"]),
        (
            Graded(lambda op, i, g: [grad_undefined(op, 0, i[0], "it jumps")]),
            NullTypeGradError,
            ["undefined", "it jumps", "input 0"],
        ),
        (
            Graded(lambda op, i, g: [grad_not_implemented(op, 0, i[0], "later")]),
            NullTypeGradError,
            ["not implemented", "later"],
        ),
        (
            Graded(lambda op, i, g: [DisconnectedType()()]),
            theano.gradient.DisconnectedInputError,
            ["`x`"],
        ),
        (Graded(lambda op, i, g: [None]), TypeError, ["gave None for input 0", "grad_undefined"]),
        (Graded(lambda op, i, g: g[0]), TypeError, ["gave no list"]),
        (Graded(lambda op, i, g: [g[0], g[0]]), ValueError, ["2 results for 1 inputs"]),
        (Graded(lambda op, i, g: [T.cast(g[0], "int32")]), TypeError, ["int32"]),
        (Graded(lambda op, i, g: [T.zeros((2, 2))]), ValueError, ["2 dimensions", "1"]),
    ]
    for op, error, texts in cases:
        with check_raises(error, *texts):
            grad(op(x).sum(), x)
    with check_raises(NotImplementedError, "no R-op", "Plain"):
        Rop(Plain()(x), x, x)


# Lowering


class Cubed(Plain):
    """Both ``perform`` and ``lower``."""

    __props__ = ()

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0] ** 3

    def lower(self, ctx, x):
        return jnp.power(x, 3)

    def infer_shape(self, node, shapes):
        return shapes

    def L_op(self, inputs, outputs, output_grads):
        return [3 * inputs[0] ** 2 * output_grads[0]]


class Fourth(Cubed):
    """A subclass that computes something else, but only says so to NumPy."""

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0] ** 4


def test_an_op_with_a_lowering():
    check_op(lambda v: Cubed()(v) + 1, [xs], xs**3 + 1, skip=["R_op"])


def test_perform_of_a_subclass_counts():
    x = T.dmatrix()
    f = function([x], [Cubed()(x), Fourth()(x)])
    np.testing.assert_allclose(f(xs), [xs**3, xs**4])


def test_a_view_op_that_turns_the_gradient_round():
    class Reverse(ViewOp):
        def grad(self, inputs, output_grads):
            return [-output_grads[0]]

    x = T.dvector()
    z = Reverse()(x)
    value, g = function([x], [z, grad((z**2).sum(), x)])(np.arange(3.0))
    np.testing.assert_array_equal(value, [0, 1, 2])
    np.testing.assert_array_equal(g, [0, -2, -4])


def test_constants_are_folded_where_the_op_allows_it():
    class Folded(Scale):
        def do_constant_folding(self, node):
            return self.factor == 2

    constant = T.constant(np.ones(2))
    f = function([], [Folded(2)(constant), Folded(3)(constant)])
    assert [node.op for node in f.maker.fgraph.apply_nodes] == [Folded(3)]
    np.testing.assert_array_equal(f(), [[2, 2], [3, 3]])


def test_functions_with_ops_are_pickled_and_copied():
    x = T.dmatrix()
    f = function([x], T.tanh(Scale(2)(T.exp(x))))
    expected = f(xs)
    for back in (pickle.loads(pickle.dumps(f)), copy.deepcopy(f), f.copy()):
        np.testing.assert_array_equal(back(xs), expected)
