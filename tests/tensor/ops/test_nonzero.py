"""The places and values of what is not zero."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import HOST, check_op, check_raises, check_value

import theano.tensor as T
from theano import function
from theano.gradient import grad

x = T.dmatrix("x")


@pytest.mark.parametrize("dtype", ["float64", "bool", "int8", "complex64"])
@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 0), (2, 1, 3)], ids=str)
def test_places(shape, dtype, rng):
    value = rng.integers(-1, 2, size=shape).astype(dtype)
    check_op(lambda x: T.nonzero(x), [value], list(np.nonzero(value)), compiled=False)


def test_forms(rng):
    value = rng.integers(0, 2, size=(3, 4)) * rng.normal(size=(3, 4))
    check_value(
        lambda x: [
            *x.nonzero(),
            T.nonzero(x, return_matrix=True),
            T.flatnonzero(x),
            T.nonzero_values(x),
            x.nonzero_values(),
            x[x.nonzero()],
            x[(x > 0).nonzero()],
        ],
        [value],
        [
            *np.nonzero(value),
            np.array(np.nonzero(value)),
            np.flatnonzero(value),
            value[value != 0],
            value[value != 0],
            value[value != 0],
            value[value > 0],
        ],
        compiled=False,
    )


def test_gradients_pass_by(rng):
    """Places have no derivative; what is read there has."""
    value = rng.normal(size=(3, 4))
    z = x[(x > 0).nonzero()]
    f = function([x], grad((z**2).sum(), x), mode=HOST)
    np.testing.assert_allclose(f(value), np.where(value > 0, 2 * value, 0))


def test_scalars():
    for take in (T.nonzero, T.flatnonzero, T.nonzero_values):
        with check_raises(ValueError, "a scalar has no indices", "`s`"):
            take(T.dscalar("s"))
