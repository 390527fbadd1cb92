"""The benchmark of networks: arithmetic on made-up records, and a tiny run."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from benchmarks import nnet as bench

sys.path.insert(0, str(bench.WORKER.parent))
import nnet_cases


def good(ms):
    return {
        "status": "ok",
        "ms_per_call": ms,
        "cpu_ms_per_call": 2 * ms,
        "others_cores": 0.25,
        "versions": {"theano": "0.1", "jax": "9.9"},
    }


BAD = {"status": "failed", "reason": "it broke"}


def test_a_ratio_is_the_median_of_those_within_rounds_to_the_best_rival():
    by_name = {
        "ours": [good(2.0), good(30.0), BAD, good(9.0)],
        "jax": [good(4.0), good(10.0)],
        "torch_eager": [good(1.0), BAD],
    }
    assert bench.ratio(by_name, "wall", "jax") == 1.75
    assert bench.ratio(by_name, "cpu", "jax") == 1.75
    assert bench.ratio(by_name, "wall", "jax", "torch_eager") == 2.5
    assert bench.ratio(by_name, "wall", "torch_compile") is None
    assert bench.ratio({"ours": [BAD], "jax": [good(1.0)]}, "wall", "jax") is None


def test_aims_are_of_whole_steps_where_both_ran():
    results = {
        "lenet": {"ours": [good(2.0)], "jax": [good(4.0)], "theano_1_0_5": [good(5.0)]},
        "text": {"ours": [good(2.0)], "jax": [BAD]},
        "max2": {"ours": [good(2.0)], "jax": [good(1.0)]},
    }
    met = {aim["aim"]: aim["met"] for aim in bench.check_aims(results, "wall")}
    assert met == {"lenet: ours / best": True, "lenet: ours / theano_1_0_5": False}


def test_the_report_shows_figures_ratios_and_reasons():
    arguments = ["--cases", "text", "--contestants", "jax,ours,torch_eager,torch_compile"]
    results = {
        "text": {
            "ours": [good(2.0), good(4.0)],
            "jax": [good(4.0), good(4.0)],
            "torch_eager": [good(1.0), good(16.0)],
            "torch_compile": [BAD, BAD],
        }
    }
    text = bench.report(results, {"cpu": "A", "cores": 2}, bench.parse(arguments))
    (row,) = [line for line in text.splitlines() if line.startswith("| text CNN")]
    cells = [cell.strip() for cell in row.split("|")[2:-1]]
    assert cells == ["3.00 (2.00-4.00)", "0.75", "1.12", "-", "1.50"]
    assert text.count("text, torch_compile failed: it broke") == 1
    assert "wall clock; 3 rounds; other programs kept 0.25 cores busy" in text
    assert "text: ours / best = 1.50 (aim: at most 1.00; missed)" in text
    # The version of the original is told, and not ours, which is a checkout.
    assert "jax 9.9" in text
    assert "theano 0.1" not in text
    by_cpu = bench.report(
        results, {"cpu": "A", "cores": 2}, bench.parse([*arguments, "--clock", "cpu"])
    )
    assert "| 6.00 (4.00-8.00) |" in by_cpu


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--contestants", "jax,nobody"], "nobody"),
        (["--cases", "tree"], "tree"),
        (["--rounds", "0"], "--rounds must be 1 or more, not 0"),
    ],
)
def test_bad_arguments_are_refused(arguments, said, capsys):
    with pytest.raises(SystemExit):
        bench.parse(arguments)
    assert said in capsys.readouterr().err


def test_results_that_differ_are_told_by_name():
    cost, change = np.float32(1), np.array([1, -2], "float32")
    expected = {"result 0 of call 0": cost, "change of w": change}

    def said(case="lenet", **found):
        names = {"cost": "result 0 of call 0", "w": "change of w"}
        return nnet_cases.difference(
            case, {**expected, **{names[k]: v for k, v in found.items()}}, expected
        )

    assert said() == ""
    assert said(cost=np.float32(1.0005), w=change * np.float32(1.01)) == ""
    assert said(cost=np.float32(1.01)).startswith("result 0 of call 0 is 0.01 off")
    assert said(w=change * np.float32(1.1)).startswith("change of w is 0.224 off")
    assert said(w=change[:1]) == "change of w is float32 (1,), not float32 (2,)"
    assert said(w=change * np.float32(np.nan)) == "change of w is not finite"
    # Masks differ, and so do steps; the cost is near.
    assert said("mnist", cost=np.float32(1.2), w=-change) == ""
    assert said("mnist", cost=np.float32(1.4)).startswith("result 0")
    assert nnet_cases.difference("lenet", {"change of w": change}, expected).startswith("there are")


def test_every_case_is_the_same_for_all_contestants():
    assert list(nnet_cases.CASES) == list(bench.CASES)
    for case in bench.CASES:
        first, second = (nnet_cases.problem(case, True) for _ in range(2))
        assert all(w.dtype.name == "float32" for w in first.weights.values())
        for a, b in ((first.weights, second.weights), (first.data, second.data)):
            assert list(a) == list(b)
            for name in a:
                np.testing.assert_equal(a[name], b[name])


def test_a_tiny_run(tmp_path):
    answer = tmp_path / "nnet.json"
    command = [sys.executable, bench.__file__, "--json", str(answer), "--small", "--rounds", "1"]
    command += ["--seconds", "0", "--cases", "resnet_step"]
    command += ["--contestants", "jax,ours,theano_1_0_5"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    measured = json.loads(answer.read_text())["cases"]["resnet_step"]
    assert set(measured) == {"jax", "ours", "theano_1_0_5"}
    for name in ("jax", "ours"):
        (record,) = measured[name]
        assert record["status"] == "ok"
        assert record["calls_timed"] == 1
        for key in ("ms_per_call", "compile_s", "import_s", "peak_mib"):
            assert record[key] > 0
    assert "theano_1_0_5 unavailable: no interpreter: give --theano-python PATH" in done.stdout
