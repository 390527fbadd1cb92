"""``as_op``: ops out of Python functions."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from tests.checks import check_raises, check_value

import theano
import theano.tensor as T
from theano import function
from theano.compile.ops import FromFunctionOp, as_op
from theano.errors import NullTypeGradError


@as_op(
    itypes=[T.dmatrix, T.dmatrix],
    otypes=[T.dmatrix],
    infer_shape=lambda node, shapes: [(shapes[0][0], shapes[1][1])],
)
def product(a, b):
    return np.dot(a, b)


@as_op(T.dvector, [T.dvector, T.dscalar])
def double_and_total(x):
    return x * 2, x.sum()


def halved(x):
    return x / 2


half = as_op([T.dvector], T.dvector)(halved)


def test_a_function_as_an_op(rng):
    a, b = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))
    check_value(lambda x, y: T.tanh(product(T.exp(x), y)), [a, b], np.tanh(np.exp(a) @ b))
    x, y = T.dmatrices("x", "y")
    assert isinstance(product, FromFunctionOp)
    assert str(product) == "FromFunctionOp{product}"
    assert str(product(x, y)) == "FromFunctionOp{product}.0"
    assert (product.itypes, product.otypes) == ([T.dmatrix, T.dmatrix], [T.dmatrix])
    assert theano.as_op is as_op is theano.compile.ops.as_op


def test_several_outputs():
    x = np.arange(3.0)
    check_value(double_and_total, [x], [2 * x, x.sum()])
    assert half(T.dvector()).type == T.dvector


def test_shapes():
    x, y = T.dmatrices("x", "y")
    (shape,) = product.infer_shape(product(x, y).owner, [(2, 3), (3, 4)])
    assert shape == (2, 4)
    node = half(T.dvector()).owner
    with check_raises(NotImplementedError, "no infer_shape()"):
        half.infer_shape(node, [(2,)])


def test_a_function_that_returns_too_little():
    short = as_op([T.dvector], [T.dvector, T.dscalar])(lambda x: x)
    x = T.dvector()
    f = function([x], short(x))
    with check_raises(ValueError, "FromFunctionOp{<lambda>}", "expected: 2", "got:      1"):
        f(np.ones(2))


def test_no_gradient():
    x = T.dvector()
    with check_raises(NullTypeGradError, "FromFunctionOp{halved} has no gradient"):
        theano.grad(half(x).sum(), x)


def test_bad_types():
    for arguments, text in (
        (("x", [T.dvector]), "itypes that are no types"),
        (([T.dvector], 3), "otypes that are no types"),
        (([T.dvector], [np.float64]), "otypes that are no types"),
        (([T.dvector], [T.dvector], 3), "infer_shape that cannot be called"),
    ):
        with check_raises(TypeError, text):
            as_op(*arguments)
    with check_raises(TypeError, "input 1", "matrix", "vector"):
        product(T.dmatrix(), T.dvector())
    with check_raises(ValueError, "expected: 2"):
        product(T.dmatrix())


def test_pickling():
    assert pickle.loads(pickle.dumps(product)) is product
    assert copy.deepcopy(product) is product
    back = pickle.loads(pickle.dumps(half))
    assert back == half
    assert hash(back) == hash(half)
    assert back != as_op([T.dvector], T.dvector)(abs)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(as_op([T.dvector], [T.dvector])(lambda x: x))
    x = T.dvector()
    f = function([x], half(x) + 1)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(f))(np.ones(2)), [1.5, 1.5])
