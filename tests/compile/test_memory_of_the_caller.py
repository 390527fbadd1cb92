"""Nobody's arrays are shared: arguments may be written to after a call, results at any time."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano import function, shared
from theano.compile.ops import as_op
from theano.runtime.devices import aligned_empty

x, n = T.dmatrix("x"), T.lscalar("n")


@as_op(itypes=[T.dmatrix], otypes=[T.dmatrix])
def on_host(value):
    """Return the very array that came in."""
    return value


def batch(k):
    """Return memory that XLA on the CPU reads in place."""
    array = aligned_empty((400, 400), np.dtype("float64"))
    array[:] = k
    return array


CASES = {
    "updates only": ([], lambda s: s + T.dot(x, x)[0, 0] / 400),
    "one result": ([x * 2], lambda s: s + x[0, 0] ** 2),
    "the argument itself": ([x], lambda s: s + x[-1, -1] ** 2),
    "a host node": ([on_host(x), on_host(x * 2)], lambda s: s + on_host(x)[3, 3] ** 2),
    "a part": ([x[n:]], lambda s: s + x[n, n] ** 2),
    "a mask": ([x[x > 0]], lambda s: s + (x[x > 0] ** 2).mean()),
}


@pytest.mark.parametrize("case", CASES)
def test_arguments_are_written_to_after_every_call(case):
    outputs, update = CASES[case]
    state = shared(np.float64(0))
    f = function([x, n], outputs, updates=[(state, update(state))], on_unused_input="ignore")
    memory = batch(0)
    held = []
    expected = 0.0
    for k in range(1, 9):
        memory[:] = k
        held.append(f(memory, 5))
        memory[:] = -1e6
        expected += k**2
    assert state.get_value() == expected
    for k, results in enumerate(held, 1):
        for result in results:
            assert result.flags.writeable
            assert not np.shares_memory(result, memory)
            assert set(np.unique(result)) <= {k, 2 * k}


def test_results_stay_when_later_calls_update():
    w = shared(np.zeros((50, 50)))
    f = function([], [w, w + 1, on_host(w)], updates=[(w, w + 1)])
    held = [f() for _ in range(6)]
    for k, (old, new, through) in enumerate(held):
        for result, value in ((old, k), (new, k + 1), (through, k)):
            np.testing.assert_array_equal(result, np.full((50, 50), float(value)))
            result[:] = -5
    np.testing.assert_array_equal(w.get_value(), np.full((50, 50), 6.0))


def test_values_given_and_taken_are_copies():
    value = np.ones((30, 30))
    w = shared(value, borrow=True)
    f = function([], updates=[(w, w * 2)])
    value[:] = 7
    f()
    taken = w.get_value(borrow=True)
    internal = w.get_value(borrow=True, return_internal_type=True)
    f()
    np.testing.assert_array_equal(taken, np.full((30, 30), 2.0))
    np.testing.assert_array_equal(np.asarray(internal), np.full((30, 30), 2.0))
    w.set_value(value, borrow=True)
    value[:] = 9
    f()
    np.testing.assert_array_equal(w.get_value(), np.full((30, 30), 14.0))


def test_a_destructive_op_works_on_a_copy():
    class Wipe(theano.Op):
        __props__ = ()
        destroy_map: ClassVar = {0: [0]}

        def make_node(self, value):
            return theano.Apply(self, [value], [value.type()])

        def perform(self, node, inputs, output_storage):
            inputs[0][:] = 0
            output_storage[0][0] = inputs[0]

    w, memory = shared(np.ones((4, 4))), np.ones((3, 3))
    f = function([x], [Wipe()(x), Wipe()(w), Wipe()(T.constant(np.ones((2, 2)))) + 1])
    for _ in range(2):
        for result, filled in zip(f(memory), (0, 0, 1), strict=True):
            assert (result == filled).all()
    assert (memory == 1).all()
    assert (w.get_value() == 1).all()
