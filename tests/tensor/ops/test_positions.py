"""Places as one number and as several."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano.tensor.ops.positions import RavelMultiIndex, UnravelIndex

v, d = T.ivector("v"), T.lvector("d")
DIMS = (3, 4, 2)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(), (5,), (2, 3), (0,)], ids=str)
def test_both_ways(shape, order, rng):
    flat = rng.integers(0, 24, size=shape)
    places = [np.asarray(p) for p in np.unravel_index(flat, DIMS, order=order)]
    check_op(lambda x: T.unravel_index(x, DIMS, order=order), [flat], places)
    check_op(lambda *x: T.ravel_multi_index(x, DIMS, order=order), places, flat)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "uint64"])
def test_dtypes(dtype):
    flat, dims = np.array([5, 23], dtype), np.array(DIMS, dtype)
    places = list(np.unravel_index(flat.astype(int), DIMS))
    check_value(lambda x, dims: T.unravel_index(x, dims, ndim=3), [flat, dims], places)
    narrow = [p.astype(dtype) for p in places]
    back = check_value(lambda a, b, c, dims: T.ravel_multi_index((a, b, c), dims), [*narrow, dims])
    assert back[0].tolist() == [5, 23]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("mode", ["wrap", "clip"])
def test_modes(mode, order, rng):
    places = [rng.integers(-9, 9, size=6) for _ in DIMS]
    expected = np.ravel_multi_index(places, DIMS, mode=mode, order=order)
    check_value(lambda *x: T.ravel_multi_index(x, DIMS, mode, order), places, expected)


def test_broadcasting():
    rows, columns = np.array([[0], [2]]), np.array([1, 3, 0])
    expected = np.ravel_multi_index((rows, columns), (3, 4))
    check_op(lambda *x: T.ravel_multi_index(x, (3, 4)), [rows, columns], expected)
    check_op(lambda *x: T.ravel_multi_index(x, (3, 4)), [rows[0], columns], expected[0])
    assert T.ravel_multi_index((T.icol(), T.irow()), (3, 4)).broadcastable == (False, False)
    # As in Theano, which knows less of unravelled places.
    assert T.unravel_index(T.irow(), (3, 4))[0].broadcastable == (False, False)
    assert [places.type for places in T.unravel_index(v, (3,))] == [T.lvector]


def test_shapes_as_dims():
    x = T.fmatrix()
    places = T.unravel_index(v, x.shape)
    assert len(places) == 2
    assert T.ravel_multi_index(places, x.shape).dtype == "int64"


@pytest.mark.parametrize("place", [12, -1])
def test_places_outside(place):
    check_op_raises(
        lambda x: T.unravel_index(x, (3, 4)), [np.array([0, place])], ValueError, f"{place}"
    )
    check_op_raises(
        lambda *x: T.ravel_multi_index(x, (3, 4)),
        [np.array([0, 1]), np.array([0, place])],
        ValueError,
        f"{place}",
    )


def test_numbers_of_dimensions_that_differ():
    check_op_raises(
        lambda x, d: T.unravel_index(x, d, ndim=3),
        [np.array([0]), np.array([3, 4])],
        ValueError,
        "3 lengths",
    )
    check_op_raises(
        lambda x, d: T.ravel_multi_index((x, x, x), d),
        [np.array([0]), np.array([3, 4])],
        ValueError,
        "another number of lengths",
    )
    with check_raises(ValueError, "2 lengths"):
        T.unravel_index(v, (3, 4), ndim=3)
    with check_raises(ValueError, "another number of lengths"):
        T.ravel_multi_index((v, v, v), (3, 4))


def test_bad_input():
    with check_raises(ValueError, "number of dimensions", "ndim=2"):
        T.unravel_index(v, d)
    with check_raises(ValueError, "an axis at least"):
        UnravelIndex(0)
    with check_raises(TypeError, "unravel_index takes integers"):
        T.unravel_index(T.fvector(), (3, 4))
    with check_raises(TypeError, "takes a shape"):
        T.unravel_index(v, T.fvector(), ndim=2)
    with check_raises(TypeError, "ravel_multi_index takes integers"):
        T.ravel_multi_index((T.fvector(), v), (3, 4))
    with check_raises(TypeError, "a tuple or a list"):
        T.ravel_multi_index(T.imatrix(), (3, 4))
    with check_raises(ValueError, "unknown mode", "'x'"):
        RavelMultiIndex("x")
    for op in (lambda: UnravelIndex(2, "x"), lambda: RavelMultiIndex(order="x")):
        with check_raises(ValueError, "'C' or 'F'"):
            op()
