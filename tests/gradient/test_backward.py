"""Symbolic derivatives: options, types, errors, and graphs of any size."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from tests.checks import HOST, check_op, check_raises

import theano.tensor as T
from theano import config, function, shared
from theano.errors import DisconnectedInputError, NullTypeGradError
from theano.gradient import (
    DisconnectedType,
    NullType,
    Rop,
    grad,
    grad_not_implemented,
    grad_undefined,
)
from theano.graph import Apply, Op
from theano.graph.traversal import ancestors

s, u = T.dscalar("s"), T.dscalar("u")
v, x = T.dvector("v"), T.dmatrix("x")


def value(outputs, **given):
    """Return values of expressions of ``s``, ``u``, ``v`` and ``x``."""
    inputs = [variable for variable in (s, u, v, x) if variable.name in given]
    f = function(inputs, outputs, mode=HOST, on_unused_input="ignore")
    return f(*[given[variable.name] for variable in inputs])


# What is asked for comes back in the same form.


def test_forms_of_wrt():
    cost = s * v.sum()
    assert isinstance(grad(cost, [s, v]), list)
    assert isinstance(grad(cost, (s, v)), tuple)
    assert grad(cost, s).type == s.type
    assert grad(cost, []) == []
    first, second = grad(cost, [s, s])
    assert value([first, second], s=1, v=[1, 2]) == [3, 3]
    assert value(grad(s, s), s=5) == 1


def test_each_gradient_is_of_the_type_of_its_variable():
    row, f32 = T.drow("row"), T.fvector("f32")
    g_row, g_f32, g_x = grad((row * x + f32.sum()).sum(), [row, f32, x])
    assert (g_row.type, g_f32.type, g_x.type) == (row.type, f32.type, x.type)


def test_a_gradient_needs_the_inputs_even_of_a_linear_cost():
    """So that compiling it for those inputs is no error."""
    f = function([s], grad(2 * s, s))
    assert f(1) == 2


def test_names():
    cost = s * v.sum()
    cost.name = "cost"
    assert [g.name for g in grad(cost, [s, v])] == ["(dcost/ds)", "(dcost/dv)"]
    assert [g.name for g in grad(cost, [s, v], add_names=False)] == [None, None]
    assert grad(s * u, s).name is None


# Constants and known gradients.


def test_consider_constant():
    square = s * s
    cost = square * s
    assert value(grad(cost, s), s=3) == 27
    for constant in (square, [square], (square,), {square}):
        assert (
            value(
                grad(
                    cost,
                    s,
                    consider_constant=list(constant) if isinstance(constant, set) else constant,
                ),
                s=3,
            )
            == 9
        )
    # Nothing passes through a constant, but something may end there.
    assert value(grad(cost, square, consider_constant=[square]), s=3) == 3
    assert value(grad(square, s, consider_constant=[s]), s=3) == 6
    with check_raises(DisconnectedInputError, "`s`"):
        grad(square, s, consider_constant=[square])


def test_consider_constant_of_one_of_several_outputs():
    first, second = T.split(v, [1, 1], 2)
    g = grad((first * 2 + second * 3).sum(), v, consider_constant=[first])
    assert value(g, v=[1, 1]).tolist() == [0, 3]


def test_known_grads():
    double = s * 2
    cost = double * 3
    assert value(grad(None, s, known_grads={double: u}), s=1, u=5) == 10
    assert value(grad(None, s, known_grads=[(double, u)]), s=1, u=5) == 10
    assert value(grad(None, s, known_grads={double: 5.0, s * s: 1.0}), s=3) == 16
    # Nothing is added to what is known.
    assert value(grad(cost, s, known_grads={double: u}), s=1, u=5) == 10
    assert value(grad(cost, double, known_grads={double: u}), s=1, u=5) == 5
    assert value(grad(cost, s, known_grads={cost: u}), s=1, u=5) == 30


def test_a_scalar_known_grad_holds_for_all_elements():
    assert value(grad(None, v, known_grads={v * 2: s}), v=[1, 2], s=3).tolist() == [6, 6]
    f = T.fscalar("f")
    assert grad(None, f, known_grads={f * 2: s}).dtype == "float32"


def test_bad_known_grads():
    double = s * 2
    with check_raises(TypeError, "discrete dtype", "`g`", "cast"):
        grad(None, s, known_grads={double: T.iscalar("g")})
    with check_raises(ValueError, "another rank", "`v`"):
        grad(None, s, known_grads={double: v})
    with check_raises(TypeError, "nothing to differentiate", "known_grads"):
        grad(None, s)


# Where no gradient passes.


def test_disconnected_inputs():
    with check_raises(
        DisconnectedInputError,
        "not part of the computational graph",
        "`v`, TensorType(float64, vector)",
        "created at test_backward.py:",
        "v, x = T.dvector",
        "disconnected_inputs='ignore'",
    ):
        grad(s * 2, v)
    assert issubclass(DisconnectedInputError, ValueError)
    with pytest.warns(UserWarning, match="not part of the computational graph") as caught:
        g = grad(s * 2, v, disconnected_inputs="warn")
    assert caught[0].filename == __file__
    assert value(g, v=[1, 2]).tolist() == [0, 0]
    g = grad(s * 2, [s, v], disconnected_inputs="ignore")
    assert value(g[1], v=[1, 2]).tolist() == [0, 0]


def test_errors_say_where_the_path_is_cut():
    square = s * s
    f = shared(1.0, "f")
    cases = [
        (T.cast(x.shape[0], "float64") * f, x, {}, "Shape", "test_backward.py:", "x.shape[0]"),
        (square + u, s, {"consider_constant": [square]}, "mul", "considered constant"),
        (zeroth(v).sum(), v, {}, "Zeroth", "zeroth(v).sum()"),
    ]
    for cost, wrt, options, *texts in cases:
        with check_raises(DisconnectedInputError, "only where no gradient passes", *texts):
            grad(cost, wrt, **options)
    with check_raises(DisconnectedInputError, "not part of the computational graph"):
        grad(s * 2, u)
    many = [type(f"Zeroth{k}", (Zeroth,), {})()(s) for k in range(5)]
    with check_raises(DisconnectedInputError, "Zeroth0", "Zeroth2", "and 2 more places"):
        grad(sum(many), s)


@pytest.mark.parametrize(
    "cost",
    [T.cast(x.shape[0], "float64"), T.cast(T.arange(x.shape[0]).sum(), "float64") * s],
    ids=["shape", "through arange"],
)
def test_shapes_carry_no_gradient(cost):
    with check_raises(DisconnectedInputError, "`x`"):
        grad(cost, x)


@pytest.mark.parametrize(
    "cost",
    [
        T.cast(T.argmax(x), "float64"),
        T.cast(T.any(x), "float64"),
        T.cast(T.cast(x.sum(), "int8"), "float64"),
    ],
    ids=["argmax", "any", "cast to integers"],
)
def test_integers_on_the_way_carry_a_gradient_of_zero(cost):
    assert not value(grad(cost, x), x=np.ones((2, 2))).any()


def test_return_disconnected():
    def disconnected(how):
        return grad(s, v, disconnected_inputs="ignore", return_disconnected=how)

    assert value(disconnected("zero"), v=[1]).tolist() == [0]
    assert disconnected("None") is disconnected("none") is None
    assert isinstance(disconnected("Disconnected").type, DisconnectedType)


def test_unknown_options():
    for option in ("disconnected_inputs", "return_disconnected", "null_gradients"):
        with check_raises(ValueError, option, "'maybe'".strip("'"), " or "):
            grad(s, s, **{option: "maybe"})


# Costs and variables that have no gradient.


def test_bad_costs():
    loss = (v - 1) ** 2
    loss.name = "loss"
    with check_raises(
        TypeError,
        "non-scalar cost",
        "expected: a 0-d cost",
        "`loss`, TensorType(float64, vector)",
        "created at test_backward.py:",
        "loss = (v - 1) ** 2",
        "grad(cost.mean(), wrt)",
    ):
        grad(loss, v)
    with check_raises(TypeError, "complex cost", "`z`"):
        grad(T.zscalar("z"), s)
    with check_raises(TypeError, "a cost that is no variable", "get_value()"):
        grad(3.0, s)
    for wrt in ([3], {s}, "s", None):
        with check_raises(TypeError, "no variable", "list or tuple"):
            grad(s, wrt)


def test_integer_variables_and_costs():
    """Gradients of integers are real numbers, as in Theano; integer costs have one of zero."""
    n = T.lscalar("n")
    f = function([n, s], grad(n * s, n), mode=HOST, on_unused_input="ignore")
    assert f(2, 3.0) == 3
    g = grad(n * n, n)
    assert g.dtype.startswith("float")
    assert function([n], g, mode=HOST, on_unused_input="ignore")(2) == 0


class Copy(Op):
    """An identity whose gradient the tests write."""

    __props__ = ()

    def make_node(self, x):
        return Apply(self, [T.as_tensor_variable(x)], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0]

    def infer_shape(self, node, shapes):
        return shapes


def copy_with(**facets):
    return type("Copy", (Copy,), facets)()


class Zeroth(Copy):
    """An identity that says, without a connection pattern, that nothing passes."""

    def grad(self, inputs, output_grads):
        return [DisconnectedType()()]


zeroth = Zeroth()

UNDEFINED = copy_with(grad=lambda self, i, g: [grad_undefined(self, 0, i[0], "it jumps")])
UNWRITTEN = copy_with(grad=lambda self, i, g: [grad_not_implemented(self, 0, i[0], "not yet")])


@pytest.mark.parametrize(
    ("op", "why"),
    [
        (UNDEFINED, "undefined. it jumps"),
        (UNWRITTEN, "not implemented. not yet"),
        (Copy(), "grad()"),
    ],
)
def test_undefined_gradients(op, why):
    for cost in (op(s), op(s * 2) * 3 + s, s * s + op(s)):
        with check_raises(NullTypeGradError, "with respect to s has no value", why, "`s`", "at: "):
            grad(cost, s)
        g = grad(cost, s, null_gradients="return")
        assert isinstance(g.type, NullType)
        assert why in g.type.why_null
    assert issubclass(NullTypeGradError, TypeError)
    # It harms only what it reaches.
    assert value(grad(op(s) * v.sum(), v), s=2, v=[1, 1]).tolist() == [2, 2]
    with check_raises(ValueError, "cost that has no value", why):
        grad(grad(op(s), s, null_gradients="return"), s)


class Pair(Op):
    """Two copies of a scalar, of which only the first depends on it differentiably."""

    __props__ = ()

    def make_node(self, a):
        return Apply(self, [a], [a.type(), a.type()])

    def connection_pattern(self, node):
        return [[True, False]]

    def grad(self, inputs, output_grads):
        return [output_grads[0] * 5]


def test_an_undefined_gradient_goes_only_where_the_pattern_says():
    first, second = Pair()(s)
    known = {first: u, second: NullType("no reason")()}
    assert value(grad(None, s, known_grads=known), u=2) == 10
    with check_raises(NullTypeGradError, "no reason"):
        grad(None, s, known_grads={first: NullType("no reason")(), second: u})
    with check_raises(DisconnectedInputError, "`s`", "Pair"):
        grad(None, s, known_grads={second: NullType("no reason")()})


def test_undefined_and_disconnected_costs():
    cost = s * u
    for mark, exception in (
        (NullType(), NullTypeGradError),
        (DisconnectedType(), DisconnectedInputError),
    ):
        with check_raises(exception):
            grad(cost, [s, u], known_grads={cost: mark()})
        with check_raises(NullTypeGradError, "asked for a gradient that has no value"):
            function([s], mark(), on_unused_input="ignore")


def test_test_values_of_gradients_have_the_shape_of_their_variables():
    config.compute_test_value = "raise"
    a = T.dvector("a")
    a.tag.test_value = np.ones(3)
    grad((a**2).sum(), a)
    short = copy_with(grad=lambda self, i, g: [g[0][:2]])
    with check_raises(ValueError, "gradient of input 0", "(2,)", "(3,)"):
        grad(short(a).sum(), a)


def test_an_op_without_a_gradient_is_named_with_its_line():
    with check_raises(NullTypeGradError, "Copy has no gradient", "test_backward.py", "Copy()(s)"):
        grad(Copy()(s), s)


@pytest.mark.parametrize(
    ("gradient", "exception", "text"),
    [
        (lambda self, i, g: [None], TypeError, "gave None for input 0"),
        (lambda self, i, g: g + g, ValueError, "2 results for 1 inputs"),
        (lambda self, i, g: g[0], TypeError, "gave no list"),
        (lambda self, i, g: [g[0].dimshuffle("x")], ValueError, "1 dimensions for an input of 0"),
        (lambda self, i, g: [T.iscalar()], TypeError, "dtype int32"),
    ],
)
def test_gradients_that_break_the_rules(gradient, exception, text):
    with check_raises(exception, "Copy", text):
        grad(copy_with(grad=gradient)(s), s)


def test_gradients_of_another_precision_are_cast():
    f = T.fscalar("f")
    wide = copy_with(grad=lambda self, i, g: [T.cast(g[0], "float64") * 2])
    assert grad(wide(f), f).dtype == "float32"


@pytest.mark.parametrize("pattern", [None, [[False]]])
def test_ops_that_say_they_are_disconnected(pattern):
    facets = {"grad": lambda self, i, g: [DisconnectedType()()]}
    if pattern is not None:
        facets["connection_pattern"] = lambda self, node: pattern
    with check_raises(DisconnectedInputError, "`s`"):
        grad(copy_with(**facets)(s), s)


def test_complex_gradients_of_real_variables_are_real(rng):
    check_op(lambda a: (abs(T.cast(a, "complex128") * (1 + 2j)) ** 2).sum(), [rng.normal(size=3)])


# Structure.


def test_several_outputs_and_several_uses():
    first, second = T.split(v, [1, 2], 2)
    g = grad((first**2).sum() * second.sum() + first.sum(), v)
    assert value(g, v=[2, 3, 4]).tolist() == [29, 4, 4]


def test_a_path_that_is_shared_is_walked_once():
    """Sixty doublings make 2 ** 60 paths."""
    y = s
    for _ in range(60):
        y = y + y
    assert value(grad(y, s), s=1) == 2.0**60


def test_derivatives_of_derivatives():
    y = s**3 * T.exp(u)
    g_s = grad(y, s)
    second = [grad(g_s, s), grad(g_s, u), grad(grad(grad(y, s), s), s)]
    assert np.allclose(value(second, s=2, u=0.5), np.exp(0.5) * np.array([12, 12, 6]))


def test_shared_variables():
    w = shared(np.array([1.0, 2]), "w")
    g = grad((w**2).sum(), w)
    assert function([], g)().tolist() == [2, 4]


def long_chain(n):
    y = s
    for _ in range(n // 2):
        y = -(y * 0.999)
    return y


def test_long_chains():
    n = 3_000
    y = long_chain(n)
    assert sys.getrecursionlimit() < n
    g = grad(y, s)
    r = Rop(y, s, u)
    assert sum(1 for _ in ancestors([g])) > n
    expected = 0.999 ** (n // 2)
    assert np.allclose(value([g, r], s=1, u=3), [expected, 3 * expected])


def test_zeros_are_in_floatx_for_integers():
    config.floatX = "float32"
    n = T.ivector("n")
    assert grad(s, n, disconnected_inputs="ignore").dtype == "float32"
