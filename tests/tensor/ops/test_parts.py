"""Slices written into zeros at once."""

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises

from theano import tensor as T
from theano.tensor.ops.parts import WriteParts


@pytest.mark.parametrize(
    ("axis", "bounds", "shape", "parts"),
    [
        (1, [(0, 2), (2, 4)], (3, 4), [(3, 2), (3, 2)]),
        (0, [(1, 2), (4, 5)], (6, 2), [(1, 2), (1, 2)]),
        (1, [(1, 2), (2, None)], (2, 5, 2), [(2, 1, 2), (2, 3, 2)]),
        (0, [(0, 2), (2, 9), (9, 12)], (4,), [(2,), (2,), (0,)]),
        (1, [(0, 2), (2, 4)], (0, 4), [(0, 2), (0, 2)]),
    ],
    ids=["whole", "gaps", "middle axis", "cut off", "empty"],
)
def test_values_and_derivatives(rng, axis, bounds, shape, parts):
    values = [rng.normal(size=shape), *(rng.normal(size=part) for part in parts)]
    expected = np.zeros(shape)
    for (start, stop), part in zip(bounds, values[1:], strict=True):
        expected[(slice(None),) * axis + (slice(start, stop),)] = part
    check_op(WriteParts(axis, bounds), values, [expected])


def test_a_part_is_repeated_to_its_place(rng):
    op = WriteParts(1, [(0, 2), (2, 3)])
    values = [rng.normal(size=(3, 4)), rng.normal(size=(1, 2)), rng.normal(size=(3, 1))]
    expected = np.zeros((3, 4))
    expected[:, :2], expected[:, 2:3] = values[1:]
    check_op(op, values, [expected], types=[T.matrix().type, T.row().type, T.col().type])


def test_bad_input():
    with check_raises(ValueError, "overlap", "(0, 3), (2, 4)"):
        WriteParts(0, [(0, 3), (2, 4)])
    with check_raises(TypeError, "2 of type", "vector"):
        WriteParts(0, [(0, 1), (1, 2)])(T.dvector(), T.dvector())
    with check_raises(TypeError, "float64, vector", "float32, vector"):
        WriteParts(0, [(0, 1)])(T.dvector(), T.fvector())
    check_op_raises(WriteParts(0, [(0, 2)]), [np.zeros(4), np.zeros(3)], ValueError)
