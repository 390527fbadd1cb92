"""Freed memory that is used again."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"
PROGRAM = """
import ctypes, resource
from theano.runtime import devices
c = ctypes.CDLL(None)
c.malloc.restype, c.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
c.free.argtypes = [ctypes.c_void_p]
c.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
c.memset.restype = ctypes.c_void_p
def touch(n=40 << 20):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    c.free(c.memset(c.malloc(n), 1, n))
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
touch()
print(touch())
"""


def faults(**variables):
    """How many pages the second use of 40 MB had to have mapped."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MALLOC_", "GLIBC_"))}
    env |= {"PYTHONPATH": str(SOURCE), **variables}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left alone")
def test_freed_memory_is_used_again_unless_the_user_says_otherwise():
    assert faults() < 100
    assert faults(THEANO_FLAGS="executables.keep_memory=False") > 1000
    assert faults(MALLOC_TRIM_THRESHOLD_="131072") > 1000
