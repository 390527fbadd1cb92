"""Functions where they are hardest to compute exactly, by ``benchmarks/accuracy.py``.

``accuracy.json`` has for each function the points at which this project, JAX, PyTorch or Theano
1.0.5 was worst, mpmath's results there, and bounds in units of the last digit.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.special
from benchmarks.contestants import accuracy_theano
from benchmarks.ulps import ulps

import theano
import theano.tensor as T

RECORDED = json.loads(Path(__file__).parents[1].joinpath("data", "accuracy.json").read_text())
ERROR_FUNCTIONS = ("erfc", "erfcx", "erfinv", "erfcinv")


@pytest.mark.parametrize("key", RECORDED)
def test_digits(key):
    name, dtype = key.split()
    record = RECORDED[key]
    results = accuracy_theano.compute(name, np.asarray(record["x"], dtype))
    for part, got in zip(("value", "gradient"), results, strict=True):
        error = ulps(got, record[part], 0, dtype)
        assert got.dtype == dtype
        assert (error <= record[f"{part}_ulps"]).all(), (part, error)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_error_functions_at_their_ends(dtype):
    """And beyond: as SciPy has them."""
    x = np.array([-np.inf, -2, -1, -0.5, 0, 0.25, 1, 1.5, 2, 3, np.inf, np.nan], dtype)
    v = T.TensorType(dtype, [False])("v")
    got = accuracy_theano.theano.function([v], [getattr(T, name)(v) for name in ERROR_FUNCTIONS])(x)
    for name, z in zip(ERROR_FUNCTIONS, got, strict=True):
        assert z.dtype == dtype
        want = getattr(scipy.special, name)(x.astype("float64")).astype(dtype)
        tolerance = 4 * np.finfo(dtype).eps
        np.testing.assert_allclose(z, want, rtol=tolerance, atol=0, err_msg=name)


def test_ulps():
    nearest = [1.0, 1.0, np.inf, 1e-320, 1.0, 2.0]
    got = [1.0, 1 + 2**-51, np.inf, 0.0, np.inf, np.nan]
    np.testing.assert_array_equal(ulps(got, nearest, 0, "float64"), [0, 2, 0, 0, np.inf, np.nan])


@pytest.mark.parametrize("order", [2.1e4, 1e6, 1e12, 1e30])
def test_incomplete_gamma_functions_of_large_order(order):
    """Near their order they are the normal distribution, the nearer the larger it is."""
    k, x = T.dvector("k"), T.dvector("x")
    f = theano.function([k, x], [T.gammainc(k, x), T.gammaincc(k, x)])
    away = np.array([-6.0, -1.0, 0.0, 1.0, 6.0])
    given = order + away * np.sqrt(order)
    lower, upper = f(np.full(5, order), given)
    np.testing.assert_allclose(lower + upper, 1, rtol=1e-14)
    if order < 1e12:
        # SciPy's have few digits.
        np.testing.assert_allclose(lower, scipy.special.gammainc(order, given), rtol=1e-6)
        np.testing.assert_allclose(upper, scipy.special.gammaincc(order, given), rtol=1e-6)
        exact = {2.1e4: 5.913965654475954e-10, 1e6: 9.178900262302023e-10}  # from mpmath
        np.testing.assert_allclose(lower[0], exact[order], rtol=1e-11)
    else:
        exact = (given - order) / np.sqrt(order)
        np.testing.assert_allclose(lower, scipy.special.ndtr(exact), rtol=1e-4)
        np.testing.assert_allclose(upper, scipy.special.ndtr(-exact), rtol=1e-4)
