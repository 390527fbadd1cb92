"""Convolutions of videos as Theano 0.9 had them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano.tensor.nnet.Conv3D import conv3D
from theano.tensor.nnet.ConvGrad3D import convGrad3D
from theano.tensor.nnet.ConvTransp3D import convTransp3D

STEP = (1, 2, 3)
VIDEO, FILTERS = (2, 4, 5, 8, 3), (4, 2, 3, 2, 3)


def direct(video: np.ndarray, filters: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Correlate, one place of the result after the other."""
    size = [(v - f) // s + 1 for v, f, s in zip(VIDEO[1:4], FILTERS[1:4], STEP, strict=True)]
    out = np.zeros((VIDEO[0], *size, FILTERS[0]))
    for place in itertools.product(*map(range, size)):
        corner = [p * s for p, s in zip(place, STEP, strict=True)]
        part = video[:, *(slice(c, c + f) for c, f in zip(corner, FILTERS[1:4], strict=True))]
        out[:, *place] = np.einsum("brctz,orctz->bo", part, filters) + bias
    return out


def test_values_and_gradients():
    rng = np.random.default_rng(5)
    V, W = (T.TensorType("float64", (False,) * 5)(name) for name in "VW")
    b = T.dvector("b")
    d = T.constant(np.array(STEP))
    out = conv3D(V, W, b, d)
    H = rng.standard_normal((2, 3, 2, 3, 4))
    dV, dW, db = T.grad(T.sum(out * H), [V, W, b])
    again = convGrad3D(V, STEP, W.shape, T.constant(H))
    zero = np.zeros(3)
    back = convTransp3D(W, zero, d, T.constant(H), V.shape[1:4])
    least = convTransp3D(W, zero + 1, STEP, T.constant(H))
    run = theano.function([V, W, b], [out, dV, dW, db, again, back, least])
    v, w, bias = (rng.standard_normal(shape) for shape in (VIDEO, FILTERS, (4,)))
    out, dV, dW, db, again, back, least = run(v, w, bias)
    np.testing.assert_allclose(out, direct(v, w, bias), rtol=1e-12)
    np.testing.assert_allclose(db, H.sum((0, 1, 2, 3)))
    np.testing.assert_allclose(again, dW)
    np.testing.assert_allclose(back, dV)
    # It is linear in the video, and in the filters.
    linear = direct(v, w, 0 * bias)
    assert np.sum(H * linear) == pytest.approx(np.sum(dV * v))
    assert np.sum(H * linear) == pytest.approx(np.sum(dW * w))
    assert least.shape == (2, 4, 5, 8, 3)
    np.testing.assert_allclose(least, dV + 1)


def test_steps_that_are_not_known():
    V, W = (T.TensorType("float64", (False,) * 5)() for _ in range(2))
    for d in (T.lvector("d"), (1, 2)):
        with pytest.raises(ValueError, match=r"the steps `d` of a convolution"):
            conv3D(V, W, T.zeros(3), d)
