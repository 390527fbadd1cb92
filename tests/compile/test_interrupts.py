"""Ctrl-C at any instant: every shared variable stays whole, and all of them in step."""

from __future__ import annotations

import os
import random
import signal
import threading
import time

import numpy as np
import pytest

import theano.tensor as T
from theano import In, function, shared
from theano.compile.launching import uninterrupted
from theano.compile.mode import Mode

pytestmark = [
    pytest.mark.skipif(
        not hasattr(signal, "setitimer"), reason="alarms at chosen instants need POSIX"
    ),
    # JAX is called back at every garbage collection; what a handler raises there, Python drops.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Interrupted(Exception):
    """What the alarm raises; a handler of a user's own may raise anything."""


class Alarm:
    """Raises KeyboardInterrupt in a task at a chosen instant, and never outside it.

    It comes again, as what a handler raises is dropped within callbacks of the garbage collector.
    """

    def __init__(self):
        self.armed = False

    def ring(self, signum, frame):
        if self.armed:
            raise KeyboardInterrupt

    def interrupts(self, seconds, task, again=0.05):
        """Run ``task`` and return whether the alarm ended it."""
        try:
            try:
                self.armed = True
                signal.setitimer(signal.ITIMER_REAL, seconds, again)
                task()
            finally:
                self.armed = False
        except KeyboardInterrupt:
            self.armed = False  # it may have come just before the line above
            hit = True
        else:
            hit = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        return hit


@pytest.fixture
def alarm():
    alarm = Alarm()
    before = signal.signal(signal.SIGALRM, alarm.ring)
    yield alarm
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def training(n, mode=None, outputs=True):
    """Return a function that counts up ``n`` shared arrays, and these."""
    state = [shared(np.zeros((20, 20), "float32"), f"s{i}") for i in range(n)]
    x = T.fmatrix("x")
    updates = [(s, s + x) for s in state]
    return function([x], [x.sum()] if outputs else None, updates=updates, mode=mode), state


def counts(state):
    """Return the number of steps that each variable has seen; all its elements must agree."""
    result = []
    for s in state:
        value = s.get_value()
        assert value.min() == value.max()
        result.append(int(value[0, 0]))
    return result


def interrupt_often(alarm, step, state, times, longest):
    """Interrupt ``step``, called without end, and check the state after each time."""
    instants = random.Random(20161)
    last = counts(state)[0]

    def without_end():
        while True:
            step()

    for _ in range(times):
        assert alarm.interrupts(instants.uniform(1e-5, longest), without_end)
        now = counts(state)
        assert len(set(now)) == 1
        assert now[0] >= last
        last = now[0]
    step()
    assert counts(state) == [last + 1] * len(state)


@pytest.mark.parametrize("outputs", [True, False], ids=["outputs", "updates only"])
def test_a_thousand_interrupts_of_training(alarm, outputs):
    f, state = training(5, outputs=outputs)
    batch = np.ones((20, 20), "float32")
    f(batch)
    interrupt_often(alarm, lambda: f(batch), state, 1000, 2e-3)


def test_interrupts_on_the_host(alarm):
    f, state = training(3, Mode("py", None))
    batch = np.ones((20, 20), "float32")
    interrupt_often(alarm, lambda: f(batch), state, 200, 2e-3)


def test_interrupts_of_inputs_with_a_state(alarm):
    x = T.dmatrix("x")
    s = shared(np.zeros((20, 20)))
    f = function([In(x, value=np.zeros((20, 20)), update=x + 1)], updates=[(s, s + 1)])
    f()

    class Both:
        def get_value(self):
            return f[x]

    interrupt_often(alarm, f, [s, Both()], 300, 2e-3)


def test_interrupts_of_the_first_call(alarm):
    """Tracing, compiling, and the first launch, which runs Python inside JAX."""
    batch = np.ones((20, 20), "float32")
    state = training(3)[1]
    x = T.fmatrix("x")

    def fresh():
        return function([x], [x.sum()], updates=[(s, s + x) for s in state])

    durations = []
    for _ in range(3):
        f = fresh()
        started = time.perf_counter()
        f(batch)
        durations.append(time.perf_counter() - started)
    duration = min(durations)
    instants = random.Random(20161)
    steps, hits = 3, 0
    for i in range(30):
        f = fresh()
        # Half of them near the end, where the launch is.
        instant = duration * instants.uniform(0.9 if i % 2 else 0.01, 1)
        hits += alarm.interrupts(instant, lambda f=f: f(batch))
        now = counts(state)
        assert len(set(now)) == 1
        assert now[0] - steps in (0, 1)
        f(batch)
        steps = now[0] + 1
    assert hits > 5
    assert counts(state) == [steps] * 3


def test_interrupts_from_another_thread():
    """The real signal, as the terminal sends it."""
    f, state = training(3)
    batch = np.ones((20, 20), "float32")
    f(batch)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for i in range(50):
            timer = threading.Timer(1e-4 * (i % 10), os.kill, (os.getpid(), signal.SIGINT))
            with pytest.raises(KeyboardInterrupt):  # noqa: PT012  the alarm comes at any line
                timer.start()
                while True:
                    f(batch)
            timer.join()
            assert len(set(counts(state))) == 1
    finally:
        signal.signal(signal.SIGINT, before)


class TestUninterrupted:
    def test_every_interrupt_waits_for_the_end(self, alarm):
        instants = random.Random(20161)
        for _ in range(200):
            ended = []

            def task(ended=ended):
                time.sleep(1e-3)
                ended.append(True)

            started = []

            def run(task=task, started=started):
                started.append(True)
                task()

            alarm.interrupts(instants.uniform(1e-5, 1.5e-3), lambda run=run: uninterrupted(run))
            assert not started or ended

    def test_several_interrupts_are_one(self, alarm):
        ended = []

        def task():
            uninterrupted(lambda: (time.sleep(0.02), ended.append(True)))

        assert alarm.interrupts(1e-3, task, again=1e-3)
        assert ended

    def test_other_exceptions_of_a_handler(self):
        def handler(signum, frame):
            raise Interrupted

        ended = []
        before = signal.signal(signal.SIGALRM, handler)
        try:
            signal.setitimer(signal.ITIMER_REAL, 1e-3)
            with pytest.raises(Interrupted):
                uninterrupted(lambda: (time.sleep(0.02), ended.append(True)))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        assert ended
