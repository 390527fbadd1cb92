"""Elements chosen, and added to, at places along an axis."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano.tensor.ops.along_axis import AddAlong, TakeAlong


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("n", [0, 5])
def test_values(axis, n, rng):
    x = rng.normal(size=(2, 3, 4))
    shape = tuple(n if i == axis else length for i, length in enumerate(x.shape))
    places = rng.integers(-x.shape[axis], x.shape[axis], size=shape)
    check_op(TakeAlong(axis), [x, places], np.take_along_axis(x, places, axis))
    values = rng.normal(size=shape)
    expected = x.copy()
    for where in np.ndindex(shape):
        to = list(where)
        to[axis] = places[where]
        expected[tuple(to)] += values[where]
    check_op(AddAlong(axis), [x, places, values], expected)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint64"])
def test_dtypes_of_places(dtype):
    x, places = np.arange(200.0), np.array([199, 0], dtype)
    check_value(TakeAlong(0), [x, places], x[[199, 0]])
    check_value(TakeAlong(0, in_range=True), [x.astype(dtype), places], np.array([199, 0], dtype))
    counted = AddAlong(0)
    check_value(counted, [np.zeros(3, "int8"), places % 2, np.array([5, 6], "int8")])


@pytest.mark.parametrize("place", [2, -3])
def test_places_that_do_not_exist(place):
    places = np.array([0, place])
    texts = "out of bounds", "from -2 to 1 along axis 0", f"{place}"
    check_op_raises(TakeAlong(0), [np.zeros(2), places], IndexError, *texts)
    check_op_raises(AddAlong(0), [np.zeros(2), places, np.ones(2)], IndexError, *texts)


def test_no_elements():
    nothing, places = np.zeros((0, 2)), np.zeros((1, 2), int)
    check_op_raises(TakeAlong(0), [nothing, places], IndexError, "axis 0 has length 0")
    check_op_raises(AddAlong(0), [nothing, places, np.ones((1, 2))], IndexError, "has length 0")
    check_op(TakeAlong(0), [nothing, places[:0]], nothing)
    check_op(AddAlong(0), [nothing, places[:0], nothing], nothing)


def test_bad_input():
    for places in (T.fvector(), T.lmatrix()):
        with check_raises(TypeError, "places along an axis are integers", str(places.type)):
            TakeAlong(0)(T.vector(), places)
    with check_raises(TypeError, "dtype and rank"):
        AddAlong(0)(T.dvector(), T.lvector(), T.fvector())
    x, places = np.zeros((2, 3)), np.zeros((2, 2), int)
    check_op_raises(TakeAlong(0), [x, places], ValueError, "shapes (2, 3) and (2, 2)")
    check_op_raises(AddAlong(1), [x, places, x], ValueError, "shape (2, 3)")
