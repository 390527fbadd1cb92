"""``OpFromGraph``: the op, its derivatives and what may stand in their place, and its copies."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from tests.checks import check_op, check_raises

import theano
import theano.tensor as T
from theano import OpFromGraph
from theano.errors import DisconnectedInputError, MissingInputError
from theano.gradient import DisconnectedType, NullType, NullTypeGradError, Rop, grad
from theano.ifelse import ifelse

x, y, z = T.dvector("x"), T.dvector("y"), T.dvector("z")
m = T.dmatrix("m")
X, Y, Z = np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.array([5.0, 6.0])
PLAIN = theano.Mode(optimizer=None)


def ops_of(f):
    return [str(node.op) for node in f.maker.fgraph.toposort()]


@pytest.mark.parametrize("inline", [False, True])
def test_facets(inline):
    op = OpFromGraph([x, y, m], [x * T.exp(y), T.dot(m, x)], inline=inline)
    matrix = np.array([[1.0, -2.0], [0.5, 3.0], [0.0, 1.0]])
    check_op(op, [X, Y, matrix], [X * np.exp(Y), matrix @ X])


def test_inputs_are_converted_and_counted():
    op = OpFromGraph([x, m], [T.dot(m, x)])
    f = theano.function([x], [op(x, np.eye(2)), op([1.0, 2.0], x.dimshuffle("x", 0))])
    assert [value.tolist() for value in f(X)] == [[1, 2], [5]]
    assert op(x, T.drow("r")).owner.inputs[1].type == m.type
    with check_raises(ValueError, "another number of inputs", "expected: 2", "got:      1"):
        op(x)
    with check_raises(TypeError, "another type", "`m`"):
        op(m, m)
    assert OpFromGraph([x, y], [x * 2])(x, x).eval({x: X}).tolist() == [2, 4]


def test_what_it_cannot_be_made_of():
    for inputs, outputs in (((x,), [x]), ([x], x), ([x], (x,)), ([x], [1.0])):
        with check_raises(TypeError, "must be a list of variables"):
            OpFromGraph(inputs, outputs)
    with check_raises(TypeError, "updates are not allowed"):
        OpFromGraph([x], [x], updates=[])
    with check_raises(TypeError, "does not know: optimise"):
        OpFromGraph([x], [x], optimise=True)
    with check_raises(TypeError, "name", "3"):
        OpFromGraph([x], [x], name=3)
    with check_raises(ValueError, "mutually exclusive"):
        OpFromGraph([x], [x], lop_overrides=max, grad_overrides=max)
    with check_raises(MissingInputError, "`y`"):
        OpFromGraph([x], [x * y])


def test_where_the_graph_is_seen():
    hidden = OpFromGraph([x, y], [T.log(1 + T.exp(x)) * y], name="held")
    shown = OpFromGraph([x, y], [T.log(1 + T.exp(x)) * y], name="held", inline=True)
    assert (str(hidden), str(shown)) == ("held{inline=False}", "held{inline=True}")
    f = theano.function([x, y], hidden(x, y))
    g = theano.function([x, y], shown(x, y))
    assert ops_of(f) == ["held{inline=False}"]
    assert not any("held" in name for name in ops_of(g))
    assert ops_of(theano.function([x, y], shown(x, y), mode=PLAIN)) == ["held{inline=True}"]
    # The graph is rewritten either way, for stability.
    for run in (f, g):
        assert run(800 * X, Y).tolist() == (800 * X * Y).tolist()


def test_shared_variables_inside():
    s = theano.shared(Z, name="s")
    op = OpFromGraph([x], [x * s + s])
    assert (op.shared_inputs, op(x).owner.inputs) == ([s], [x, s])
    f = theano.function([x], [op(x), grad(op(x).sum(), s)], updates=[(s, s + 1)])
    for step in range(2):
        value, of_s = f(X)
        assert value.tolist() == (X * (Z + step) + Z + step).tolist()
        assert of_s.tolist() == (X + 1).tolist()
    counter = theano.shared(np.zeros(2))
    counter.default_update = counter + 1
    f = theano.function([x], OpFromGraph([x], [x + counter])(x))
    assert [f(X).tolist(), f(X).tolist()] == [X.tolist(), (X + 1).tolist()]


def test_nested_and_with_ifelse():
    inner = OpFromGraph([x, y], [ifelse(x[0] > 1, x * y, y)])
    outer = OpFromGraph([x, y], [inner(x, y) + inner(y, x)])
    f = theano.function([x, y], [outer(x, y), *grad(outer(x, y).sum(), [x, y])])
    value, of_x, of_y = f(X, Y)
    assert value.tolist() == (Y + X * Y).tolist()
    assert of_x.tolist() == Y.tolist()
    assert of_y.tolist() == (X + 1).tolist()
    assert len(ops_of(theano.function([x, y], outer(x, y)))) == 1


def test_connections():
    op = OpFromGraph([x, y, T.ivector("i")], [x * 2, y * 3, x * y, T.zeros_like(y)])
    node = op(x, y, T.ivector())[0].owner
    rows = [[bool(one) for one in row[:3]] for row in op.connection_pattern(node)]
    assert rows[:2] == [[True, False, True], [False, True, True]]
    first, second, *_ = node.outputs
    with pytest.raises(DisconnectedInputError):
        grad(first.sum(), y)
    # An output that the cost does not use.
    g = grad(second.sum(), y)
    assert g.eval({x: X, y: Y, node.inputs[2]: np.zeros(2, "int32")}).tolist() == [3, 3]
    given = OpFromGraph([x, y], [x * y], connection_pattern=[[True], [False]])
    with pytest.raises(DisconnectedInputError):
        grad(given(x, y).sum(), y)


def gradients(**overrides):
    """Return the gradients of a product, by value; None for one without path."""
    product = OpFromGraph([x, y], [x * y], **overrides)
    found = grad(
        product(x, y).sum(),
        [x, y],
        disconnected_inputs="ignore",
        return_disconnected="none",
    )
    there = [g for g in found if g is not None]
    values = iter(theano.function([x, y], there, on_unused_input="ignore", mode=HOST)(X, Y))
    return [None if g is None else next(values).tolist() for g in found]


HOST = theano.Mode(linker="py")
THRICE = OpFromGraph([x, y, z], [z * 3])
BOTH = OpFromGraph([x, y, z], [z * 9, z * 10])
WITH_OUTPUTS = OpFromGraph([x, y, z, z.type("g")], [z * 9, x * 10])


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({}, [[3, 4], [1, 2]]),
        ({"grad_overrides": "default"}, [[3, 4], [1, 2]]),
        ({"grad_overrides": lambda i, g: [g[0] * 7, g[0] * i[0]]}, [[7, 7], [1, 2]]),
        ({"grad_overrides": ["default", lambda i, g: g[0] * 8]}, [[3, 4], [8, 8]]),
        ({"grad_overrides": BOTH}, [[9, 9], [10, 10]]),
        ({"grad_overrides": [THRICE, "default"]}, [[3, 3], [1, 2]]),
        ({"grad_overrides": ["default", DisconnectedType()()]}, [[3, 4], None]),
        ({"grad_overrides": DisconnectedType()()}, [None, None]),
        ({"grad_overrides": lambda i, g: [g[0], DisconnectedType()()]}, [[1, 1], None]),
        ({"lop_overrides": lambda i, o, g: [g[0] * o[0], g[0] * 8]}, [[3, 8], [8, 8]]),
        ({"lop_overrides": [lambda i, o, g: g[0] * o[0], "default"]}, [[3, 8], [1, 2]]),
        ({"lop_overrides": WITH_OUTPUTS}, [[27, 72], [10, 20]]),
    ],
    ids=[
        "none", "default", "function", "list", "op", "op in a list", "disconnected in a list",
        "disconnected", "disconnected from a function", "L_op", "list of L_ops", "op as L_op",
    ],
)  # fmt: skip
def test_overridden_gradients(overrides, expected):
    assert gradients(**overrides) == expected


@pytest.mark.parametrize(
    ("override", "exception", "text"),
    [
        (lambda i, g: (g[0], g[0]), TypeError, "should return a list"),
        (lambda i, g: [g[0]], ValueError, "expected: 2"),
        (["default"], ValueError, "expected: 2"),
        (["default", 3], TypeError, "'default', an OpFromGraph, a function"),
        (None, TypeError, "gives none"),
        (x, ValueError, "only a mark"),
        (OpFromGraph([x], [x, x]), ValueError, "expected: 3"),
        (["default", NullType("not today")()], NullTypeGradError, "not today"),
    ],
    ids=["tuple", "short", "short list", "number", "None", "tensor", "op", "undefined"],
)
def test_overrides_that_do_not_fit(override, exception, text):
    with check_raises(exception, text):
        gradients(grad_overrides=override)


def test_an_override_is_asked_once():
    asked = []

    def twice(inputs, grads):
        asked.append(inputs)
        return [2 * grads[0]]

    op = OpFromGraph([x], [x * 3], grad_overrides=twice, name="op")
    total = (op(x) + op(op(x))).sum()
    assert theano.function([x], grad(total, x), mode=HOST)(X).tolist() == [6, 6]
    assert len(asked) == 1
    assert str(op.get_lop_op()) == "op_grad{inline=False}"
    op.set_lop_overrides("default")
    assert theano.function([x], grad(total, x), mode=HOST)(X).tolist() == [12, 12]


def test_a_gradient_that_is_set_on_the_op():
    op = OpFromGraph([x, y], [x * y])
    op.grad = lambda inputs, grads: (grads[0] * 2, inputs[0] * 0 + 7)
    found = theano.function([x, y], grad(op(x, y).sum(), [x, y]), mode=HOST)(X, Y)
    assert [g.tolist() for g in found] == [[2, 2], [7, 7]]


V, W = np.array([1.0, -1.0]), np.array([0.5, 2.0])
AHEAD = OpFromGraph([x, y, z, z.type("w")], [z * 2, x * z])


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("default", [Y * V + X * W, V + W]),
        (lambda i, e: [e[0] * 5, e[1] * i[0]], [V * 5, W * X]),
        (["default", lambda i, e: e[1] * 6], [Y * V + X * W, W * 6]),
        (["default", DisconnectedType()()], [Y * V + X * W, 0 * V]),
        (AHEAD, [V * 2, X * V]),
    ],
    ids=["default", "function", "list", "disconnected", "op"],
)
def test_overridden_directional_derivatives(override, expected):
    op = OpFromGraph([x, y], [x * y, x + y], rop_overrides=override)
    v, w = T.dvector("v"), T.dvector("w")
    found = Rop(op(x, y), [x, y], [v, w])
    f = theano.function([x, y, v, w], found, mode=HOST, on_unused_input="ignore")
    for got, want in zip(f(X, Y, V, W), expected, strict=True):
        assert got.tolist() == want.tolist()


def test_a_direction_of_some_inputs():
    op = OpFromGraph([x, y], [x * y, y * 2])
    v = T.dvector("v")
    f = theano.function([x, y, v], Rop(op(x, y)[0], x, v), mode=HOST)
    assert f(X, Y, V).tolist() == (Y * V).tolist()
    # As in Theano, what depends on other variables only has a derivative of zero.
    f = theano.function([x, y, v], Rop(op(x, y)[1], x, v), mode=HOST, on_unused_input="ignore")
    assert f(X, Y, V).tolist() == [0] * len(X)


def test_integers_and_other_types():
    i = T.ivector("i")
    op = OpFromGraph([i, x], [x * i, i + 1])
    of_i, of_x = grad(op(i, x)[0].sum(), [i, x])
    assert of_i.type.dtype == theano.config.floatX
    f = theano.function([i, x], of_x, mode=HOST, on_unused_input="ignore")
    assert f(np.array([2, 3], "int32"), X).tolist() == [2, 3]


def test_equality_and_copies():
    op = OpFromGraph([x, y], [x * y], name="product", grad_overrides=["default", NullType()()])
    assert op == op
    assert op != OpFromGraph([x, y], [x * y])
    for duplicate in (copy.copy(op), copy.deepcopy(op), pickle.loads(pickle.dumps(op))):
        assert str(duplicate) == str(op)
        assert duplicate(x, y).eval({x: X, y: Y}).tolist() == (X * Y).tolist()
    out = pickle.loads(pickle.dumps(grad(op(x, x + 1).sum(), x, null_gradients="return")))
    assert isinstance(out.type, NullType)


def test_results_share_no_memory_with_arguments():
    f = theano.function([x], OpFromGraph([x], [x])(x), mode=theano.Mode("py", None))
    given = X.copy()
    result = f(given)
    given[:] = 0
    assert result.tolist() == X.tolist()
