"""Updates: what they may be, that all see the old values, and whose memory is whose."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest

import theano.tensor as T
from theano import function, shared
from theano.compile.mode import Mode
from theano.runtime.devices import aligned_empty

x = T.dscalar("x")
v = T.dvector("v")
MODES = pytest.mark.parametrize("mode", ["FAST_RUN", Mode("py", "None")], ids=["xla", "host"])


def values(*variables):
    return [float(s.get_value()) for s in variables]


@pytest.fixture
def a():
    return shared(1.0, "a")


@pytest.fixture
def b():
    return shared(2.0, "b")


@pytest.mark.parametrize("form", [list, tuple, dict, OrderedDict])
@MODES
def test_forms(a, b, form, mode):
    f = function([], updates=form([(a, a + 1), (b, a * 10)]), mode=mode)
    assert f() == []
    assert values(a, b) == [2, 10]
    f()
    assert values(a, b) == [3, 20]


def test_pairs_may_be_lists(a):
    function([], updates=[[a, a + 1]])()
    assert values(a) == [2]


@MODES
def test_outputs_and_updates_see_the_old_values(a, mode):
    f = function([], [a, a * 2], updates=[(a, a + 1)], mode=mode)
    assert f() == [1, 2]
    assert f() == [2, 4]
    assert values(a) == [3]


@MODES
def test_swap(a, b, mode):
    f = function([], updates=[(a, b), (b, a)], mode=mode)
    for expected in ([2, 1], [1, 2], [2, 1]):
        f()
        assert values(a, b) == expected


@MODES
def test_a_ring_of_arrays(mode):
    ring = [shared(np.full(1000, float(i))) for i in range(4)]
    f = function([], updates=[(ring[i], ring[i - 1]) for i in range(4)], mode=mode)
    for turn in range(1, 10):
        f()
        assert [s.get_value()[-1] for s in ring] == [float((i - turn) % 4) for i in range(4)]


@MODES
def test_an_argument_becomes_the_value(mode):
    s = shared(np.zeros(3))
    f = function([v], updates=[(s, v)], mode=mode)
    argument = np.arange(3.0)
    f(argument)
    argument[:] = -1
    np.testing.assert_array_equal(s.get_value(), [0, 1, 2])


@pytest.mark.parametrize(
    "new", [3, 3.0, np.float64(3), np.array(3.0), T.constant(3.0, dtype="float64")]
)
def test_values_become_constants_of_the_type(a, new):
    function([], updates=[(a, new)])()
    assert values(a) == [3]
    assert a.get_value().dtype == "float64"


def test_a_value_of_another_shape(a):
    s = shared(np.zeros((2, 2)))
    f = function([], updates=[(s, T.concatenate([s, s]))])
    f()
    f()
    assert s.get_value().shape == (8, 2)
    assert [c.shapes for c in f.compilations] == [((2, 2),), ((4, 2),)]


def test_an_update_of_a_variable_that_nothing_reads(a, b):
    function([x], updates=[(a, x), (b, T.constant(5.0, dtype="float64"))])(7)
    assert values(a, b) == [7, 5]


@pytest.mark.parametrize(
    ("new", "text"),
    [
        (lambda a: a.astype("float32"), r"got: +TensorType\(float32, scalar\).*new, 'float64'"),
        (lambda a: shared(0, "i"), "got: +`i`, TensorType\\(int64.*cast"),
        (lambda a: v, "got: +`v`.*dimshuffle"),
    ],
    ids=["float32", "int64", "rank"],
)
def test_types_must_agree(a, new, text):
    start = "An update must have the same type as the original shared variable.*expected: `a`"
    with pytest.raises(TypeError, match=f"(?s){start}.*test_updates.py.*{text}"):
        function([v], updates=[(a, new(a))], on_unused_input="ignore")


def test_a_broadcastable_update_would_change_the_shape():
    m = shared(np.zeros((2, 2)), "m")
    with pytest.raises(TypeError, match="unbroadcast"):
        function([], updates=[(m, m.sum().dimshuffle("x", "x"))])
    function([], updates=[(m, T.unbroadcast(m.sum().dimshuffle("x", "x"), 0, 1))])()
    assert m.get_value().shape == (1, 1)


def test_an_update_that_may_be_longer_than_a_broadcastable_one():
    row = shared(np.zeros((1, 2)), broadcastable=(True, False))
    m = T.dmatrix("m")
    with pytest.raises(TypeError, match="same type"):
        function([m], updates=[(row, m)])


@pytest.mark.parametrize(
    ("updates", "error", "text"),
    [
        (lambda a: [(a, a + 1), (a, a + 2)], ValueError, "updated twice.*`a`.*merge"),
        (lambda a: [(a, a + 1), (a.clone(), a + 2)], ValueError, "updated twice"),
        (lambda a: [(x, a)], TypeError, "only a shared variable can be updated.*`x`"),
        (lambda a: {x: a}, TypeError, "only a shared variable"),
        (lambda a: [("a", a)], TypeError, "only a shared variable"),
        (lambda a: [a], ValueError, "a list of pairs.*\\(old, new\\)"),
        (lambda a: [(a, a, a)], ValueError, "a list of pairs"),
        (lambda a: [(a, "abc")], ValueError, "'abc'"),
    ],
)
def test_wrong_updates(a, updates, error, text):
    with pytest.raises(error, match=f"(?s){text}"):
        function([x], updates=updates(a), on_unused_input="ignore")


class TestDefaultUpdates:
    @pytest.fixture
    def c(self, a):
        a.default_update = a + 1
        c = shared(7.0, "c")
        c.default_update = c + a
        return c

    def test_a_chain(self, a, c):
        f = function([], c)
        assert f() == 7
        assert values(a, c) == [2, 8]
        assert f() == 8
        assert values(a, c) == [3, 10]

    @pytest.mark.parametrize(
        ("excluded", "expected"),
        [
            (True, [1, 7]),
            (False, [2, 8]),
            ("c", [1, 7]),
            ("a", [1, 8]),
            ("ca", [1, 7]),
            ("", [2, 8]),
        ],
    )
    def test_some_are_left_out(self, a, c, excluded, expected):
        if isinstance(excluded, str):
            excluded = [{"a": a, "c": c}[name] for name in excluded]
        function([], c, no_default_updates=excluded)()
        assert values(a, c) == expected

    def test_given_updates_go_first(self, a, c):
        function([], c, updates=[(c, c * 0)])()
        assert values(a, c) == [1, 0]
        function([], c, updates=[(c, c + a)])()
        assert values(a, c) == [2, 1]

    def test_given_updates_stay_without_default_ones(self, a, c):
        function([], c, updates=[(a, a + 10)], no_default_updates=True)()
        assert values(a, c) == [11, 7]

    def test_they_can_be_taken_back(self, a, c):
        c.default_update = None
        function([], c)()
        assert values(a, c) == [1, 7]
        del a.default_update
        function([], a)()
        assert values(a) == [1]

    def test_types_must_agree(self, a):
        a.default_update = v
        with pytest.raises(TypeError, match=r"(?s)must have the same type.*`a`.*`v`"):
            function([], a)
        a.default_update = 3
        function([], a)()
        assert values(a) == [3]

    def test_there_is_none_until_it_is_set(self, a, c):
        assert not hasattr(shared(1.0), "default_update")
        assert not hasattr(a.clone(), "default_update")
        del a.default_update
        assert not hasattr(a, "default_update")

    def test_a_wrong_choice(self, a):
        with pytest.raises(TypeError, match="a bool or a list of shared variables"):
            function([], a, no_default_updates=3)
        for no_list in (a, "a"):
            with pytest.raises(TypeError, match="a bool or a list of shared variables"):
                function([], a, no_default_updates=no_list)


class TestMemory:
    """No two owners of one memory, and none that donation takes from under a reader."""

    def test_updated_memory_is_donated(self):
        s = shared(np.zeros(1000))
        f = function([], updates=[(s, s + 1)])
        for _ in range(3):
            old = s.container.storage[0]
            f()
            assert old.is_deleted()

    def test_memory_that_is_only_read_is_kept(self):
        s, t = shared(np.zeros(1000)), shared(np.zeros(1000))
        f = function([], updates=[(s, s + t)])
        old = t.container.storage[0]
        f()
        f()
        assert not old.is_deleted()
        assert t.container.storage[0] is old

    @pytest.mark.parametrize("borrow", [False, True])
    def test_an_internal_value_that_was_read_survives(self, borrow):
        s = shared(np.zeros(1000))
        f = function([], updates=[(s, s + 1)])
        held = [s.get_value(borrow, return_internal_type=True)]
        for _ in range(3):
            f()
            held.append(s.get_value(borrow, return_internal_type=True))
        assert [float(array[-1]) for array in held] == [0, 1, 2, 3]

    @pytest.mark.parametrize(
        "updates",
        [
            lambda a, b, c: [(a, b)],
            lambda a, b, c: [(a, c), (b, c)],
            lambda a, b, c: [(a, c * 2), (b, c * 2)],
            lambda a, b, c: [(a, T.zeros_like(a)), (b, T.zeros_like(a))],
            lambda a, b, c: [(a, T.constant(np.ones(1000))), (b, T.constant(np.ones(1000)))],
            lambda a, b, c: [(a, b.reshape((1000,)) + 0), (b, b[:])],
            lambda a, b, c: [(a, b), (b, a), (c, c)],
        ],
        ids=["copy", "both one", "one expression", "zeros", "constants", "views", "swap"],
    )
    def test_updates_give_each_variable_memory_of_its_own(self, updates):
        a, b, c = (shared(np.full(1000, float(i))) for i in range(3))
        function([], updates=updates(a, b, c))()
        buffers = [s.container.storage[0] for s in (a, b, c)]
        assert len({array.unsafe_buffer_pointer() for array in buffers}) == 3
        before = b.get_value(), c.get_value()
        step = function([], updates=[(a, a * 0 - 1)])
        for _ in range(3):
            step()
        np.testing.assert_array_equal(b.get_value(), before[0])
        np.testing.assert_array_equal(c.get_value(), before[1])

    def test_values_that_were_read_survive(self):
        s = shared(np.zeros(1000))
        f = function([], updates=[(s, s + 1)])
        seen = []
        for _ in range(5):
            seen.append(s.get_value(borrow=True))
            f()
        assert [a[-1] for a in seen] == [0, 1, 2, 3, 4]
        seen[0][:] = 99
        assert s.get_value()[0] == 5

    def test_an_array_put_into_the_storage_is_left_alone(self):
        s = shared(np.zeros(1000))
        f = function([], updates=[(s, s + 1)])
        f()
        value = aligned_empty((1000,), np.dtype("float64"))
        for i in range(20):
            value[:] = i
            s.container.storage[0] = value
            f()
            assert s.get_value()[-1] == i + 1
            assert value[-1] == i

    def test_a_value_that_was_set_is_not_the_callers(self):
        value = np.zeros(1000)
        s = shared(value, borrow=True)
        f = function([], updates=[(s, s + 1)])
        f()
        assert value[0] == 0
        s.set_value(value, borrow=True)
        value[:] = 7
        f()
        assert s.get_value()[0] == 1
        assert value[0] == 7

    def test_results_do_not_share_with_new_values(self):
        s = shared(np.zeros(1000))
        new = s + 1
        f = function([], [new, s], updates=[(s, new)])
        first = f()
        first[0][:] = -1
        assert s.get_value()[0] == 1
        f()
        assert first[1][0] == 0

    def test_copies_on_one_container_are_one_variable(self):
        s = shared(np.zeros(3), "s")
        t = s.clone()
        f = function([], [s + t], updates=[(t, s + 1)])
        f()
        np.testing.assert_array_equal(f()[0], [2, 2, 2])
        np.testing.assert_array_equal(s.get_value(), [2, 2, 2])
        assert len(f.get_shared()) == 1

    def test_a_batch_may_be_refilled_at_once(self):
        """A call without results could return before XLA has read its arguments."""
        s = shared(np.zeros(200_000, "float32"))
        batch = np.empty(200_000, "float32")
        w = T.fvector("batch")
        f = function([w], updates=[(s, s + w)])
        n = 200
        for i in range(n):
            batch[:] = i
            f(batch)
            batch[:] = -1e6
        np.testing.assert_array_equal(s.get_value(), np.full(200_000, n * (n - 1) / 2))

    @pytest.mark.parametrize("outputs", [True, False], ids=["outputs", "updates only"])
    def test_batches_that_are_cast_do_not_run_into_one_another(self, outputs):
        s, w = shared(np.zeros(200_000, "float32")), T.fvector("batch")
        new = [(s, s + w)]
        f = function([w], w[-1] if outputs else None, updates=new, allow_input_downcast=True)
        other = f.copy()
        batch = np.empty(200_000)
        n = 100
        for i in range(n):
            batch[:] = i
            f(batch)
            other(batch + 1)
            batch[:] = -1e6
        np.testing.assert_array_equal(s.get_value(), np.full(200_000, n * n))

    def test_a_batch_may_be_refilled_at_once_where_something_is_returned(self):
        s = shared(np.zeros(200_000, "float32"))
        batch = np.empty(200_000, "float32")
        w = T.fvector("batch")
        f = function([w], w[0], updates=[(s, s + T.sqr(w))])
        for i in range(100):
            batch[:] = i % 7
            assert f(batch) == i % 7
            batch[:] = -1e6
        assert s.get_value().max() == sum((i % 7) ** 2 for i in range(100))
