"""What ``import theano`` loads, and how it leaves Python's garbage collector."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from theano.runtime.garbage import uncollected

LATER = [
    "jax.scipy.special",
    "pdb",
    "scipy",
    "statistics",
    "theano.cli",
    "theano.d3viz",
    "theano.legacy.gof",
    "theano.running",
    "theano.typed_list",
]
"""What takes long to load, and is needed by few programs."""

PROGRAM = """
import gc, sys
import theano
print(gc.isenabled(), *(name for name in sys.argv[1:] if name in sys.modules))
"""


def test_import_loads_no_more_than_it_must():
    command = [sys.executable, "-c", PROGRAM, *LATER]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["True"]


@pytest.fixture
def restored():
    enabled = gc.isenabled()
    yield
    (gc.enable if enabled else gc.disable)()


@pytest.mark.parametrize("enabled", [True, False])
def test_uncollected_leaves_the_collector_as_it_was(enabled, restored):
    (gc.enable if enabled else gc.disable)()
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled() is enabled
    with pytest.raises(ZeroDivisionError), uncollected():
        _ = 1 / 0
    assert gc.isenabled() is enabled
