"""Functions called from several threads: no value is lost, none is read half-way."""

from __future__ import annotations

import ctypes
import random
import threading
import time

import numpy as np
import pytest

import theano.tensor as T
from theano import function, shared

x = T.dvector("x")


def in_threads(*tasks):
    """Run tasks at the same time; raise the first error of any."""
    errors = []

    def guarded(task):
        try:
            task()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    if errors:
        raise errors[0]


def test_updates_from_many_threads_all_count():
    total, pair = shared(np.zeros(500)), shared(np.zeros(500))
    add = function([x], updates=[(total, total + x), (pair, pair - x)])
    double = function([], total.sum() + pair.sum(), updates=[(total, total + 1), (pair, pair - 1)])
    sums = []

    def adding():
        for _ in range(200):
            add(np.ones(500))

    def doubling():
        sums.extend(float(double()) for _ in range(200))

    def reading():
        for _ in range(400):
            value = total.get_value()
            assert value.min() == value.max()

    in_threads(adding, adding, doubling, reading)
    np.testing.assert_array_equal(total.get_value(), np.full(500, 600))
    np.testing.assert_array_equal(pair.get_value(), np.full(500, -600))
    assert sums == [0.0] * 200


def test_first_calls_and_new_shapes_at_the_same_time():
    f = function([x], T.exp(x).sum())
    results = {}

    def calling(lengths):
        def task():
            for n in lengths:
                results[n] = float(f(np.zeros(n)))

        return task

    in_threads(calling(range(1, 8)), calling(range(8, 0, -1)), calling([3, 5, 3, 9]))
    assert results == {n: float(n) for n in range(1, 10)}


def test_arguments_are_not_mixed_up():
    """Casts go into memory that a function keeps: no two threads may be given the same."""
    m = T.fmatrix("m")
    total = function([m], m.sum(), allow_input_downcast=True)

    def task(value):
        def run():
            for _ in range(100):
                assert total(np.full((100, 100), value)) == value * 10_000

        return run

    in_threads(task(1.0), task(2.0), task(3.0))


def test_set_value_while_others_compute():
    state = shared(np.zeros(1000))
    step = function([], state.sum(), updates=[(state, state * 1.0)])

    def stepping():
        for _ in range(300):
            assert float(step()) % 1000 == 0

    def setting():
        for i in range(300):
            state.set_value(np.full(1000, float(i)))

    in_threads(stepping, stepping, setting)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_killed_thread_leaves_all_updates_of_a_call_or_none():
    a, b = shared(np.zeros(300)), shared(np.zeros(300))
    step = function([], updates=[(a, a + 1), (b, b + 1)])

    class Killed(BaseException):
        pass

    def stepping():
        try:
            while True:
                step()
        except Killed:
            pass

    step()
    random.seed(3)
    for _ in range(60):
        thread = threading.Thread(target=stepping)
        thread.start()
        time.sleep(random.uniform(1e-4, 5e-3))
        # Python drops what is raised inside a callback of its garbage collection: then once more.
        for _ in range(100):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread.ident), ctypes.py_object(Killed)
            )
            thread.join(0.5)
            if not thread.is_alive():
                break
        assert not thread.is_alive()
        np.testing.assert_array_equal(a.get_value(), b.get_value())
    assert a.get_value().min() == a.get_value().max() > 60
