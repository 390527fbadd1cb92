"""Grids of coordinates and windows."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_raises, check_value

import theano.tensor as T
from theano import config, function

n = T.iscalar("n")


@pytest.mark.parametrize("name", ["mgrid", "ogrid"])
@pytest.mark.parametrize(
    "slices",
    [np.s_[0:3, 0:2], np.s_[:3, 4:0:-2], np.s_[0:1:0.25, 0:2], np.s_[2:5,], np.s_[0:2, 0:0, 1:4]],
    ids=str,
)
def test_values(name, slices):
    expected = list(getattr(np, name)[slices])
    config.floatX = "float64"
    got = check_value(lambda: getattr(T, name)[slices], [])
    for one, other in zip(got, expected, strict=True):
        assert np.array_equal(one, other)


def test_dtypes():
    """Open grids keep that of each slice; full ones have the common one, as in Theano."""
    config.floatX = "float32"
    assert [c.dtype for c in T.ogrid[0:1:0.5, 0:2]] == ["float32", "int64"]
    assert [c.dtype for c in T.mgrid[0:1:0.5, 0:2]] == ["float64", "float64"]
    assert [c.broadcastable for c in T.ogrid[0:3, 0:2]] == [(False, True), (True, False)]
    assert [c.broadcastable for c in T.mgrid[0:3, 0:2]] == [(False, False)] * 2


def test_symbolic_ends():
    grid = function([n], T.mgrid[0:n, 1:n])
    for size in (3, 2):
        for one, other in zip(grid(size), np.mgrid[0:size, 1:size], strict=True):
            assert np.array_equal(one, other)


def test_bad_slices():
    for entry in (3, np.s_[3:], np.s_[0:1:5j], np.s_[0:3, 2]):
        with check_raises(TypeError, "start:stop:step"):
            T.mgrid[entry]


@pytest.mark.parametrize("size", [-1, 0, 1, 2, 5, 6])
def test_bartlett(size):
    check_value(lambda: T.bartlett(size), [], np.bartlett(size))


def test_symbolic_bartlett():
    window = function([n], T.bartlett(n))
    for size in (4, 1):
        assert np.allclose(window(size), np.bartlett(size))


def test_bad_windows():
    for size in (T.fscalar(), 2.5, T.ivector()):
        with check_raises(TypeError, "bartlett"):
            T.bartlett(size)
