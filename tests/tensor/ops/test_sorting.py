"""Elements in order."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import function
from theano.errors import NullTypeGradError
from theano.tensor.ops.sorting import ArgSortOp, SortOp, TopKOp

x, r, s = T.fmatrix("x"), T.frow("r"), T.iscalar("s")
NAN = np.array([-np.nan, 1, -np.inf, np.nan, -0.0, 0.0, np.inf, 1])


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("shape", [(3, 4), (0, 2), (2, 0)], ids=str)
def test_sort(shape, axis, rng):
    value = rng.normal(size=shape)
    expected = [np.sort(value, axis), np.argsort(value, axis)]
    check_op(lambda x: [T.sort(x, axis), x.argsort(axis)], [value], expected)


def test_ties_and_nan():
    expected = [np.sort(NAN), np.argsort(NAN, kind="stable")]
    got = check_value(lambda x: [x.sort(), T.argsort(x)], [NAN], expected)
    assert np.array_equal(np.signbit(got[0][:-2]), np.signbit(expected[0][:-2]))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floats_of_every_kind(dtype, rng):
    value = rng.normal(size=(4, 30)).astype(dtype)
    value[rng.random(size=value.shape) < 0.3] = 0
    for k, special in enumerate([0.0, -0.0, np.nan, -np.nan, np.inf, -np.inf]):
        value[:, 3 * k] = special
    for axis in (0, 1):
        expected = [np.sort(value, axis), np.argsort(value, axis, kind="stable")]
        check_value(lambda x, axis=axis: [T.sort(x, axis), T.argsort(x, axis)], [value], expected)


def test_the_largest_unsigned_numbers():
    value = np.array([2**32 - 1, 0, 2**31, 2**31 - 1, 2**31], "uint32")
    expected = [np.sort(value), np.argsort(value, kind="stable")]
    check_value(lambda x: [T.sort(x), T.argsort(x)], [value], expected)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "complex128"])
def test_dtypes(dtype, rng):
    value = rng.integers(0, 4, size=(2, 5)).astype(dtype)
    if dtype == "complex128":
        value += 1j * rng.integers(-2, 2, size=(2, 5))
    expected = [np.sort(value), np.argsort(value, kind="stable")]
    check_value(lambda x: [T.sort(x), T.argsort(x)], [value], expected)


def test_symbolic_axis(rng):
    value = rng.normal(size=(2, 3)).astype("float32")
    both = function([x, s], [T.sort(x, s), T.argsort(x, s)])
    for axis in (0, -1):
        got = both(value, axis)
        assert np.array_equal(got[0], np.sort(value, axis))
        assert np.array_equal(got[1], np.argsort(value, axis))
    with check_raises(IndexError, "from -2 to 1", "axis=5"):
        both(value, 5)
    with check_raises(NullTypeGradError, "a constant axis"):
        T.grad(T.sort(x, s).sum(), x)


def test_types():
    assert T.sort(r, 0).broadcastable == (True, False)
    assert T.argsort(r).type == T.lrow
    assert T.sort(r, None).broadcastable == (False,)
    assert T.sort([3, 1]).dtype == "int64"


def test_the_module_of_old():
    module = importlib.import_module("theano.tensor.sort")
    assert module.SortOp("quicksort") == SortOp()
    assert module.argsort is T.argsort
    assert callable(T.sort)


def test_bad_sorts():
    for sorting in (T.sort, T.argsort):
        for axis in (2, -3):
            with check_raises(IndexError, "from -2 to 1", f"axis={axis}"):
                sorting(x, axis)
        with check_raises(IndexError, "axis=None"):
            sorting(T.fscalar())
        with check_raises(TypeError, "integer axis"):
            sorting(x, T.fvector())
        check_op_raises(sorting, [np.ones((2, 2)), 0.5], ValueError, "whole number")
        with check_raises(ValueError, "mergesort", "'x'"):
            sorting(x, kind="x")
        with check_raises(ValueError, "order None"):
            sorting(x, order="name")
    assert ArgSortOp("mergesort") != ArgSortOp()


@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("k", [1, 3, -1, -2])
def test_topk(k, axis, rng):
    value = rng.permutation(12).reshape(3, 4) / 1.0
    line = -1 if axis is None else axis
    order = np.flip(np.argsort(value.ravel() if axis is None else value, line), line)
    chosen = range(k) if k > 0 else range(order.shape[line] + k, order.shape[line])
    places = np.take(order, list(chosen), line)
    values = np.take_along_axis(value.ravel() if axis is None else value, places, line)
    check_op(
        lambda x: [
            *T.topk_and_argtopk(x, k, axis),
            T.topk(x, k, axis),
            T.argtopk(x, k, axis, idx_dtype="int8"),
        ],
        [value],
        [values, places, values, places.astype("int8")],
    )


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "float16", "float32"])
def test_topk_of_equal_elements(dtype):
    numbers = np.array([[3, 1, 7, 7, 0, 2], [0, 0, 0, 0, 0, 0]])
    value = numbers.astype(dtype)
    check_value(lambda x: [z for k in (4, 6, -3) for z in T.topk_and_argtopk(x, k)], [value])
    (places,) = check_value(lambda x: T.argtopk(x, 2), [numbers])
    assert places.tolist() == [[2, 3], [0, 1]]


def test_topk_and_nan():
    """NaN counts as the largest, as NumPy sorts."""
    numbers = (1, 3, 8, -3, -8)
    check_value(lambda x: [z for k in numbers for z in T.topk_and_argtopk(x, k)], [NAN])
    assert np.isnan(T.topk(T.constant(NAN), 2).eval()).all()
    assert T.topk(T.constant(NAN), -1).eval() == -np.inf


def test_symbolic_numbers(rng):
    value = rng.normal(size=(2, 5)).astype("float32")
    largest = function([x, s], T.topk(x, s))
    for k in (2, 4):
        assert np.array_equal(largest(value, k), np.sort(value)[:, ::-1][:, :k])


def test_types_of_topk():
    assert T.topk(x, 1).broadcastable == (False, False)
    assert T.topk(r, 2).broadcastable == (True, False)
    assert T.argtopk(x, 2, idx_dtype="int32").dtype == "int32"
    assert TopKOp(0) == TopKOp(0) != TopKOp(1)


def test_bad_numbers():
    with check_raises(ValueError, "not 0"):
        T.topk(x, 0)
    for k in (0, 4, -4):
        check_op_raises(T.topk, [np.zeros((2, 3)), np.int64(k)], ValueError, f"kth={k}")
    for axis in (2, -3):
        with check_raises(IndexError, "from -2 to 1"):
            T.topk(x, 1, axis)
    for k in (1.5, T.ivector()):
        with check_raises(TypeError, "topk"):
            T.topk(x, k)
    with check_raises(TypeError, "idx_dtype"):
        T.argtopk(x, 1, idx_dtype="float32")
    with check_raises(TypeError, "order"):
        T.topk(T.zvector(), 1)


def test_ptp(rng):
    value = rng.normal(size=(2, 3))
    for axis in (None, 0, (0, 1)):
        check_value(lambda x, axis=axis: x.ptp(axis), [value], np.ptp(value, axis))
