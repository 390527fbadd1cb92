"""What importing the package leaves as it was."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import numpy
numpy.random.seed(42)
import theano
print(numpy.random.rand())
"""


def test_a_seed_outlives_the_import():
    result = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert float(result.stdout) == 0.3745401188473625
