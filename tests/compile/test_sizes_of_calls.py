"""How often functions compile: once for each combination of shapes and of sizes, and no more."""

from __future__ import annotations

import numpy as np
import pytest
from tests.checks import check_raises

import theano
import theano.tensor as T
from theano import function, shared
from theano.compile import compiled_part
from theano.compile.compiled_part import TooManyCompilationsWarning
from theano.compile.limits import Limits
from theano.random import MRG_RandomStreams

n, m, index = T.lscalar("n"), T.lscalar("m"), T.lscalar("index")
x, v, iv = T.dmatrix("x"), T.dvector("v"), T.lvector("iv")
DATA = np.arange(2030.0).reshape(203, 10)
LABELS = np.arange(203) % 7
B = 20


def n_compiled(f):
    return len(f.compilations)


class TestMinibatches:
    def test_a_batch_by_its_number(self):
        data, labels = shared(DATA, borrow=True), shared(LABELS.astype("float64"), borrow=True)
        y = T.ivector("y")
        f = function(
            [index],
            [x.sum(axis=1), y * 2, x.shape],
            givens={
                x: data[index * B : (index + 1) * B],
                y: T.cast(labels, "int32")[index * B : (index + 1) * B],
            },
        )
        held = data.container.storage[0]
        for i in [*range(12), *range(-3, 0)] * 20:
            rows, twice, shape = f(i)
            np.testing.assert_array_equal(rows, DATA[i * B : (i + 1) * B].sum(axis=1))
            np.testing.assert_array_equal(twice, 2 * LABELS[i * B : (i + 1) * B])
            assert shape.tolist() == list(DATA[i * B : (i + 1) * B].shape)
        # Full batches, the short last one, and the empty ones beyond it or before the first.
        assert n_compiled(f) == 3
        assert data.container.storage[0] is held

    def test_a_thousand_indices(self):
        values = np.arange(2010.0)
        data = shared(values)
        f = function([index], [data[index * 2 : (index + 1) * 2], data[index : index + B]])
        held = data.container.storage[0]
        for i in range(1000):
            pair, batch = f(i)
            assert (pair.tolist(), batch[0], batch[-1]) == ([2 * i, 2 * i + 1], i, i + B - 1)
        assert n_compiled(f) == 1
        assert data.container.storage[0] is held

    def test_a_batch_by_its_start(self):
        data = shared(DATA)
        f = function([n], x.sum(), givens={x: data[n : n + B]})
        for i in range(0, 200, 7):
            assert f(i) == DATA[i : i + B].sum()
        assert n_compiled(f) == 1 + len({len(DATA[i : i + B]) for i in range(0, 200, 7)} - {B})

    def test_a_batch_of_a_permutation(self):
        order = np.random.default_rng(1).permutation(203)
        data, perm = shared(DATA), shared(order)
        f = function([index], data[perm[index * B : (index + 1) * B]] * 2)
        for i in range(10):
            np.testing.assert_array_equal(f(i), 2 * DATA[order[i * B : (i + 1) * B]])
        assert n_compiled(f) == 1

    def test_one_row(self):
        data = shared(DATA)
        f = function([index], data[index])
        for i in (0, 5, 202, -1, -203):
            np.testing.assert_array_equal(f(i), DATA[i])
        for i in (203, -204):
            with pytest.raises(
                IndexError, match=rf"from -203 to 202 along axis 0\n.*{i} at test_s"
            ):
                f(i)
        assert n_compiled(f) == 1

    def test_a_training_loop_compiles_twice(self):
        data, w = shared(DATA), shared(np.zeros(10))
        cost = T.sqr(T.dot(x, w) - 1).mean()
        f = function(
            [index],
            cost,
            updates=[(w, w - 1e-9 * theano.grad(cost, w))],
            givens={x: data[index * B : (index + 1) * B]},
        )
        for _ in range(3):
            for i in range(11):
                f(i)
        assert n_compiled(f) == 2
        assert n_compiled(f.copy()) == 2

    def test_writing_a_part(self):
        state = shared(np.zeros((6, 3)))
        f = function(
            [n, v],
            updates=[(state, T.inc_subtensor(T.set_subtensor(state[n], v)[n : n + 2, 1:], 1))],
        )
        expected = np.zeros((6, 3))
        for i in (0, 3, 2, -6):
            f(i, [1.0, 2, 3])
            expected[i] = [1, 2, 3]
            expected[i : i + 2 or None, 1:] += 1
            np.testing.assert_array_equal(state.get_value(), expected)
        assert n_compiled(f) == 1
        with pytest.raises(IndexError):
            f(6, [1.0, 2, 3])
        np.testing.assert_array_equal(state.get_value(), expected)


MATRIX = np.random.default_rng(0).normal(size=(8, 6))


class TestSizes:
    def check(self, outputs, expected, calls, n_expected=None, inputs=(n, m)):
        """Compare with NumPy for all calls, and count what was compiled."""
        f = function(list(inputs), outputs, on_unused_input="ignore")
        sizes = set()
        for call in calls:
            wanted = expected(*call)
            for got, want in zip(f(*call), wanted, strict=True):
                assert got.shape == np.shape(want)
                np.testing.assert_allclose(got, want, rtol=1e-12)
            sizes.add(str([np.shape(w) for w in wanted]))
        assert n_compiled(f) == (len(sizes) if n_expected is None else n_expected)

    def test_made_by_a_length(self):
        self.check(
            [
                T.arange(n),
                T.zeros((n, m)),
                T.alloc(2.0, m, n),
                T.ones((2, n // 2 + 1)),
                T.eye(n, m, 1),
                T.repeat(T.constant([1.0, 2.0]), n),
                T.tile(T.constant([1.0, 2.0]), (n, m), ndim=2),
                T.arange(T.minimum(n, m), T.switch(n > m, n, m) + 1),
                T.zeros((T.cast(T.ceil(n / 2.0), "int64"),)),
            ],
            lambda n, m: [
                np.arange(n),
                np.zeros((n, m)),
                np.full((m, n), 2.0),
                np.ones((2, n // 2 + 1)),
                np.eye(n, m, 1),
                np.repeat([1.0, 2.0], n),
                np.tile([1.0, 2.0], (n, m)),
                np.arange(min(n, m), max(n, m) + 1),
                np.zeros(-(-n // 2)),
            ],
            [(2, 3), (3, 2), (2, 3), (0, 1), (1, 1)],
            # arange from a start that differs is compiled for it: it is a size of its own.
        )

    def test_slices(self):
        a = shared(MATRIX)
        calls = [(1, 2), (3, -1), (-2, 3), (3, -1), (100, 7), (-100, -3), (2, 1)]
        self.check(
            [a[:n], a[n:], a[::m], a[n::m], a[:n:m], a[:, n:], a[::-1][:n], a[-1:n:-1]],
            lambda n, m: [
                MATRIX[:n],
                MATRIX[n:],
                MATRIX[::m],
                MATRIX[n::m],
                MATRIX[:n:m],
                MATRIX[:, n:],
                MATRIX[::-1][:n],
                MATRIX[-1:n:-1],
            ],
            calls,
            len(set(calls)),
        )

    def test_the_same_lengths_elsewhere(self):
        a = shared(MATRIX)
        self.check(
            [a[n : n + 3], a[n + 2 : n - 1 : -1], a[1, n : n + 1], a[n:n:2]],
            lambda n, m: [
                MATRIX[n : n + 3],
                MATRIX[n + 2 : n - 1 : -1],
                MATRIX[1, n : n + 1],
                MATRIX[n:n:2],
            ],
            [(i, 0) for i in range(1, 5)],
        )

    def test_reshapes(self):
        a = shared(MATRIX)
        self.check(
            [a.reshape((n, -1)), a.reshape((m, n, -1)), a.flatten().reshape((-1, n)).sum(axis=0)],
            lambda n, m: [
                MATRIX.reshape(n, -1),
                MATRIX.reshape(m, n, -1),
                MATRIX.reshape(-1, n).sum(axis=0),
            ],
            [(2, 3), (4, 2), (2, 3)],
        )

    def test_a_size_in_a_vector(self):
        self.check(
            [T.zeros([iv[0], iv[1]]), T.arange(iv.sum()), T.reshape(T.arange(12), iv, ndim=2)],
            lambda sizes: [np.zeros(sizes), np.arange(sum(sizes)), np.arange(12).reshape(sizes)],
            [([3, 4],), ([4, 3],), ([3, 4],)],
            inputs=[iv],
        )

    def test_a_size_in_a_shared_integer(self):
        length = shared(3)
        f = function([], T.arange(length) * 2, updates=[(length, length % 4 + 1)])
        assert [f().shape for _ in range(9)] == [(k,) for k in (3, 4, 1, 2, 3, 4, 1, 2, 3)]
        assert n_compiled(f) == 4

    def test_draws(self):
        stream = MRG_RandomStreams(5)
        f = function([n], stream.normal((n, 2)))
        assert [f(k).shape for k in (2, 3, 2, 0)] == [(2, 2), (3, 2), (2, 2), (0, 2)]
        assert n_compiled(f) == 3

    def test_gradients(self):
        y = (x[n:] ** 2).sum() + (x.reshape((-1, m)) ** 3).sum() + (x[m] * T.arange(6)).sum()
        f = function([x, n, m], theano.grad(y, x))
        for i, j in ((1, 3), (2, 2), (-3, 4)):
            expected = 3 * MATRIX**2
            expected[i:] += 2 * MATRIX[i:]
            expected[j] += np.arange(6)
            np.testing.assert_allclose(f(MATRIX, i, j), expected)

    def test_values_alone_do_not_compile_anew(self):
        f = function([n, x], [x * n, n + 1, x[n % 8]])
        for k in range(20):
            f(k, MATRIX)
        assert n_compiled(f) == 1


class TestSizesThatTheDeviceKnows:
    def test_a_size_computed_from_data(self):
        k = T.argmax(v)
        f = function([v], [v[:k], T.arange(k) * 2, v[k:].sum()])
        for data in ([1.0, 5, 2], [9.0, 1, 1, 1], [1.0, 5, 3]):
            head, twice, rest = f(data)
            p = int(np.argmax(data))
            np.testing.assert_array_equal(head, data[:p])
            np.testing.assert_array_equal(twice, 2 * np.arange(p))
            assert rest == np.sum(data[p:])

    def test_masks_and_their_gradients(self):
        picked = v[v > 0]
        places = (v > 0).nonzero()[0]
        cost = (picked**2).sum() + (v[places] * 3).sum() + T.set_subtensor(v[v < 0], 7.0).sum()
        f = function([v], [picked, places, cost, theano.grad(cost, v)])
        for data in ([1.0, -2, 3], [-1.0, -1, -1], [0.0, 2, -3]):
            data = np.array(data)
            values, where, total, gradient = f(data)
            np.testing.assert_array_equal(values, data[data > 0])
            np.testing.assert_array_equal(where, np.flatnonzero(data > 0))
            np.testing.assert_allclose(
                gradient, np.where(data > 0, 2 * data + 4, np.where(data < 0, 0, 1))
            )
            assert total == (values**2).sum() + 3 * values.sum() + np.where(data < 0, 7, data).sum()

    def test_sets(self):
        u, inverse = T.extra_ops.Unique(return_inverse=True)(iv)
        f = function([iv], [u, inverse, T.extra_ops.bincount(iv), u * 2])
        for data in ([3, 1, 3, 2], [0, 0]):
            unique, back, counts, twice = f(data)
            np.testing.assert_array_equal(unique, np.unique(data))
            np.testing.assert_array_equal(unique[back], data)
            np.testing.assert_array_equal(counts, np.bincount(data))
            np.testing.assert_array_equal(twice, 2 * unique)

    def test_a_draw_of_a_fetched_size_is_not_drawn_twice(self):
        stream, other = MRG_RandomStreams(7), MRG_RandomStreams(7)
        k = T.cast(stream.uniform((1,))[0] * 5, "int64") + 1
        f = function([], [k, stream.uniform((k,))])
        size, numbers = f()
        one = function([], other.uniform((1,)))()
        assert size == int(one[0] * 5) + 1
        assert numbers.shape == (size,)


def limits(**bounds):
    """Change the bounds for functions that are made meanwhile."""
    return theano.change_flags({f"executables.{name}": n for name, n in bounds.items()})


class TestManySizes:
    def test_it_warns_once_and_names_what_varies(self):
        with limits(warn=3):
            f = function([n, v], v * T.arange(n).sum(), name="lengths")
        for k in range(1, 4):
            f(k, np.ones(2))
        with pytest.warns(TooManyCompilationsWarning) as records:
            f(4, np.ones(2))
        for k in range(5, 8):
            f(k, np.ones(2))
        (record,) = records
        assert record.filename == __file__
        text = str(record.message)
        assert "lengths was compiled for 4 combinations" in text
        assert "the value of n" in text
        assert "shape of v" not in text

    def test_the_shape_of_an_argument_is_named(self):
        with limits(warn=2):
            f = function([v], v.sum())
        f(np.ones(0))
        f(np.ones(1))
        with pytest.warns(TooManyCompilationsWarning, match="the shape of v"):
            f(np.ones(2))

    def test_what_is_kept_is_bounded(self):
        with limits(keep=2):
            f = function([v], v.sum())
        for k in (1, 2, 1, 3, 1, 2):
            assert f(np.ones(k)) == k
        # The one that was used least recently goes.
        assert [c.shapes[0] for c in f.compilations] == [(1,), (2,), (3,), (2,)]
        assert len(f.executor.part.executables) == 2

    def test_a_mode_sets_bounds_of_its_own(self):
        mode = theano.Mode(limits=Limits(keep=1)).including("fast_run")
        f = function([v], v.sum(), mode=mode)
        for k in (1, 2, 1):
            f(np.ones(k))
        assert n_compiled(f) == 3

    def test_beyond_a_bound_new_sizes_run_on_the_host(self, monkeypatch):
        with limits(host=2):
            state = shared(np.zeros(2))
            f = function([v], v.sum(), updates=[(state, state + v.sum())])
        for k in (1, 2, 3, 4, 5, 3):
            assert f(np.ones(k)) == k
        assert n_compiled(f) == 2
        np.testing.assert_array_equal(state.get_value(), [18, 18])
        # What was compiled is still used, and a size that comes often enough is compiled.
        part = f.executor.part
        part._host_seconds = dict.fromkeys(part._host_seconds, 1e9)
        f(np.ones(3))
        assert n_compiled(f) == 3
        np.testing.assert_array_equal(state.get_value(), [21, 21])

    def test_lengths_that_only_the_device_knows_are_bounded_too(self):
        with limits(host=3):
            state = shared(0.0)
            f = function([v], v[v > 0] * 2, updates=[(state, state + v[v > 0].sum())])
        for k in range(1, 9):
            np.testing.assert_array_equal(f([1.0] * k + [-1.0] * (9 - k)), np.full(k, 2.0))
        assert state.get_value() == 36
        assert max(len(part.compilations) for part in f.executor.parts) == 3

    def test_steps_of_loops_on_the_host_are_compiled_for_all_lengths(self, rng):
        w = shared(rng.normal(size=(4, 4)))
        xs = T.tensor3("xs")

        def new(x, h):
            return T.tanh(T.dot(x, w) + T.nnet.sigmoid(h) * T.dot(h * x, w) - h / 2)

        hs, _ = theano.scan(new, sequences=xs, outputs_info=T.zeros_like(xs[0]))
        cost = (hs[-1] ** 2).sum()
        with limits(host=1):
            f = function([xs], [cost, T.grad(cost, w)])
        exact = function([xs], [cost, T.grad(cost, w)], mode="FAST_COMPILE")
        for length in (3, *range(40, 55), 5):
            x = rng.normal(size=(length, 2, 4))
            for a, b in zip(f(x), exact(x), strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
        assert n_compiled(f) == 1
        steps = [step for step in f.executor.part.steps.parts.values() if step is not None]
        # One forward and one back.
        assert [len(step.compilations) for step in steps] == [1, 1]

    def test_a_function_on_the_host_is_no_step(self, monkeypatch):
        """However often it runs there, it is compiled for sizes as other rules say."""
        monkeypatch.setattr(compiled_part, "OFTEN", 3)
        with limits(host=1):
            f = function([v], T.exp(v).sum() + T.sin(v) * T.tanh(v) - T.cos(v) / (v * v + 1))
        for length in range(1, 20):
            assert f(np.zeros(length)).shape == (length,)
        assert (n_compiled(f), f.executor.part.steps.parts) == (1, {})

    def test_steps_that_are_checked_run_node_by_node(self):
        xs, k = T.matrix("xs"), T.lvector("k")

        def step(x, i, h):
            places = i + T.cast(h * x[:2] / 100, "int64")
            return T.tanh(x[places].sum()) + x.sum() * h - T.exp(-h * h) / 3

        hs, _ = theano.scan(step, sequences=[xs, k], outputs_info=T.zeros(()))
        with limits(host=0):
            f = function([xs, k], hs[-1])
        expected = function([xs, k], hs[-1], mode="FAST_COMPILE")
        for length in (150, 160):
            x, places = np.full((length, 5), 0.01), np.zeros(length, "int64")
            np.testing.assert_allclose(f(x, places), expected(x, places), rtol=1e-9)
        with check_raises(IndexError, "6"):
            f(np.ones((3, 5)), np.array([0, 6, 0]))
        assert set(f.executor.part.steps.parts.values()) == {None}
