"""``ifelse``: what it accepts, gives and differentiates, and that only one branch is computed."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from tests.checks import check_op, check_raises, check_value

import theano
import theano.tensor as T
from theano.gradient import DisconnectedInputError, grad
from theano.graph.generic_type import generic
from theano.ifelse import IfElse, ifelse
from theano.tensor.conversion import AsTensorError

c, n = T.dscalar("c"), T.iscalar("n")
x, y, m = T.dvector("x"), T.dvector("y"), T.dmatrix("m")

X, Y = np.array([0.5, 1.0, -2.0]), np.array([3.0, 0.25, 1.5])


class Counted(theano.Op):
    """Twice a tensor, on the host, counting how often."""

    def __init__(self):
        self.calls = 0

    def make_node(self, value):
        return theano.Apply(self, [value], [value.type()])

    def perform(self, node, inputs, output_storage):
        self.calls += 1
        output_storage[0][0] = inputs[0] * 2

    def infer_shape(self, node, shapes):
        return shapes

    def grad(self, inputs, output_grads):
        return [output_grads[0] * 2]


class Failing(Counted):
    """An op that must not run."""

    def perform(self, node, inputs, output_storage):
        raise RuntimeError("the wrong branch")


@pytest.mark.parametrize("condition", [np.int8(0), np.float64(-0.5)], ids=str)
def test_facets(condition):
    check_op(
        lambda c, x, y: ifelse(c, [x * y, x], [T.exp(x), y * 2]),
        [condition, X, Y],
        [X * Y, X] if condition else [np.exp(X), Y * 2],
    )


@pytest.mark.parametrize(
    ("condition", "taken"),
    [
        (np.int8(-3), True),
        (np.uint8(0), False),
        (np.bool_(True), True),
        (np.float32("nan"), True),
        (np.float64(-0.0), False),
        (np.complex128(1j), True),
    ],
    ids=repr,
)
def test_a_condition_is_true_unless_zero(condition, taken):
    check_value(ifelse, [condition, X, Y], X if taken else Y)


def test_form_of_the_result():
    assert ifelse(c, x, y).type == x.type
    assert isinstance(ifelse(c, [x], y), list)
    assert isinstance(ifelse(c, (x, m), [y, m]), tuple)
    assert ifelse(c, x, [y]).type == x.type
    assert ifelse(c, [], []) == []
    assert ifelse(1, 1.0, 2.0).eval() == 1.0
    assert ifelse(c, T.fscalar(), 1.0).type == T.fscalar
    assert ifelse(c, generic(), generic()).type == generic


def test_what_does_not_fit():
    for other in (m, T.ivector("i"), T.drow("r")):
        with check_raises(TypeError, "identical types", "`x`", "test_ifelse.py", "cast"):
            ifelse(c, x, other)
    with check_raises(ValueError, "same number", "2 on the then-branch, 1 on the else-branch"):
        ifelse(c, [x, y], [y])
    with check_raises(TypeError, "has to be a scalar", "`x`", "switch"):
        ifelse(x, x, y)
    with check_raises(AsTensorError, "boolean"):
        ifelse(x == y, x, y)
    with check_raises(ValueError, "another number", "2 variables for each"):
        IfElse(2)(c, x, y)


def test_names_equality_and_copies():
    named = ifelse(c, x, y, name="pick")
    assert str(named.owner.op) == "if{pick}"
    assert str(IfElse(1, as_view=True, gpu=True, name="n")) == "if{n,inplace,gpu}"
    gradient = grad(named.sum(), x).owner.op
    assert str(gradient) == "if{pick_grad_t}"
    assert IfElse(1, name="a") == IfElse(1) != IfElse(2)
    assert hash(IfElse(1, name="a")) == hash(IfElse(1))
    for duplicate in (copy.deepcopy(named), pickle.loads(pickle.dumps(named))):
        assert duplicate.owner.op == named.owner.op
        assert str(duplicate.owner.op) == "if{pick}"


def test_gradients():
    first, second = ifelse(c, [x * 2, m], [y, m * 3])
    f = theano.function(
        [c, x, y, m],
        [
            *grad(first.sum() + second.sum(), [x, y, m, c]),
            *grad(first.sum(), [x, y]),
            grad(second.sum(), m),
        ],
    )
    ones = np.ones((1, 2))
    for condition, of_x, of_y, of_m in ((1, 2, 0, 1), (0, 0, 1, 3)):
        g_x, g_y, g_m, g_c, x_alone, y_alone, m_alone = f(condition, X, Y, ones)
        assert g_x.tolist() == x_alone.tolist() == [of_x] * 3
        assert g_y.tolist() == y_alone.tolist() == [of_y] * 3
        assert g_m.tolist() == m_alone.tolist() == [[of_m, of_m]]
        assert g_c == 0
    with pytest.raises(DisconnectedInputError):
        grad(first.sum(), m)


def test_directional_derivatives():
    v = T.dvector("v")
    picked = ifelse(c, x * 2, y)
    f = theano.function(
        [c, v, x], [theano.Rop(picked, x, v), theano.Rop(picked, c, c)], givens={y: x}
    )
    for condition, expected in ((1, 2 * Y), (0, 0 * Y)):
        along, of_condition = f(condition, Y, X)
        assert along.tolist() == expected.tolist()
        assert of_condition.tolist() == [0, 0, 0]


def test_the_branch_not_taken_is_not_run():
    counted, failing = Counted(), Failing()
    f = theano.function([c, x], ifelse(c, counted(T.exp(x)), failing(x)))
    assert f(1, X).tolist() == (2 * np.exp(X)).tolist()
    assert counted.calls == 1
    with pytest.raises(RuntimeError, match="the wrong branch"):
        f(0, X)
    # Its shape is known without it.
    picked = ifelse(c, x * 3, failing(x))
    f = theano.function([c, x], [picked.shape, grad(picked.sum(), x)])
    length, of_x = f(1, X)
    assert length.tolist() == [3]
    assert of_x.tolist() == [3, 3, 3]


def test_updates_that_share_their_work():
    failing = Failing()
    a, b = theano.shared(X, name="a"), theano.shared(Y, name="b")
    step = failing(a * b)
    good = T.lt(c, 1)
    f = theano.function([c], updates=[(p, ifelse(good, p, p - step)) for p in (a, b)])
    f(0)
    assert (a.get_value().tolist(), b.get_value().tolist()) == (X.tolist(), Y.tolist())
    with pytest.raises(RuntimeError):
        f(2)
    assert (a.get_value().tolist(), b.get_value().tolist()) == (X.tolist(), Y.tolist())


def test_the_last_batch_is_a_shorter_one():
    data = theano.shared(np.arange(14.0))
    start, stop = n * 4, (n + 1) * 4
    batch = ifelse(stop > data.shape[0], data[start:], data[start:stop])
    f = theano.function([n], [batch, T.zeros_like(batch), batch.shape[0] * 2])
    for k in (0, 3, 1, 2, 0):
        expected = np.arange(14.0)[4 * k : 4 * k + 4]
        values, zeros, double = f(k)
        assert values.tolist() == expected.tolist()
        assert zeros.shape == expected.shape
        assert double == 2 * len(expected)
    assert len(f.executor.compilations) == 2


def test_nested_branches_of_different_shapes():
    inner = ifelse(n > 2, x[:n], y[:2])
    f = theano.function([n, x, y], ifelse(n > 1, inner, x * 2))
    for k in (0, 2, 3, 1, 3):
        expected = X[:k] if k > 2 else Y[:2] if k > 1 else X * 2
        assert f(k, X, Y).tolist() == expected.tolist()
    assert len(f.executor.compilations) == 3


def test_branches_whose_condition_and_shapes_only_the_device_knows():
    f = theano.function([x, y], ifelse(T.dot(x, x) > 1, x, T.concatenate([x, y])))
    with pytest.warns(UserWarning, match="different shapes"):
        assert f(X, Y).tolist() == X.tolist()
    assert f(0 * X, Y).tolist() == [0, 0, 0, *Y]


def test_a_branch_that_cannot_work_may_stand_unused():
    f = theano.function([c, x, y], ifelse(c, x + y, x))
    with pytest.warns(UserWarning, match="cannot be compiled"):
        assert f(0, X, Y[:2]).tolist() == X.tolist()
    assert f(0, X, Y).tolist() == X.tolist()
    with pytest.raises(ValueError):  # noqa: PT011  NumPy's text
        f(1, X, Y[:2])
