"""Objects that are no arrays: shared, as inputs, as results, and on their way through ops."""

from __future__ import annotations

import copy
import pickle
import threading

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano import In, Out, function, shared
from theano.compile.mode import Mode
from theano.graph.generic_type import Generic, generic
from theano.random.random_state import (
    RandomStateSharedVariable,
    RandomStateType,
    random_state_type,
)
from theano.shared_variable import SharedVariable

x = T.dscalar("x")
thing = generic("thing")
MODES = pytest.mark.parametrize("mode", ["FAST_RUN", Mode("py", "None")], ids=["xla", "host"])


class Draw(theano.Op):
    """Three numbers, and the generator in its next state."""

    __props__ = ()

    def make_node(self, rng):
        return theano.Apply(self, [rng], [rng.type(), T.dvector()])

    def perform(self, node, inputs, output_storage):
        rng = copy.deepcopy(inputs[0])
        output_storage[1][0] = rng.uniform(size=3)
        output_storage[0][0] = rng


class TestType:
    def test_it_takes_everything(self):
        assert generic.filter([1]) == [1]
        assert generic.is_valid_value(None)
        assert generic.values_eq_approx("a", "a")
        assert generic == Generic()
        assert hash(generic) == hash(Generic())
        assert generic != T.dscalar
        assert (str(generic), str(generic()), str(generic("name"))) == (
            "Generic",
            "<Generic>",
            "name",
        )

    def test_old_paths(self):
        assert theano.generic is theano.gof.generic is generic
        assert theano.compile.sharedvalue.generic is theano.gof.type.generic is generic
        assert theano.tensor.raw_random.random_state_type is random_state_type


class TestShared:
    @pytest.mark.parametrize(
        "value",
        [
            [1, 2],
            [],
            (1, 2),
            {"a": np.ones(2)},
            None,
            "abc",
            b"abc",
            {1, 2},
            2**70,
            len,
            int,
            range(3),
            np.array([None, 1], dtype=object),
            np.array(["a"]),
            np.array(["2001-01-01"], dtype="datetime64[D]"),
            np.zeros(2, dtype=[("a", "i4")]),
            np.longdouble(1),
        ],
        ids=lambda v: type(v).__name__,
    )
    def test_values_that_are_no_tensors(self, value):
        s = shared(value, "s")
        assert type(s) is SharedVariable
        assert s.type is generic
        assert s.container.value is value
        assert s.get_value(borrow=True) is value
        result = s.get_value()
        assert type(result) is type(value)
        np.testing.assert_equal(result, value)

    def test_what_is_copied(self):
        value = [1]
        s = shared(value)
        value.append(2)
        assert s.get_value() == [1, 2]
        s.get_value().append(3)
        assert s.get_value() == [1, 2]
        s.get_value(borrow=True).append(3)
        assert s.get_value() == [1, 2, 3]
        s.set_value(value)
        value.append(4)
        assert s.get_value() == [1, 2, 3]
        s.set_value(value, borrow=True)
        value.append(5)
        assert s.get_value() == [1, 2, 3, 4, 5]

    def test_values_of_other_kinds_can_follow(self):
        s = shared([1], strict=True)
        for value in ("abc", None, 3.0):
            s.set_value(value)
            assert s.get_value() == value

    def test_what_cannot_be_copied_can_be_borrowed(self):
        lock = threading.Lock()
        s = shared(lock)
        with pytest.raises(TypeError):
            s.get_value()
        assert s.get_value(borrow=True) is lock

    def test_copies_and_pickles(self):
        s = shared({"a": 1}, "s")
        near, clone, deep = copy.copy(s), s.clone(), copy.deepcopy(s)
        s.set_value({"b": 2})
        assert [c.get_value() for c in (near, clone, deep)] == [{"b": 2}, {"b": 2}, {"a": 1}]
        assert pickle.loads(pickle.dumps(s)).get_value() == {"b": 2}

    def test_zero(self):
        s = shared([1])
        s.zero()
        assert s.get_value() == []

    def test_no_part_can_be_taken(self):
        with pytest.raises(TypeError, match=r"(?s)part was taken.*\[1\] \(list\).*make an array"):
            shared([1])[0]
        with pytest.raises(TypeError):
            shared([1]) + 1


@MODES
class TestFunctions:
    def test_results_are_copies_unless_borrowed(self, mode):
        s, value = shared([1]), [2]
        f = function([thing], [s, thing, Out(s, borrow=True), s], mode=mode)
        first, given, borrowed, again = f(value)
        assert (first, given, borrowed, again) == ([1], [2], [1], [1])
        assert borrowed is s.get_value(borrow=True)
        assert given is not value
        assert len({id(one) for one in (first, again, borrowed)}) == 3

    def test_with_tensors_beside_them(self, mode):
        s, t = shared([1]), shared(2.0)
        f = function([x, thing], [s, x * t], updates=[(t, t + 1), (s, thing)], mode=mode)
        assert f(1, "a") == [[1], 2]
        assert f(1, [5]) == ["a", 3]
        assert (t.get_value(), s.get_value()) == (4, [5])

    def test_updates_share_nothing(self, mode):
        a, b, c = shared([1]), shared([2]), shared([3])
        value = [7]
        function([thing], updates=[(a, b), (b, a), (c, thing)], mode=mode)(value)
        value.append(8)
        assert [s.get_value() for s in (a, b, c)] == [[2], [1], [7]]
        function([], updates=[(a, c), (b, c)], mode=mode)()
        a.get_value(borrow=True).append(9)
        assert [s.get_value() for s in (a, b, c)] == [[7, 9], [7], [7]]

    def test_constants_defaults_and_givens(self, mode):
        s = shared([1])
        f = function([In(thing, value=[2])], thing, updates=[(s, ["constant"])], mode=mode)
        assert [f(), f([3]), f(None), f()] == [[2], [3], None, [2]]
        s.get_value(borrow=True).append("changed")
        f()
        assert s.get_value() == ["constant"]
        assert function([], thing, givens={thing: s}, mode=mode)() == ["constant"]
        with pytest.raises(TypeError, match="without a value"):
            function([thing], thing, mode=mode)()

    def test_one_that_nothing_reads(self, mode):
        s = shared([1])
        f = function([thing, x], x + 1, updates=[(s, s)], on_unused_input="ignore", mode=mode)
        assert f([1], 2) == 3

    def test_through_an_op(self, mode):
        rng, total = shared(np.random.RandomState(3)), shared(np.zeros(3))
        new, sample = Draw()(rng)
        f = function(
            [], [sample * 2, new], updates=[(rng, new), (total, total + sample)], mode=mode
        )
        expected = np.random.RandomState(3).uniform(size=(2, 3))
        result, state = f()
        np.testing.assert_array_equal(result, expected[0] * 2)
        np.testing.assert_array_equal(state.uniform(size=3), expected[1])
        np.testing.assert_array_equal(f()[0], expected[1] * 2)
        np.testing.assert_array_equal(total.get_value(), expected[0] + expected[1])
        (after,) = f(output_subset=[1])
        assert after.uniform() == rng.get_value().uniform()
        read = f.copy(delete_updates=True)
        np.testing.assert_array_equal(read()[0], read()[0])
        restored = pickle.loads(pickle.dumps(f))
        np.testing.assert_array_equal(restored()[0], f()[0])


class TestRandomState:
    def test_the_generator_is_copied_unless_borrowed(self):
        rng = np.random.RandomState(1)
        s, t = shared(rng, name="s"), shared(rng, borrow=True)
        assert type(s) is RandomStateSharedVariable
        assert s.type == RandomStateType()
        rng.uniform()
        first = np.random.RandomState(1).uniform(size=2)
        assert s.get_value().uniform() == s.get_value().uniform() == first[0]
        assert t.get_value(borrow=True) is rng
        assert t.get_value().uniform() == first[1]
        assert function([], s)().uniform() == first[0]

    @pytest.mark.parametrize(
        "value", [3, None, np.random.default_rng(1)], ids=["int", "None", "newer"]
    )
    def test_other_values(self, value):
        s = shared(np.random.RandomState(1))
        with pytest.raises(TypeError, match=r"(?s)generator is needed.*RandomState"):
            s.set_value(value)
        assert type(s.get_value()) is np.random.RandomState

    def test_equality_of_values(self):
        a, b = np.random.RandomState(1), np.random.RandomState(1)
        assert random_state_type.values_eq(a, b)
        a.normal()
        assert not random_state_type.values_eq(a, b)
        b.normal()
        assert random_state_type.values_eq(a, b)
        a.normal()
        assert not random_state_type.values_eq(a, b)
        assert random_state_type.may_share_memory(a, a)
        assert not random_state_type.may_share_memory(a, b)
