"""What a program is promised."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises

import theano.tensor as T
from theano import function, shared
from theano.tensor.ops.assertions import Assert, assert_op

x = T.fmatrix("x")


def test_conditions_that_hold(rng):
    value = rng.normal(size=(2, 3))
    check_op(lambda x: Assert("no")(x, T.lt(x, 99).all(), 1, x.shape[0]), [value], value)
    check_op(lambda x: assert_op(x), [value], value)


def test_conditions_that_do_not_hold():
    value = np.ones((2, 3))
    positive = Assert("not all are larger")
    check_op_raises(
        lambda x: positive(x, 1, T.gt(x, 1).all()), [value], AssertionError, "not all are larger"
    )
    check_op_raises(lambda x: positive(x, T.eq(x.shape[0], 3)), [value], AssertionError)
    check_op_raises(lambda x: positive(x, 0), [value], AssertionError)


def test_nothing_is_updated_where_one_fails():
    total = shared(1.0)
    step = T.dscalar("step")
    f = function([step], updates=[(total, total + Assert("negative")(step, T.ge(step, 0)))])
    with pytest.raises(AssertionError, match="negative"):
        f(-1)
    assert total.get_value() == 1
    f(2)
    assert total.get_value() == 3


def test_bad_conditions():
    with check_raises(TypeError, "conditions that are scalars", "condition.all()"):
        assert_op(x, T.gt(x, 0))
    assert Assert("a") == Assert("a") != Assert("b")


def test_specify_shape(rng):
    value = rng.normal(size=(2, 3))
    check_op(lambda x: T.specify_shape(x, (2, 3)), [value], value)
    check_op(lambda x, n: T.specify_shape(x, (n, 3)), [value, np.int32(2)], value)
    check_op(lambda x, lengths: T.specify_shape(x, lengths), [value, np.array([2, 3])], value)
    shape = T.specify_shape(x, (2, 3)).shape
    assert shape.eval({x: value.astype("float32")}).tolist() == [2, 3]


def test_other_shapes():
    value = np.zeros((2, 3))
    texts = "shape (2, 4)", "shape (2, 3)"
    check_op_raises(lambda x: T.specify_shape(x, (2, 4)), [value], AssertionError, *texts)
    for lengths in ([2, 4], [2], [2, 3, 1]):
        check_op_raises(
            lambda x, lengths: T.specify_shape(x, lengths),
            [value, np.array(lengths)],
            AssertionError,
            "another shape",
        )


def test_bad_shapes():
    with check_raises(ValueError, "1 lengths", "2, one for each dimension"):
        T.specify_shape(x, (2,))
    for shape in ((2.5, 2), T.lmatrix()):
        with check_raises(TypeError, "takes a shape"):
            T.specify_shape(x, shape)
