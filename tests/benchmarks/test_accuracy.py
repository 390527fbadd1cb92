"""The benchmark of accuracy: arithmetic on made-up results, and a tiny run."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("mpmath", reason="exact values come from mpmath, which is optional")

from benchmarks import accuracy as bench


@pytest.mark.parametrize(
    ("ours", "others", "worst"),
    [
        (2.0, [1.0, 1.9], False),
        (9.0, [1.0, 1.9], True),
        (math.nan, [1.0, 1e9], True),
        (math.nan, [1.0, math.inf], False),
        (5.0, [], False),
    ],
)
def test_who_is_the_worst(ours, others, worst):
    assert bench.is_worst(ours, others) is worst


def test_the_worst_of_several():
    error = np.array([[0.5, 2.0], [math.nan, 0.0]])
    top, place = bench.worst(error, np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert math.isnan(top)
    assert place == [3.0, 4.0]


@pytest.mark.parametrize("name", bench.FUNCTIONS)
def test_exact_values_are_those_of_scipy(name):
    given = np.array([0.25, 0.75])
    value, slope = bench.exact(name, given).values()
    function = getattr(
        bench.scipy.special, {"sigmoid": "expit", "log_sigmoid": "log_expit"}.get(name, name), None
    )
    wanted = np.logaddexp(given, 0) if name == "softplus" else function(given)
    np.testing.assert_allclose(value.astype(float), wanted, rtol=1e-12)
    step = 1e-6
    near = [bench.exact(name, given + h)["value"].astype(float) for h in (-step, step)]
    np.testing.assert_allclose(slope.astype(float), (near[1] - near[0]) / (2 * step), rtol=1e-6)


def test_a_tiny_run(tmp_path):
    answer, record = tmp_path / "accuracy.json", tmp_path / "hardest.json"
    command = [sys.executable, bench.__file__, "--functions", "log1p,softmax", "--points", "4"]
    command += ["--contestants", "ours,jax,theano_1_0_5", "--json", str(answer)]
    command += ["--record", str(record)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(answer.read_text())
    assert found["contestants"]["theano_1_0_5"]["status"] == "unavailable"
    assert found["worst"]["log1p float64 value"]["ours"][0] < 3
    assert "| log1p float32 value " in done.stdout
    hardest = json.loads(Path(record).read_text())
    assert set(hardest) == {f"{n} {d}" for n in ("log1p", "softmax") for d in bench.DTYPES}


def test_unknown_functions_are_refused(capsys):
    with pytest.raises(SystemExit):
        bench.parse(["--functions", "tan"])
    assert "no ['tan']" in capsys.readouterr().err
