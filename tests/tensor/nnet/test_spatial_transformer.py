"""Spatial transformers against direct loops."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano
import theano.tensor as T
from theano.errors import NullTypeGradError
from theano.tensor.nnet.spatial_transformer import (
    TransformerGradI,
    TransformerGradT,
    TransformerGrid,
    TransformerSampler,
    spatial_transformer,
)

IDENTITY = np.array([[1.0, 0, 0], [0, 1, 0]])
# No place of the results lies on a pixel, where the mean has no derivative.
THETA = np.array(
    [[[0.83, 0.21, 0.137], [-0.17, 1.13, -0.091]], [[0.71, -0.3, 0.2], [0.4, 0.6, 0.1]]]
)


def by_hand(img, theta, height, width):
    """Sample pixel by pixel."""
    n, c, h, w = img.shape
    z = np.zeros((n, c, height, width))
    for k, i, j in product(range(n), range(height), range(width)):
        place = [2 * j / (width - 1) - 1, 2 * i / (height - 1) - 1, 1]
        x, y = (theta[k] @ place + 1) / 2 * [w - 1, h - 1]
        for row, column in product(range(h), range(w)):
            weight = max(0, 1 - abs(row - y)) * max(0, 1 - abs(column - x))
            z[k, :, i, j] += weight * img[k, :, row, column]
    return z


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_and_gradients(dtype, rng):
    """Of both inputs, and lengths that are rounded up."""
    img, theta = rng.normal(size=(2, 3, 4, 5)).astype(dtype), THETA.astype(dtype)
    expected = by_hand(img, theta, 6, 4).astype(dtype)
    op = lambda img, theta: spatial_transformer(img, theta, 0.7, scale_height=1.4)  # noqa: E731
    check_op(op, [img, theta], expected, skip=["R_op"])


def test_the_identity_and_what_lies_outside(rng):
    img = rng.normal(size=(1, 2, 3, 4))
    aside = np.array([[1, 0, 2.0], [0, 1, 0]])  # the left edge shows the right one
    expected = np.zeros_like(img)
    expected[..., 0] = img[..., 3]
    check_value(
        lambda x, a, b: [
            spatial_transformer(x, a),
            spatial_transformer(x, b),
            spatial_transformer(x, b * 9),
        ],
        [img, IDENTITY[None], aside[None]],
        [img, expected, np.zeros_like(img)],
        atol=1e-12,
    )


def test_the_grid():
    op = TransformerGrid()
    expected = np.array([[[[-1, -1], [0, -1], [1, -1]], [[-1, 1], [0, 1], [1, 1]]]])
    check_op(lambda theta: op(theta, (1, 7, 2, 3)), [IDENTITY[None]], expected)
    # A single row or column is the middle.
    check_value(lambda theta: op(theta, (1, 1, 1, 1)), [THETA[:1]], THETA[:1, None, None, :, 2])
    dims = T.lvector()
    theta = T.dtensor3()
    assert op(theta, dims).eval({theta: THETA, dims: [2, 1, 3, 4]}).shape == (2, 3, 4, 2)


def test_the_gradient_of_the_grid(rng):
    check_op(TransformerGradT(), [rng.normal(size=(2, 3, 2, 2))])


def test_the_gradient_of_the_sampler(rng):
    """As an op; its values follow from the test of the whole."""
    img, grid = rng.normal(size=(2, 3, 4, 5)), rng.uniform(-1.7, 1.7, size=(2, 3, 2, 2))
    grid[0, 0] = 1e9  # far outside
    g = rng.normal(size=(2, 3, 3, 2))
    check_value(TransformerGradI(), [img, grid, g])
    i, p, d = T.dtensor4(), T.dtensor4(), T.dtensor4()
    with check_raises(NullTypeGradError, "second derivative"):
        T.grad(TransformerGradI()(i, p, d)[0].sum(), p)


def test_empty_batches():
    check_value(
        spatial_transformer, [np.zeros((0, 2, 3, 3)), np.zeros((0, 2, 3))], np.zeros((0, 2, 3, 3))
    )


def test_float16(rng):
    img = rng.normal(size=(1, 1, 4, 4)).astype("float16")
    theta = THETA[:1].astype("float16")
    got = theano.function([], spatial_transformer(img, theta))()
    assert got.dtype == "float16"
    np.testing.assert_allclose(got, by_hand(img.astype("f8"), theta.astype("f8"), 4, 4), atol=2e-2)


def test_bad_input():
    with check_raises(TypeError, "the image of a spatial transformer", "of 4 dimensions"):
        spatial_transformer(T.dmatrix(), T.dtensor3())
    with check_raises(TypeError, "theta", "floats"):
        spatial_transformer(T.dtensor4(), T.itensor3())
    with check_raises(TypeError, "grid"):
        TransformerSampler()(T.dtensor4(), T.dtensor3())
    with check_raises(TypeError, "no integers"):
        TransformerGrid()(T.dtensor3(), (1.0, 1.0, 2.0, 2.0))
    img = np.ones((3, 1, 4, 4))
    for shape in ((3, 1, 3), (3, 2, 1), (1, 2, 3), (4, 2, 3)):
        check_op_raises(spatial_transformer, [img, np.ones(shape)], ValueError, "(3, 2, 3)")
    grid = np.ones((2, 4, 4, 2))
    check_op_raises(TransformerSampler(), [img, grid], ValueError, "(3, 4, 4, 2)")
