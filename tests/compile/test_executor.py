"""Running: donation, host fallback, and the facts of JAX that the executor is built on."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time

import jax
import numpy as np
import pytest
from jax import numpy as jnp

import theano
import theano.tensor as T
from theano import function, grad, shared
from theano.compile.executor import HostFallbackWarning
from theano.compile.launching import launch, uninterrupted
from theano.compile.mode import Mode
from theano.errors import NeedsPerform
from theano.runtime.devices import aligned_empty

v = T.dvector("v")


class Reverse(theano.Op):
    """An op of a user who wrote ``perform`` alone."""

    __props__ = ()

    def make_node(self, x):
        x = T.as_tensor_variable(x)
        return theano.Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0][::-1]

    def grad(self, inputs, output_grads):
        return [Reverse()(output_grads[0])]


class Refuse(Reverse):
    """An op that fails when it is run."""

    def perform(self, node, inputs, output_storage):
        raise RuntimeError("refused")


class Choosy(Reverse):
    """An op whose lowering takes even lengths only."""

    def lower(self, ctx, x):
        if x.shape[0] % 2:
            raise NeedsPerform("the length is odd")
        return jnp.flip(x)


class TestHostNodes:
    def test_an_op_with_perform_alone(self):
        s = shared(np.zeros(3))
        f = function([v], Reverse()(v) * 2, updates=[(s, s + Reverse()(v))])
        for i in range(1, 3):
            np.testing.assert_array_equal(f([1.0, 2.0, 3.0]), [6, 4, 2])
            np.testing.assert_array_equal(s.get_value(), i * np.array([3, 2, 1]))
        assert len(f.compilations) == 1

    def test_its_gradient(self):
        weights = np.array([1.0, 10.0, 100.0])
        f = function([v], grad((Reverse()(v) * weights).sum(), v))
        np.testing.assert_array_equal(f(np.zeros(3)), weights[::-1])

    def test_results_are_the_callers_own(self):
        s, t = shared(np.arange(3.0)), shared(np.zeros(3))
        f = function([v], [Reverse()(v), v, s], updates=[(s, Reverse()(s)), (t, s)])
        argument = np.arange(3.0)
        for result in f(argument):
            assert result.flags.writeable
            assert not np.shares_memory(result, argument)
            result[:] = -1
        np.testing.assert_array_equal(argument, [0, 1, 2])
        np.testing.assert_array_equal(s.get_value(), [2, 1, 0])
        np.testing.assert_array_equal(t.get_value(), [0, 1, 2])
        f(argument)
        np.testing.assert_array_equal(t.get_value(), [2, 1, 0])

    def test_a_lowering_that_cannot_take_a_node(self):
        f = function([v], Choosy()(v) + 1, name="choosy")
        np.testing.assert_array_equal(f([1.0, 2.0]), [3, 2])
        with pytest.warns(HostFallbackWarning, match=r"choosy runs Choosy.*odd") as records:
            np.testing.assert_array_equal(f([1.0, 2.0, 3.0]), [4, 3, 2])
        assert records[0].filename == __file__
        np.testing.assert_array_equal(f([1.0, 2.0]), [3, 2])

    @pytest.mark.parametrize("mode", ["FAST_RUN", Mode("py", None)], ids=["split", "py"])
    def test_an_op_that_fails_changes_nothing(self, mode):
        a, b = shared(np.zeros(2)), shared(np.zeros(2))
        f = function([v], updates=[(a, a + v), (b, Refuse()(b + v))], mode=mode)
        with pytest.raises(RuntimeError, match="refused") as info:
            f([1.0, 2.0])
        assert any("Refuse" in note and "test_executor.py" in note for note in info.value.__notes__)
        np.testing.assert_array_equal(a.get_value(), [0, 0])
        np.testing.assert_array_equal(b.get_value(), [0, 0])

    def test_mode_py_does_not_warn(self):
        f = function([v], Reverse()(v), mode=Mode("py", "None"))
        np.testing.assert_array_equal(f([1.0, 2.0]), [2, 1])

    def test_host_and_device_functions_share_their_variables(self):
        s = shared(np.ones(1000))
        on_host = function([], updates=[(s, s * 2)], mode=Mode("py", "None"))
        on_device = function([], updates=[(s, s + 1)])
        for _ in range(3):
            on_host()
            on_device()
        assert s.get_value()[0] == ((1 * 2 + 1) * 2 + 1) * 2 + 1


class TestErrors:
    def test_a_failing_first_call_changes_nothing(self):
        s, w = shared(np.zeros(2), "s"), T.dvector("w")
        f = function([w], updates=[(s, s + w)])
        with pytest.raises(ValueError, match="shape"):
            f(np.ones(3))
        np.testing.assert_array_equal(s.get_value(), [0, 0])
        f(np.ones(2))
        with pytest.raises(ValueError, match="shape"):
            f(np.ones(3))
        np.testing.assert_array_equal(s.get_value(), [1, 1])
        assert len(f.compilations) == 1


class TestUninterrupted:
    def test_runs_in_a_thread_and_waits(self):
        def task(value):
            time.sleep(0.01)
            return value, threading.current_thread() is threading.main_thread()

        assert uninterrupted(task, 7) == (7, False)

    def test_an_error_comes_out(self):
        with pytest.raises(ZeroDivisionError):
            uninterrupted(lambda: 1 / 0)

    def test_launch_fills_the_cells(self):
        cells = [[None], [None]]
        launch(lambda a, b: (a + b, a * b), [2, 3], cells)
        assert cells == [[5], [6]]


class TestTheFactsOfJax:
    """What the executor relies on; where one no longer holds, it can be made simpler."""

    def test_a_donated_array_is_gone_once_launched(self):
        """Hence launch and store must be one: in between, nobody holds the parameter."""
        step = jax.jit(lambda a: a + 1, donate_argnums=0)
        old = jax.device_put(np.zeros(10))
        new = step(old)
        assert old.is_deleted()
        with pytest.raises(RuntimeError, match="deleted"):
            np.asarray(old)
        np.testing.assert_array_equal(np.asarray(new), np.ones(10))

    def test_a_store_after_the_launch_loses_state_and_ours_does_not(self):
        """Signals arrive between any two bytecodes of Python, but within no call of C code."""
        program = """
            import random, signal, sys
            import jax, numpy as np
            from theano.compile.launching import launch

            call = jax.jit(lambda *p: tuple(a + 1 for a in p), donate_argnums=(0, 1, 2))
            parameters = [[jax.device_put(np.zeros(30))] for _ in range(3)]

            def naive():
                new = call(*[cell[0] for cell in parameters])
                for cell, value in zip(parameters, new):
                    cell[0] = value

            def ours():
                launch(call, [cell[0] for cell in parameters], parameters)

            def interrupt(*args):
                raise KeyboardInterrupt

            def lost(step, attempts):
                n = 0
                for _ in range(attempts):
                    for cell in parameters:
                        cell[0] = jax.device_put(np.zeros(30))
                    step()
                    try:
                        signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, 5e-4))
                        while True:
                            step()
                    except KeyboardInterrupt:
                        pass
                    signal.setitimer(signal.ITIMER_REAL, 0)
                    n += any(cell[0].is_deleted() for cell in parameters)
                return n

            random.seed(0)
            signal.signal(signal.SIGALRM, interrupt)
            lost(ours, 3)
            print(lost(naive, 300), lost(ours, 300))
        """
        result = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True
        )
        assert result.returncode == 0, result.stderr
        naive, ours = map(int, result.stdout.split())
        assert naive > 10
        assert ours == 0

    def test_a_call_returns_before_its_arguments_are_read(self):
        """Hence a function that returns nothing waits if the memory is the caller's."""
        if jax.default_backend() != "cpu":
            pytest.skip("only the CPU reads the caller's own memory")

        def slow(a, b):
            for _ in range(30):
                a = a @ a * 1e-3
            return b + a[0, 0] * 0

        call = jax.jit(slow).lower(np.zeros((300, 300)), np.zeros(100_000)).compile()
        matrix, batch = np.ones((300, 300)), aligned_empty((100_000,), np.dtype("float64"))
        changed = 0
        for _ in range(20):
            batch[:] = 1
            result = call(matrix, batch)
            batch[:] = 2
            changed += not np.array_equal(np.asarray(result), np.ones(100_000))
        assert changed > 0

    def test_an_array_that_numpy_views_is_not_donated(self):
        """Hence such a view stays valid; on the CPU it costs a copy."""
        step = jax.jit(lambda a: a + 1, donate_argnums=0)
        old = step(jax.device_put(np.zeros(1000)))
        view = np.asarray(old)
        new = step(old)
        np.testing.assert_array_equal(view, np.ones(1000))
        np.testing.assert_array_equal(np.asarray(new), np.full(1000, 2))

    def test_a_warm_call_runs_no_python(self, monkeypatch):
        """Hence nothing can interrupt it half-way."""
        s = shared(np.zeros(3))
        f = function([v], [v.sum()], updates=[(s, s + v)])
        f(np.ones(3))
        seen = []

        def watch(frame, event, argument):
            if event == "call" and frame.f_code is not launch.__code__:
                seen.append(frame.f_code.co_qualname)

        def watched(*arguments):
            sys.setprofile(watch)
            try:
                launch(*arguments)
            finally:
                sys.setprofile(None)

        monkeypatch.setattr("theano.compile.executor.launch", watched)
        f(np.ones(3))
        s.set_value(np.ones(3))
        f([1, 2, 3])
        f(np.ones(6)[::2])
        np.testing.assert_array_equal(s.get_value(), [3, 4, 5])
        assert seen == []


class TestMemory:
    def test_too_little_memory_changes_nothing(self):
        """XLA on the CPU would have taken over the old values before it noticed."""
        n = T.lscalar("n")
        a, b = shared(np.ones(5)), shared(np.ones(7))
        total = T.sort(T.zeros((n, n)) + T.arange(n) + a[0], axis=1).sum()
        f = function([n], total, updates=[(a, a + 1), (b, b * 2)])
        assert f(10) == 550
        for _ in range(2):
            with pytest.raises(MemoryError, match="GiB"):
                f(10**7)
            assert (a.get_value()[0], b.get_value()[0]) == (2, 2)
        assert f(10) == 650

    def test_large_programs_run(self):
        n = T.lscalar("n")
        s = shared(np.ones(3))
        f = function([n], T.sort(T.arange(n * n) % 7 + s[0]).max(), updates=[(s, s + 1)])
        for i in range(1, 4):
            assert f(3000) == 6 + i
        assert f.executor.part.executables.popitem()[1].new_bytes > 1 << 26
