"""One of several tensors at every place."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_op, check_op_raises, check_raises

import theano.tensor as T

a, x = T.lvector("a"), T.dmatrix("x")


@pytest.mark.parametrize("mode", ["raise", "wrap", "clip"])
def test_choices(mode, rng):
    numbers = np.array([2, 0, 1, 1]) if mode == "raise" else np.array([5, -4, 1, 9])
    stacked, column = rng.normal(size=(3, 4)), rng.normal(size=(3, 2, 1))
    check_op(
        lambda a, x, c: [
            T.choose(a, [x[0], x[1], x[2]], mode=mode),
            a.choose(x, mode=mode),
            T.choose(a, T.addbroadcast(c, 2), mode=mode),
            T.choose(a, [x[0]], mode="clip"),
            T.choose(a[1], x, mode=mode),
        ],
        [numbers, stacked, column],
        [
            np.choose(numbers, stacked, mode=mode),
            np.choose(numbers, stacked, mode=mode),
            np.choose(numbers, column, mode=mode),
            stacked[0],
            np.choose(numbers[1], stacked, mode=mode),
        ],
    )


def test_lengths_of_one_are_repeated():
    numbers = np.array([1, 0]).reshape(2, 1, 1)
    x, y = np.arange(3.0).reshape(1, 3, 1), np.arange(5.0, 9).reshape(1, 1, 4)
    check_op(lambda a, x, y: T.choose(a, [x, y]), [numbers, x, y], np.choose(numbers, [x, y]))
    check_op(lambda a, x: T.choose(a, [x]), [0 * numbers, x], np.choose(0 * numbers, [x]))


@pytest.mark.parametrize("bad", [3, -1])
def test_numbers_that_are_no_choice(bad):
    for choices in (lambda x: x, lambda x: [x[0], x[1], x[2]]):
        check_op_raises(
            lambda a, x, choices=choices: T.choose(a, choices(x)),
            [np.array([0, bad]), np.zeros((3, 2))],
            ValueError,
            "is no choice",
            f"{bad} at test_choose.py",
            "mode='clip'",
        )


def test_bad_input():
    with check_raises(TypeError, "choose takes integers"):
        T.choose(x, [x, x])
    with check_raises(TypeError, "out=None"):
        T.choose(a, x, out=x)
    with check_raises(ValueError, "mode", "'wrap'"):
        T.choose(a, x, mode="nearest")
    with check_raises(ValueError, "no choices"):
        T.choose(a, [])
    with check_raises(TypeError, "choose takes choices"):
        T.choose(a, T.dscalar())
