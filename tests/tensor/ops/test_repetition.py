"""Repeating elements and tensors."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import function
from theano.tensor.ops.repetition import RepeatOp

x, r, v = T.fmatrix("x"), T.frow("r"), T.ivector("v")
s, f = T.iscalar("s"), T.fscalar("f")


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("n", [0, 1, 3])
def test_one_count(n, axis, rng):
    value = rng.normal(size=(2, 3))
    check_op(lambda x: T.repeat(x, n, axis), [value], np.repeat(value, n, axis))


@pytest.mark.parametrize("dtype", ["bool", "int8", "complex64"])
def test_dtypes(dtype):
    value = np.array([[1, 0], [3, 4]]).astype(dtype)
    check_value(lambda x: T.repeat(x, 2, 1), [value], np.repeat(value, 2, 1))
    check_value(lambda x: x.repeat([1, 2], 1), [value], np.repeat(value, [1, 2], 1))
    check_value(lambda x: T.tile(x, (2, 1)), [value], np.tile(value, (2, 1)))


@pytest.mark.parametrize("axis", [None, 0, -1])
def test_counts(axis, rng):
    value = rng.normal(size=(2, 3))
    n = 6 if axis is None else value.shape[axis]
    for counts in (rng.integers(0, 3, size=n), np.zeros(n, int), np.array([2])):
        expected = np.repeat(value, counts, axis)
        check_op(lambda x, counts: T.repeat(x, counts, axis), [value, counts], expected)
    check_value(lambda x: T.repeat(x, [2], axis), [value], np.repeat(value, 2, axis))


def test_scalars_and_nothing(rng):
    check_op(lambda x: T.repeat(x, 3), [np.array(2.5)], np.full(3, 2.5))
    check_op(lambda x, n: T.repeat(x, n), [np.array(2.5), np.array([3])], np.full(3, 2.5))
    nothing = np.zeros((0, 2))
    for axis in (None, 0, 1):
        check_op(lambda x, axis=axis: T.repeat(x, 2, axis), [nothing], np.repeat(nothing, 2, axis))


def test_symbolic_sizes_are_arguments():
    repeated = function([x, s], [T.repeat(x, s, 1), T.tile(x, (s, 2)), x.repeat(s)])
    value = np.arange(4, dtype="float32").reshape(2, 2)
    for n in (2, 3, 0, 2):
        by_element, tiled, flat = repeated(value, n)
        assert np.array_equal(by_element, np.repeat(value, n, 1))
        assert np.array_equal(tiled, np.tile(value, (n, 2)))
        assert np.array_equal(flat, np.repeat(value, n))
    assert len(repeated.compilations) == 3


def test_counts_of_one_sum_share_a_program():
    repeated = function([x, v], T.repeat(x, v, 0))
    value = np.arange(4, dtype="float32").reshape(2, 2)
    for counts in ([1, 2], [3, 0], [2, 1]):
        assert np.array_equal(repeated(value, counts), np.repeat(value, counts, 0))
    assert len(repeated.compilations) == 1


def test_counts_that_are_computed():
    """The program is split to find their sum."""
    repeated = function([x], T.repeat(x, T.cast(x.sum(1), "int32"), 0) + 1)
    value = np.array([[1, 1], [0, 3]], "float32")
    for given in (value, value[::-1]):
        assert np.array_equal(repeated(given), np.repeat(given, given.sum(1).astype(int), 0) + 1)
    assert len(repeated.compilations) == 2


# As in Theano.
@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        (T.repeat(r, 2, 0), (0, 0)),
        (T.repeat(r, 2, 1), (1, 0)),
        (T.repeat(r, 1, 0), (1, 0)),
        (T.repeat(r, 2), (0,)),
        (T.repeat(r, v, 0), (0, 0)),
        (RepeatOp(axis=0)(r, s), (0, 0)),
        (T.tile(x, (1, 2, 3)), (1, 0, 0)),
        (T.tile(x, (2, 3), ndim=3), (1, 0, 0)),
        (T.tile(x, ()), (0, 0)),
        (T.tile(r, (1, 2)), (1, 0)),
        (T.tile(r, (2, 1)), (0, 0)),
        (T.tile(f, (3, 2)), (0, 0)),
        (T.tile(x, v, ndim=3), (0, 0, 0)),
        (T.tile(x, x.shape), (0, 0)),
    ],
)
def test_patterns(variable, expected):
    assert tuple(map(int, variable.broadcastable)) == expected


@pytest.mark.parametrize("reps", [2, (2, 3), (2, 1, 2), (0, 2), (1, 1), ()], ids=str)
def test_tile(reps, rng):
    value = rng.normal(size=(2, 3))
    check_op(lambda x: T.tile(x, reps), [value], np.tile(value, reps))


@pytest.mark.parametrize("reps", [[3, 2], [2], [2, 1, 2]], ids=str)
def test_tile_by_a_vector(reps, rng):
    value = rng.normal(size=(2, 3))
    expected = np.tile(value, reps).reshape((1,) * (len(reps) == 1) + np.tile(value, reps).shape)
    expected = expected.reshape((1,) * (3 - expected.ndim) + expected.shape)
    check_op(lambda x, reps: T.tile(x, reps, ndim=3), [value, np.array(reps)], expected)


def test_tile_of_scalars(rng):
    check_op(lambda x: T.tile(x, 3), [np.array(2.5)], np.full(3, 2.5))
    check_op(lambda x: T.tile(x, (3, 2)), [np.array(2.5)], np.full((3, 2), 2.5))


def test_counts_that_do_not_fit():
    value = np.zeros((2, 3))
    for counts in ([1, -1], [-1]):
        check_op_raises(
            lambda x, n: T.repeat(x, n, 0), [value, np.array(counts)], ValueError, "negative"
        )
    check_op_raises(
        lambda x, n: T.repeat(x, n, 0), [value, np.array([1, 2, 3])], ValueError, "2 counts"
    )
    check_op_raises(lambda x: T.repeat(x, -1, 0), [value], ValueError, "not negative")
    check_op_raises(lambda x: T.tile(x, (-1, 2)), [value], ValueError, "not negative")


def test_bad_repeats():
    for axis in (2, -3):
        with check_raises(ValueError, "an axis from -2 to 1", f"axis={axis}"):
            T.repeat(x, 2, axis)
    with check_raises(ValueError, "axis=None"):
        T.repeat(f, 2, 0)
    with check_raises(ValueError, "several dimensions", "matrix"):
        T.repeat(x, T.imatrix(), 0)
    for count in (f, 1.5, np.array(True)):
        with check_raises(TypeError, "integer counts"):
            T.repeat(x, count, 0)


def test_bad_tiles():
    with check_raises(ValueError, "number of dimensions", "ndim=2"):
        T.tile(x, v)
    with check_raises(ValueError, "asked for 1 dimensions", "at least the 2"):
        T.tile(x, 2, ndim=1)
    with check_raises(ValueError, "3 counts for 2"):
        T.tile(x, (1, 2, 3), ndim=2)
    values = [np.ones((2, 3)), np.array([1, 2, 3])]
    check_op_raises(lambda x, reps: T.tile(x, reps, 2), values, AssertionError, "its 2 dimensions")
    for reps in ((f, 2), (1.5, 2), T.imatrix(), (v, 2), T.fvector()):
        with check_raises(ValueError, "tile takes integers"):
            T.tile(x, reps)


def test_what_the_op_itself_takes():
    column = T.TensorType("float32", [False, True, False])()
    assert RepeatOp(1)(column, 1).broadcastable == (False, True, False)
    assert RepeatOp(1)(column, 2).broadcastable == (False, False, False)
    with check_raises(TypeError, "fit into int64"):
        T.repeat(x, T.TensorType("uint64", [False])())
