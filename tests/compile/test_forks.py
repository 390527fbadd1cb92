"""A forked child goes on: with the values of the parent, and with JAX started anew.

XLA cannot compile in a child of a process that has compiled: there executables come from the cache
on disk, or functions run on the host.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

PROGRAM = """
import multiprocessing, os, signal, sys, warnings

import numpy as np

warnings.filterwarnings("ignore", "os.fork")  # what JAX says of it
warnings.filterwarnings("ignore", ".*runs node by node on the host: this process is a fork")
import theano
import theano.tensor as T

x = T.dmatrix("x")
w = theano.shared(np.ones((200, 200)), "w")
step = theano.function([x], T.dot(x, w).sum(), updates=[(w, w + 1)])
ones = np.ones((200, 200))


def work(i):
    signal.alarm(40)
    for _ in range(i):
        step(ones)
    new = theano.function([x], T.exp(x).sum() + w[0, 0])
    return float(w.get_value().mean()), float(step(ones)), float(new(np.zeros((2, 2))))
"""


def run(rest, cache=None):
    """Run the program in a process of its own, and return what it prints."""
    flags = f"compiledir={cache}" if cache else "executables.cache=False"
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM + textwrap.dedent(rest)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "THEANO_FLAGS": flags, "THEANORC": ""},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")


@pytest.mark.parametrize("cached", [False, True], ids=["on the host", "from the cache"])
def test_a_pool_of_children(cached, tmp_path):
    printed = run(
        """
        assert step(ones) == 8e6
        with multiprocessing.get_context("fork").Pool(2) as pool:
            results = pool.map_async(work, [0, 2], chunksize=1).get(100)
        print(*results[0], *results[1])
        print(step(ones), w.get_value()[0, 0])
        """,
        cache=tmp_path if cached else None,
    )
    values = list(map(float, printed))
    assert values[:3] == [2, 16e6, 7]
    # The second task may have met a process that had already worked.
    assert values[4] == values[3] * 8e6
    assert values[6:] == [16e6, 3]


FORK = """
def fork(task):
    pid = os.fork()
    if pid == 0:
        signal.alarm(40)
        task()
        sys.stdout.flush()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
"""


def test_a_child_before_the_first_call_compiles_and_its_own_child_does_not():
    printed = run(
        FORK
        + """
def child():
    print(step(ones), len(step.compilations))
    sys.stdout.flush()
    fork(lambda: print(step(ones), step(ones[:5])))
    print(step(ones))

fork(child)
print(step(ones))
"""
    )
    assert list(map(float, printed)) == [8e6, 1, 16e6, 24e6 / 40, 16e6, 8e6]


def test_the_warning_says_what_to_do():
    printed = run(
        FORK
        + """
def child():
    with warnings.catch_warnings(record=True) as records:
        warnings.simplefilter("always")
        step(ones), step(ones[:3])
    (record,) = records
    print("'spawn'" in str(record.message), record.category.__name__)

step(ones)
fork(child)
"""
    )
    assert printed == ["True", "HostFallbackWarning"]
