"""``LogSumExp``."""

import numpy as np
import pytest
import scipy.special
from tests.checks import check_op, check_raises, check_value

from theano import tensor as T
from theano.tensor.ops.logsumexp import LogSumExp


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("shape", "axis"), [((3, 4), (0,)), ((3, 4), (0, 1)), ((1, 4), (1,)), ((2, 3, 2), (0, 2))]
)
def test_logsumexp(shape, axis, dtype, rng):
    x = rng.normal(size=shape).astype(dtype)
    check_op(LogSumExp(axis), [x], expected=scipy.special.logsumexp(x, axis=axis))


def test_it_survives_what_overflows():
    x = np.array([[1e4, 1e4], [-1e4, -1e4], [np.inf, 0], [-np.inf, -np.inf]])
    check_value(LogSumExp((1,)), [x], [1e4 + np.log(2), -1e4 + np.log(2), np.inf, -np.inf])


def test_an_empty_sum_is_zero():
    check_value(LogSumExp((0,)), [np.zeros((0, 2))], [-np.inf, -np.inf])


def test_integers_are_refused():
    with check_raises(TypeError, "logsumexp takes floats"):
        LogSumExp((0,))(T.as_tensor_variable(np.arange(3)))
