"""Finite differences and errors against them."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_raises

from theano.gradient import GradientError, numeric_grad


def test_one_point_or_several():
    point = np.array([1.0, 2.0])
    g = numeric_grad(lambda a: (a**3).sum(), point)
    np.testing.assert_allclose(g.gf, [3, 12], rtol=1e-6)
    np.testing.assert_array_equal(point, [1, 2])
    first, second = numeric_grad(lambda a, b: (a * b).sum(), [point, np.float32([3, 4])]).gf
    np.testing.assert_allclose(first, [3, 4], rtol=1e-3)
    np.testing.assert_allclose(second, [1, 2], rtol=1e-3)
    assert numeric_grad(lambda a: float(a) ** 2, np.array(3.0), eps=1e-3).gf.shape == ()


def test_dtypes():
    assert numeric_grad(lambda a: a.sum(), np.float16([1, 2])).gf.dtype == "float64"
    g = numeric_grad(lambda a: (a * 1j).sum(), np.ones(2), out_type="complex128").gf
    np.testing.assert_allclose(g, [1j, 1j], rtol=1e-6)
    assert numeric_grad.type_eps["float32"] > numeric_grad.type_eps["float64"]


def test_errors_of_two_arrays():
    absolute, relative = numeric_grad.abs_rel_err(np.array([1.0, 0.0]), np.array([3.0, 0.0]))
    assert absolute.tolist() == [2, 0]
    assert relative.tolist() == [0.5, 0]
    absolute, relative = numeric_grad.abs_rel_err(np.float16(0), np.float16(0))
    assert absolute.shape == relative.shape == ()
    assert relative == 0


def test_the_worst():
    g = numeric_grad(lambda a, b: a.sum() + (2 * b).sum(), [np.ones(2), np.ones((1, 2))])
    right = [np.ones(2), np.full((1, 2), 2.0)]
    assert max(e.max() for pair in g.abs_rel_errors(right) for e in pair) < 1e-6
    wrong = [np.array([1.0, 1.1]), np.array([[2.0, 4.0]])]
    arg, position, absolute, relative = g.max_err(wrong, 1e-4, 1e-4)
    assert (arg, position) == (1, 1)
    np.testing.assert_allclose([absolute, relative], [2, 1 / 3], rtol=1e-6)
    with check_raises(ValueError, "another number of points", "expected: 2", "1"):
        g.abs_rel_errors(right[:1])
    with check_raises(ValueError, "gradient 1 has another shape", "(1, 2)", "(2,)"):
        g.abs_rel_errors([right[0], np.ones(2)])
    with check_raises(ValueError, "absolute error", "argument 0", "not finite"):
        g.max_err([np.array([1.0, np.nan]), right[1]], 1e-4, 1e-4)


def test_nothing_to_compare():
    g = numeric_grad(lambda a: a.sum(), [np.ones((0, 2))])
    assert g.max_err([np.ones((0, 2))], 1e-4, 1e-4) == (0, 0, 0.0, 0.0)


def test_the_text_of_the_error():
    error = GradientError(1, 3, (2, 2), 1.0, 2.0, 1.0, 0.5, 1e-4, 1e-4)
    with pytest.raises(GradientError, match=r"argument 1 .* at \(1, 1\): symbolic 2, numeric 1"):
        raise error
    error.args += ("a hint",)
    assert "a hint" in str(error)
    assert "0.0001" in str(error)
