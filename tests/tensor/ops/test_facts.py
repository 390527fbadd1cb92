"""What a graph tells before anything is computed."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_raises

import theano.tensor as T
from theano import scalar
from theano.tensor.ops.facts import EmptyConstantError

x, r, v = T.fmatrix("x"), T.frow("r"), T.ivector("v")
s = T.iscalar("s")
UNKNOWN = T.NotScalarConstantError


# As in Theano.
@pytest.mark.parametrize(
    ("vector", "length"),
    [
        (T.constant([1, 2, 3]), 3),
        (T.stack([s, s]), 2),
        (x.shape, 2),
        (x.shape[1:], 1),
        (T.ftensor3().shape[::2], 2),
        (T.TensorType("int32", (True,))(), 1),
        ([1, 2], 2),
        ((s, 2), 2),
        ([], 0),
        (np.zeros(4), 4),
    ],
    ids=str,
)
def test_vector_length(vector, length):
    assert T.get_vector_length(vector) == length


def test_lengths_that_are_not_known():
    for vector in (v, x.shape[s:]):
        with check_raises(ValueError, "not known", "v.shape[0]"):
            T.get_vector_length(vector)
    for other in (x, s):
        with check_raises(TypeError, "takes a vector"):
            T.get_vector_length(other)


def test_shape_i():
    assert T.shape_i(x, 1).eval({x: np.zeros((2, 3), "float32")}) == 3
    with check_raises(TypeError, "length 2"):
        T.shape_i(x, 2)


three = T.constant(3)
# As in Theano, which does not look through a cast without being asked for elementwise functions:
# what it is, and whether it is known without computing those.
KNOWN = [
    (3, 3, True),
    (2.5, 2.5, True),
    (np.array([4]), 4, True),
    (T.constant([3, 3]), 3, True),
    (T.alloc(2.0, 3, s), 2, True),
    (T.zeros_like(x), 0, True),
    (T.fill(x, 3.0), 3, True),
    (T.constant([3, 4])[1], 4, True),
    (T.stack([s, s * 0 + 1, 5])[2], 5, True),
    (three.dimshuffle("x", "x"), 3, True),
    (T.unbroadcast(T.constant([3]), 0), 3, True),
    (T.join(0, T.constant([1]), T.constant([2]))[1], 2, True),
    (r.shape[0], 1, True),
    (three + T.constant(2), 5, False),
    (T.cast(three, "float64"), 3, True),
    (T.constant([[1, 2], [3, 4]])[1, 0], 3, True),
    (T.constant([[1, 2, 3]]).shape[1], 3, True),
    (T.opt.Assert()(three, three > 1), 3, True),
    (scalar.constant(3), 3, True),
    (T.tensor_from_scalar(scalar.constant(3)), 3, True),
    (T.scalar_from_tensor(r.shape[0]), 1, True),
    (T.lt(T.constant(1), 2), True, False),
]


@pytest.mark.parametrize(("given", "value", "at_once"), KNOWN, ids=str)
def test_scalar_constants(given, value, at_once):
    number = T.get_scalar_constant_value(given)
    assert number == value
    assert number.dtype == getattr(given, "dtype", np.asarray(given).dtype)
    if at_once:
        assert T.get_scalar_constant_value(given, elemwise=False) == value
    else:
        with check_raises(UNKNOWN, "not known to be one number"):
            T.get_scalar_constant_value(given, elemwise=False)


@pytest.mark.parametrize(
    "given",
    [
        T.opt.Assert()(three, three > s),
        T.opt.Assert()(three, three > 3),
        scalar.float64(),
        np.array([4, 5]),
        s,
        x.shape[0],
        three * s,
        T.constant([1, 2]).sum(),
        "a",
        None,
    ],
    ids=str,
)
def test_what_is_no_scalar_constant(given):
    with check_raises(UNKNOWN, "not known to be one number"):
        T.get_scalar_constant_value(given)


def test_only_constants():
    assert T.get_scalar_constant_value(three, only_process_constants=True) == 3
    with check_raises(UNKNOWN):
        T.get_scalar_constant_value(T.alloc(2.0, 3), only_process_constants=True)


def test_no_elements_and_nan():
    with check_raises(EmptyConstantError, "without elements"):
        T.get_scalar_constant_value(T.constant(np.zeros(0)))
    assert np.isnan(T.get_scalar_constant_value(T.constant([np.nan, np.nan])))
    with check_raises(UNKNOWN):
        T.get_scalar_constant_value(T.constant([np.nan, 1]))


def test_method_and_depth():
    assert three.get_scalar_constant_value() == 3
    total = three
    for _ in range(12):
        total = total + three
    with check_raises(UNKNOWN):
        T.get_scalar_constant_value(total)
    assert T.get_scalar_constant_value(total, max_recur=20) == 39
