"""Jacobians and Hessians, of any length, of one another, and through loops."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import HOST, check_op, check_raises, check_value

import theano
import theano.tensor as T
from theano import function
from theano.errors import DisconnectedInputError
from theano.gradient import grad, hessian, hessian_vector_product, jacobian

s, v, w, x = T.dscalar("s"), T.dvector("v"), T.dvector("w"), T.dmatrix("x")


def test_forms_and_types():
    y = v * 2
    assert isinstance(jacobian(y, [v]), list)
    assert isinstance(jacobian(y, (v,)), tuple)
    assert jacobian(y, v).type == x.type
    assert jacobian(y, x, disconnected_inputs="ignore").ndim == 3
    assert jacobian(s * 2, s).type == s.type
    assert isinstance(hessian((v**2).sum(), [v]), list)
    assert hessian((v**2).sum(), v).type == x.type
    row = T.drow("row")
    assert jacobian(row.flatten(), row).broadcastable == (False, True, False)
    assert jacobian(T.fvector("f") ** 2, v, disconnected_inputs="ignore").dtype == "float64"
    assert T.jacobian is jacobian
    assert T.hessian is hessian


def test_values(rng):
    a, b, c = rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=3)
    y = T.tanh(T.dot(x, v)) * w

    def both(x_, v_, w_):
        y_ = theano.clone(y, {x: x_, v: v_, w: w_})
        return [*jacobian(y_, [x_, v_, w_, y_]), hessian((y_**2).sum(), v_)]

    z = np.tanh(a @ b)
    slope = (1 - z**2) * c
    expected = [
        np.einsum("i,ij,k->ijk", slope, np.eye(3), b),
        slope[:, None] * a,
        np.diag(z),
        np.eye(3),
        2 * (a.T * (slope**2 - 2 * z**2 * c * slope)) @ a,
    ]
    check_value(both, [a, b, c], expected)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_lengths(n):
    """Also none at all: the shape is known without any row."""
    check = check_op if n else check_value
    check(lambda a: jacobian(T.exp(a) * 2, a), [np.ones(n)], 2 * np.e * np.eye(n))


def test_derivatives_of_derivatives(rng):
    """A third derivative, and R-op and gradient of a Jacobian (which ``check_op`` asks for)."""
    point = rng.normal(size=3)
    check_op(lambda a: jacobian(T.sin(a) * a[0], a), [point])
    third = jacobian(hessian((v**3).sum(), v).flatten(), v)
    f = function([v], third, mode=HOST)
    expected = np.zeros((3, 3, 3))
    expected[range(3), range(3), range(3)] = 6
    np.testing.assert_allclose(f(point), expected.reshape(9, 3))


def test_what_does_not_depend_on_the_row_is_computed_once():
    dear = T.nlinalg.matrix_inverse(x)
    inside = [
        type(node.op).__name__
        for graph in jacobian(T.dot(dear, v), v).owner.op.inner_graphs
        for node in graph.apply_nodes
    ]
    assert "MatrixInverse" not in inside
    assert inside


def test_an_op_without_lowering_runs_row_after_row():
    @theano.as_op([T.dvector], [T.dvector])
    def twice(a):
        return 2 * a

    class Twice(type(twice)):
        def grad(self, inputs, output_grads):
            return [self(output_grads[0])]

    twice.__class__ = Twice
    f = function([v], jacobian(twice(v) * v, v))
    np.testing.assert_array_equal(f([1.0, 2.0]), [[4, 0], [0, 8]])


def test_integers_have_a_jacobian_of_zero():
    n = T.lvector("n")
    f = function([n, v], [jacobian(n * 2, n), jacobian(v * n, n)], mode=HOST)
    first, second = f([1, 2], [3.0, 4.0])
    assert not first.any()
    np.testing.assert_array_equal(second, [[3, 0], [0, 4]])
    assert second.dtype == theano.config.floatX


def test_constants_and_disconnected_inputs():
    square = v**2
    f = function(
        [v, w],
        [
            jacobian(square * v, v, consider_constant=[square]),
            jacobian(square, w, disconnected_inputs="ignore"),
            hessian((v * w).sum(), v),
            hessian(square.sum(), w, disconnected_inputs="ignore"),
        ],
        mode=HOST,
    )
    first, *zeros = f([1.0, 2.0], [1.0, 2.0])
    np.testing.assert_array_equal(first, [[1, 0], [0, 4]])
    assert [z.shape for z in zeros] == [(2, 2)] * 3
    assert not np.any(zeros)
    for derivative in (lambda: jacobian(square, w), lambda: hessian(square.sum(), w)):
        with check_raises(DisconnectedInputError, "`w`"):
            derivative()
    with pytest.warns(UserWarning, match="not part of the computational graph"):
        jacobian(square, w, disconnected_inputs="warn")


def test_bad_arguments():
    with check_raises(TypeError, "more than one dimension", "`x`", "flatten"):
        jacobian(x, v)
    with check_raises(TypeError, "jacobian()", "no variable"):
        jacobian([1.0], v)
    with check_raises(TypeError, "jacobian()", "no variable"):
        jacobian(v, 3)
    with check_raises(TypeError, "non-scalar cost", "`v`"):
        hessian(v, v)
    with check_raises(TypeError, "no vector", "`x`", "jacobian of a gradient"):
        hessian(x.sum(), [v, x])


def test_products_with_a_hessian(rng):
    """``H p`` by the Hessian, by ``Rop`` of the gradient, and without either."""
    cost = T.sum(T.exp(v) * v[::-1])
    g = grad(cost, v)
    ways = [T.dot(hessian(cost, v), w), T.Rop(g, v, w), hessian_vector_product(cost, v, w)]
    first, *others = function([v, w], ways)(rng.normal(size=4), rng.normal(size=4))
    for other in others:
        np.testing.assert_allclose(first, other)


def test_products_with_a_hessian_of_several_variables(rng):
    f = T.fmatrix("f")
    cost = (T.dot(x, v) ** 2).sum() * s + T.sin(f).sum() + w.sum()
    wrt = (v, x, s, f, w)
    points = [variable.type() for variable in wrt]
    products = hessian_vector_product(cost, wrt, points)
    assert isinstance(products, tuple)
    assert [r.type for r in products] == [variable.type for variable in wrt]
    given = [
        rng.normal(size=n).astype(t.dtype)
        for n, t in zip([4, (3, 4), (), (2, 2), 2] * 2, (*wrt, *points), strict=True)
    ]
    expected = T.Rop(grad(cost, list(wrt)), list(wrt), points)
    found = function([*wrt, *points], [*products, *expected], mode=HOST)(*given)
    for one, other in zip(found[:5], found[5:], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-12)
    with check_raises(ValueError, "hessian_vector_product()", "5, one for each of `wrt`"):
        hessian_vector_product(cost, wrt, points[:2])
