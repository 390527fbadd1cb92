"""The benchmark of loops: arithmetic on made-up records, and a tiny run."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from benchmarks import loops as bench

sys.path.insert(0, str(bench.WORKER.parent))
import loop_cases


def good(ms, peak=100.0):
    return {
        "status": "ok",
        "ms_per_call": ms,
        "compile_s": 1.0,
        "peak_mib": peak,
        "peak_less_start_mib": peak / 2,
        "others_cores": 0.25,
    }


BAD = {"status": "failed", "reason": "it broke"}


def test_a_ratio_is_the_median_of_those_within_rounds():
    by_name = {"ours": [good(2.0), good(30.0), BAD, good(9.0)], "jax": [good(4.0), good(10.0)]}
    assert bench.ratio(by_name, "jax") == 1.75
    assert bench.ratio(by_name, "torch_nn") is None
    assert bench.ratio({"ours": [BAD], "jax": [good(1.0)]}, "jax") is None


def test_aims_are_checked_where_both_ran():
    results = {
        "elman": {"ours": [good(2.0, 150.0)], "jax": [good(4.0)], "theano_1_0_5": [good(5.0)]},
        "lstm": {"ours": [good(2.0)], "jax": [BAD]},
    }
    met = {aim["aim"]: aim["met"] for aim in bench.check_aims(results)}
    assert met == {
        "elman: time, ours / jax": True,
        "elman: time, ours / theano_1_0_5": False,
        "elman: peak memory, ours / jax": False,
    }


def test_the_report_shows_figures_ratios_and_reasons():
    options = bench.parse(["--case", "elman", "--contestants", "jax,ours,pytensor"])
    results = {"elman": {"ours": [good(2.0)], "jax": [good(4.0)], "pytensor": [BAD, BAD]}}
    text = bench.report(results, {"cpu": "A", "cores": 2}, options)
    rows = [
        [cell.strip() for cell in line.split("|")[2:-1]]
        for line in text.splitlines()
        if line.startswith("| Elman RNN")
    ]
    assert rows == [
        ["4.00", "2.00", "-"],
        ["0.50", "-"],
        ["1.0", "1.0", "-"],
        ["100 (50)", "100 (50)", "-"],
    ]
    assert text.count("elman, pytensor failed: it broke") == 1
    assert "other programs kept 0.25 cores busy" in text
    assert "elman: time, ours / jax = 0.50 (aim: at most 1.00; met)" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--contestants", "jax,nobody"], "nobody"),
        (["--case", "tree"], "tree"),
        (["--rounds", "0"], "--rounds must be 1 or more, not 0"),
    ],
)
def test_bad_arguments_are_refused(arguments, said, capsys):
    with pytest.raises(SystemExit):
        bench.parse(arguments)
    assert said in capsys.readouterr().err


def test_results_that_differ_are_told_by_name():
    cost, gradient = np.float32(1), np.array([1, -2], "float32")

    def said(*found, case="elman"):
        return loop_cases.difference(case, ["cost", "g"], found, [cost, gradient])

    assert said(cost, gradient * np.float32(1.0005)) == ""
    assert said(cost, gradient * np.float32(1.01)) == "g is 0.02 off, where it is of size 2"
    assert said(cost) == "1 results, not 2"
    assert said(cost, gradient[:1]) == "g is float32 (1,), not float32 (2,)"
    assert said(cost, gradient.astype("float64")) == "g is float64 (2,), not float32 (2,)"
    assert said(cost, gradient * np.float32(np.nan)) == "g is not finite"
    # Draws differ, and what they estimate does not.
    assert said(cost, gradient[::-1], case="rbm") == ""
    assert said(cost, -gradient, case="rbm").startswith("g is 1 off")


def test_every_case_is_the_same_for_all_contestants():
    assert list(loop_cases.CASES) == list(bench.CASES)
    for case in bench.CASES:
        first, second = (loop_cases.problem(case, True) for _ in range(2))
        assert {w.dtype.name for w in first.weights.values()} == {"float32"}
        for a, b in ((first.weights, second.weights), (first.data, second.data)):
            assert list(a) == list(b)
            for name in a:
                np.testing.assert_equal(a[name], b[name])


def test_a_tiny_run(tmp_path):
    answer = tmp_path / "loops.json"
    command = [sys.executable, bench.__file__, "--json", str(answer), "--small", "--rounds", "1"]
    command += ["--seconds", "0", "--case", "kalman", "--pytensor-python", str(tmp_path / "none")]
    command += ["--contestants", "jax,ours,torch_nn,pytensor,theano_1_0_5"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    measured = json.loads(answer.read_text())["cases"]["kalman"]
    assert set(measured) == {"jax", "ours", "pytensor", "theano_1_0_5"}
    for name in ("jax", "ours"):
        (record,) = measured[name]
        assert record["status"] == "ok"
        assert record["calls_timed"] == 1
        for key in ("ms_per_call", "compile_s", "import_s", "peak_mib", "peak_less_start_mib"):
            assert record[key] > 0
        assert record["cost"] == pytest.approx(measured["jax"][0]["cost"], rel=1e-3)
    assert "none: No such file or directory" in done.stdout
    assert "theano_1_0_5 unavailable: no interpreter: give --theano-python PATH" in done.stdout
