"""A column in front of a matrix."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_raises

import theano.tensor as T
from theano.tensor.nnet import (
    Prepend_scalar_constant_to_each_row,
    prepend_0_to_each_row,
    prepend_scalar_to_each_row,
)


@pytest.mark.parametrize("shape", [(2, 3), (0, 3), (2, 0)], ids=str)
def test_a_variable_in_front(shape, rng):
    mat = rng.normal(size=shape)
    check_op(prepend_scalar_to_each_row, [np.float64(1.5), mat], np.c_[np.full(shape[0], 1.5), mat])
    wider = np.c_[np.full(shape[0], 2), mat.astype("float32")].astype("float32")
    check_op(prepend_scalar_to_each_row, [np.float64(2), mat.astype("float32")], wider)


def test_a_constant_in_front(rng):
    mat = rng.normal(size=(2, 3)).astype("float32")
    check_op(
        Prepend_scalar_constant_to_each_row(4.5), [mat], np.c_[[4.5, 4.5], mat].astype("float32")
    )
    check_op(prepend_0_to_each_row, [mat], np.c_[[0, 0], mat].astype("float32"))
    assert Prepend_scalar_constant_to_each_row(1.0) != prepend_0_to_each_row


def test_bad_input():
    with check_raises(TypeError, "in front of a matrix", "`v`"):
        prepend_scalar_to_each_row(1.0, T.vector("v"))
    with check_raises(TypeError, "is a number", "`v`"):
        prepend_scalar_to_each_row(T.vector("v"), T.matrix())
