"""Test values: what ``config.compute_test_value`` computes, asks for and says."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_raises

import theano.tensor as T
from theano import Apply, Op, change_flags, shared
from theano.gof.op import (
    debug_assert,
    debug_error_message,
    get_debug_values,
    get_test_value,
    missing_test_message,
)


class Overwrite(Op):
    """Adds one in place."""

    destroy_map = {0: [0]}  # noqa: RUF012

    def make_node(self, x):
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        if inputs[0].size > 3:
            raise ValueError("too large")
        inputs[0][...] += 1
        output_storage[0][0] = inputs[0]


def vector(value=None):
    x = T.dvector("x")
    if value is not None:
        x.tag.test_value = value
    return x


def test_values_follow_the_graph():
    x, w = vector(np.ones(3)), shared(np.ones((3, 2)))
    with change_flags(compute_test_value="raise"):
        z = T.dot(Overwrite()(x * 2) + 1, w)
    np.testing.assert_array_equal(z.tag.test_value, [12, 12])
    np.testing.assert_array_equal(x.tag.test_value, 1)
    assert not hasattr((x * 2).tag, "test_value")


def test_errors_come_while_the_graph_is_built():
    x = vector(np.ones(4))
    with change_flags(compute_test_value="raise"):
        with check_raises(ValueError, "too large"):
            Overwrite()(x)
        with check_raises(ValueError, "input 0", "x has no test value", "test_debug_values.py"):
            Overwrite()(vector())
        with check_raises(TypeError, "the test value", "does not fit", "`x`"):
            Overwrite()(vector(np.ones((2, 2))))


def test_missing_values():
    with change_flags(compute_test_value="ignore"):
        assert not hasattr(Overwrite()(vector()).tag, "test_value")
        missing_test_message("never mind")
    with change_flags(compute_test_value="warn"):
        with pytest.warns(UserWarning, match="input 0"):
            Overwrite()(vector())
        with pytest.warns(UserWarning, match="look"):
            missing_test_message("look")
    with change_flags(compute_test_value="raise"), pytest.raises(AttributeError, match="look"):
        missing_test_message("look")


def test_values_of_variables():
    assert get_test_value(T.constant(3.0)) == 3
    assert get_test_value(shared(4.0)) == 4
    assert get_test_value(5.0) == 5
    assert get_test_value(vector([1, 2])).dtype == "float64"
    with check_raises(AttributeError, "x has no test value"):
        get_test_value(vector())


def test_loops_over_debug_values():
    x, y = vector(np.ones(2)), vector(np.zeros(2))
    assert get_debug_values(x, y) == []
    with change_flags(compute_test_value="raise"):
        ((a, b),) = get_debug_values(x, y)
        (alone,) = get_debug_values(x)
        assert (a.sum(), b.sum(), alone.sum()) == (2, 0, 2)
        with check_raises(AttributeError, "argument 1 ('x')"):
            get_debug_values(x, vector())
    with change_flags(compute_test_value="ignore"):
        assert get_debug_values(x, vector()) == []


def test_what_is_wrong_is_said():
    with change_flags(compute_test_value="raise"):
        with pytest.raises(ValueError, match="bad"):
            debug_error_message("bad")
        with pytest.raises(AssertionError, match="debug_assert failed"):
            debug_assert(False)
        debug_assert(True)
    with change_flags(compute_test_value="warn"):
        with pytest.warns(UserWarning, match="bad"):
            debug_error_message("bad")
        with pytest.warns(UserWarning, match="wrong"):
            debug_assert(False, "wrong")
