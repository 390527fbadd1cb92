"""``f(output_subset=…)``: some of the outputs, and all updates."""

from __future__ import annotations

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano import In, function, shared

x = T.dscalar("x")


@pytest.fixture
def counted():
    s = shared(0.0)
    return s, function([x], [x, x + 1, x + 2], updates=[(s, s + 1)])


def test_numbers_of_outputs(counted):
    s, f = counted
    for subset, expected in [
        ([0], [1]),
        ([2, 0], [3, 1]),
        ((1,), [2]),
        ([], []),
        ([1, 1], [2, 2]),
        ([0, 1, 2], [1, 2, 3]),
        (None, [1, 2, 3]),
        (range(2), [1, 2]),
        (np.array([2]), [3]),
    ]:
        assert f(1, output_subset=subset) == expected
    assert s.get_value() == 9


def test_keys_of_a_dict():
    f = function([x], {"a": x, "b": x + 1})
    assert f(1, output_subset=["b"]) == {"b": 2}
    assert list(f(x=1, output_subset=["b", "a"])) == ["b", "a"]
    assert f(1, output_subset=[]) == {}


def test_a_single_output_comes_in_a_list():
    assert function([x], x + 1)(1, output_subset=[0]) == [2]
    assert function([x], None, on_unused_input="ignore")(1, output_subset=[]) == []


@pytest.mark.parametrize(
    ("subset", "error", "text"),
    [
        ([3], IndexError, "0 to 2"),
        ([-1], IndexError, "0 to 2"),
        (0, TypeError, "must be a list"),
        ("ab", TypeError, "must be a list"),
        (["a"], TypeError, "integer"),
        ([1.0], TypeError, "integer"),
    ],
    ids=str,
)
def test_wrong_subsets(counted, subset, error, text):
    s, f = counted
    with pytest.raises(error, match=text):
        f(1, output_subset=subset)
    assert s.get_value() == 0
    with pytest.raises(ValueError, match=r"(?s)key that the function has no output for.*a"):
        function([x], {"a": x})(1, output_subset=["q"])


def test_each_subset_is_compiled_once(counted):
    _, f = counted
    f(1)
    for _ in range(3):
        f(1, output_subset=[1, 0])
        f(2, output_subset=(0, 1))
        f(2, output_subset=[2, 1, 0])
    assert [len(e.compilations) for e in f._subsets.values()] == [1]
    assert len(f.compilations) == 1


class Refuse(theano.Op):
    """An op that fails when it is run."""

    __props__ = ()

    def make_node(self, value):
        return theano.Apply(self, [value], [value.type()])

    def perform(self, node, inputs, output_storage):
        raise RuntimeError("refused")


def test_nothing_else_is_computed():
    f = function([x], [x + 1, Refuse()(x)])
    assert f(1, output_subset=[0]) == [2]
    with pytest.raises(RuntimeError, match="refused"):
        f(1, output_subset=[1])


def test_all_inputs_are_still_needed_and_states_move_on():
    y = T.dscalar("y")
    f = function([y, In(x, value=0.0, update=x + y)], [x, y])
    with pytest.raises(TypeError, match="without a value"):
        f(output_subset=[0])
    assert [float(f(2, output_subset=[i])[0]) for i in (0, 1, 0)] == [0, 2, 4]


def test_results_are_the_callers_own():
    v = T.dvector("v")
    s = shared(np.zeros(3))
    f = function([v], [v, s, v * 2], updates=[(s, s + v)])
    argument = np.arange(3.0)
    first, second = f(argument, output_subset=[1, 1])
    first[:] = -1
    argument[:] = -1
    np.testing.assert_array_equal(second, np.zeros(3))
    np.testing.assert_array_equal(s.get_value(), np.arange(3.0))


def test_copies_have_their_own(counted):
    s, f = counted
    f(1, output_subset=[0])
    other = shared(10.0)
    g = f.copy(swap={s: other})
    assert g(1, output_subset=[2]) == [3]
    assert (s.get_value(), other.get_value()) == (1, 11)
