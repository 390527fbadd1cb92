"""Sequences of numbers."""

from __future__ import annotations

import time

import numpy as np
import pytest
from tests.checks import HOST, check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano import config, function
from theano.tensor.ops.creation import LONGEST_CONSTANT

BOUNDS = [(0, 5, 1), (5, 0, -2), (2, 11, 3), (5, 7, -1), (3, 3, 1), (-4, 5, 4), (0, 1, 100)]


@pytest.mark.parametrize("bounds", BOUNDS, ids=str)
def test_integers(bounds):
    check_op(lambda: T.arange(*bounds), [], np.arange(*bounds))
    scalars = T.lscalars("a", "b", "c")
    z = T.arange(*scalars)
    f = function(scalars, [z, *z.owner.op.infer_shape(z.owner, [(), (), ()])[0]], mode=HOST)
    got, length = f(*bounds)
    assert got.tolist() == list(range(*bounds))
    assert length == len(range(*bounds))


@pytest.mark.parametrize("bounds", [(0, 0.95, 0.1), (0.5, 5.3, 1.5), (1, -0.9, -0.25), (2.5, 1, 1)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats(bounds, dtype):
    numbers = [np.asarray(n, dtype) for n in bounds]
    expected = np.arange(*[n.item() for n in numbers], dtype=dtype)
    check_op(T.arange, numbers, expected, compiled=False)


def test_dtypes():
    """Integers give int64, other numbers their common dtype."""
    config.floatX = "float32"
    for given, dtype in (
        (T.bscalar(), "int64"),
        (T.TensorType("bool", ())(), "int64"),
        (T.fscalar(), "float32"),
        (T.dscalar(), "float64"),
        (3, "int64"),
        (3.0, "float32"),
    ):
        assert T.arange(given).dtype == dtype
    assert T.arange(T.iscalar(), T.fscalar()).dtype == "float64"
    assert T.arange(T.bscalar(), T.fscalar()).dtype == "float32"
    for asked, dtype in (("int8", "int8"), ("floatX", "float32"), (np.float64, "float64")):
        assert T.arange(3, dtype=asked).dtype == dtype
    expected = np.arange(0.5, 5, 1.5, dtype="int32")
    check_value(lambda: T.arange(0.5, 5, 1.5, dtype="int32"), [], expected)


@pytest.mark.parametrize("dtype", ["int64", "int32", "float32"])
def test_long_ones(dtype):
    n = 3 * LONGEST_CONSTANT
    expected = np.arange(7, 7 - 2 * n, -2, dtype)
    check_value(lambda: T.arange(7, 7 - 2 * n, -2, dtype=dtype), [], expected)


def test_long_ones_of_floats():
    """As NumPy rounds them, also where counting in integers would be exact in no dtype."""
    bounds = [(5000,), (-7e4, 1e5, 11.0), (0, 300, 0.1), (1e8, 1e8 + 9000, 3), (0.5, 4000)]
    for dtype in ("float16", "float32", "float64"):
        with np.errstate(all="ignore"):
            expected = [np.arange(*b, dtype=dtype) for b in bounds]
        compiled = function([], [T.arange(*b, dtype=dtype) for b in bounds])()
        for one, other in zip(compiled, expected, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_long_one_is_not_reduced_while_compiling():
    """Left to itself, XLA takes minutes for the second of these."""
    n = 2 * 10**6
    positions = T.arange(n), T.arange(n, dtype="float32"), T.arange(0, n * 0.1, 0.1)
    started = time.perf_counter()
    results = function([], [f(x) for x in positions for f in (T.sum, T.argmax)])()
    assert time.perf_counter() - started < 30
    assert results[0] == n * (n - 1) // 2
    assert results[1::2] == [n - 1] * 3


def test_bounds_from_shapes(rng):
    x = rng.normal(size=(3, 2))
    check_op(
        lambda x: T.arange(x.shape[0], 0, -1) * x.sum(),
        [x],
        lambda x: x.sum() * np.array([3, 2, 1]),
    )


def test_a_step_of_zero():
    with check_raises(ZeroDivisionError, "step of zero"):
        T.arange(0, 5, 0).eval()
    scalars = T.lscalars("a", "b", "c")
    with check_raises(ZeroDivisionError, "step of zero"):
        function(scalars, T.arange(*scalars), mode=HOST)(0, 5, 0)
    check_op_raises(
        lambda x: T.arange(0, 5, x.shape[0]), [np.zeros(0)], ZeroDivisionError, "step of zero"
    )


def test_bad_bounds():
    with check_raises(TypeError, "takes scalars", "`v`"):
        T.arange(T.ivector("v"))
    with check_raises(TypeError):
        T.arange("a")
    with check_raises(TypeError, "unsupported dtype"):
        T.arange(3, dtype="text")
