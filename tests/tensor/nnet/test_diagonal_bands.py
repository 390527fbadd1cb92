"""Bands of tensors along a diagonal, against direct loops."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises, check_value

import theano.tensor as T
from theano.tensor.nnet.conv3d2d import (
    DiagonalSubtensor,
    IncDiagonalSubtensor,
    diagonal_subtensor,
    get_diagonal_subtensor_view,
    inc_diagonal_subtensor,
)


def by_hand(x, i0, i1):
    """Element by element."""
    columns = x.shape[i1]
    shape = list(x.shape)
    shape[i0] -= max(columns, 1) - 1
    band = np.empty(shape, x.dtype)
    for place in np.ndindex(*shape):
        source = list(place)
        source[i0] += columns - 1 - place[i1]
        band[place] = x[tuple(source)]
    return band


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((5, 4), (0, 1)),
        ((4, 2, 3), (0, 2)),
        ((2, 3, 3), (2, 1)),
        ((4, 1), (0, 1)),
        ((3, 0), (0, 1)),
    ],
    ids=str,
)
def test_bands(shape, axes, rng):
    x = rng.normal(size=shape)
    band = by_hand(x, *axes)
    np.testing.assert_array_equal(get_diagonal_subtensor_view(x, *axes), band)
    check_op(lambda x: diagonal_subtensor(x, *axes), [x], band)
    total = x.copy()
    get_diagonal_subtensor_view(total, *axes)[...] += band
    check_op(lambda x, y: inc_diagonal_subtensor(x, *axes, y), [x, band], total)


def test_the_view_is_no_copy():
    x = np.zeros((3, 2))
    get_diagonal_subtensor_view(x, 0, 1)[0] = [1, 2]
    np.testing.assert_array_equal(x, [[0, 2], [1, 0], [0, 0]])


def test_types():
    x = np.arange(6, dtype="int8").reshape(3, 2)
    check_value(lambda x: DiagonalSubtensor(inplace=True)(x, 0, np.int8(1)), [x], by_hand(x, 0, 1))
    assert DiagonalSubtensor()(T.row(), 0, 1).type.broadcastable == (False, False)
    assert IncDiagonalSubtensor()(T.fcol(), 0, 1, T.dcol()).type == T.fcol


def test_bad_input():
    x, axis = T.matrix("x"), T.lscalar("axis")
    with check_raises(TypeError, "are not known"):
        diagonal_subtensor(x, axis, 1)
    for axes in ((0, 0), (0, 2), (-1, 0)):
        with check_raises(ValueError, "axes from 0 to 1"):
            inc_diagonal_subtensor(x, *axes, x)
    check_op_raises(
        lambda x: diagonal_subtensor(x, 0, 1), [np.ones((2, 3))], NotImplementedError, "at least 3"
    )
