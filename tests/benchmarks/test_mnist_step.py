"""The MNIST step benchmark: arithmetic on made-up records, and a tiny run of cheap contestants."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "mnist_step.py"
FIGURES = ("ms_per_step", "ms_p10", "ms_p90", "epoch_s", "import_s", "compile_s", "peak_mib")


def _load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up while it runs.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


bench = _load("benchmark_mnist_step", SCRIPT)
worker = _load("benchmark_mnist_worker", SCRIPT.parent / "contestants" / "worker.py")


def good(ms, **figures):
    record = {"status": "ok", "python": "3.11.0", "versions": {"numpy": "2.0"}, "steps_timed": 2}
    record |= {"ms_per_step": ms, "ms_p10": ms, "ms_p90": ms, "epoch_s": 0.468 * ms}
    record |= {"import_s": 0.5, "compile_s": 1.0, "predict_s": 0.25, "others_cores": 0.1}
    return record | figures


def bad(reason="no such library"):
    return {"status": "unavailable", "reason": reason, "stderr": ""}


def test_ratio_is_the_median_of_the_ratios_within_rounds():
    mine, base = [good(2.0), good(30.0), good(9.0)], [good(4.0), good(10.0), good(3.0)]
    assert bench.step_ratio(mine, base) == 3.0


def test_ratio_leaves_out_rounds_that_one_of_them_did_not_finish():
    assert bench.step_ratio([good(2.0), good(8.0)], [bad(), good(4.0)]) == 2.0
    assert bench.step_ratio([good(2.0), good(8.0)], [good(1.0)]) == 2.0
    assert bench.step_ratio([bad()], [good(1.0)]) is None
    assert bench.step_ratio([good(1.0)], []) is None


def test_summary_has_median_min_and_max_over_good_rounds():
    rounds = {"ours": [good(3.0), bad(), good(1.0), good(2.0)], "jax_jit": [good(4.0)] * 4}
    ours = bench.summarize(rounds)["ours"]
    assert [ours[label]["ms_per_step"] for label in ("median", "min", "max")] == [2.0, 1.0, 3.0]
    assert ours["ratio_to"] == {"ours": 1.0, "jax_jit": 0.5}
    assert ours["status"] == "unavailable"
    assert ours["reason"] == "no such library"


def test_a_contestant_that_was_never_reached_is_not_ok():
    entry = bench.summarize({"jax_jit": []})["jax_jit"]
    assert entry["status"] == "failed"
    assert entry["reason"] == "not run"


def test_aims_compare_ours_with_the_others():
    rounds = {"ours": [good(2.0, import_s=0.9)], "jax_jit": [good(2.5)], "torch_eager": [good(4.0)]}
    aims = {aim["aim"]: aim for aim in bench.check_aims(bench.summarize(rounds))}
    assert aims["step: ours / jax_jit"]["value"] == pytest.approx(0.8)
    assert aims["step: ours / jax_jit"]["met"]
    assert aims["step: ours / torch_eager"]["value"] == pytest.approx(0.5)
    assert not aims["step: ours / torch_eager"]["met"]
    assert aims["import s: ours - jax_jit"]["value"] == pytest.approx(0.4)
    assert not aims["import s: ours - jax_jit"]["met"]
    assert aims["compile s: train and predict of ours"]["value"] == pytest.approx(1.25)
    assert "step: ours / ours_no_dropout" not in aims


def test_table_columns_are_as_wide_as_their_widest_cell():
    assert bench.table([["name", "ms"], ["a", "12.50"]]).splitlines() == [
        "| name |    ms |",
        "| ---- | ----: |",
        "| a    | 12.50 |",
    ]


def test_report_shows_ranges_ratios_and_reasons():
    rounds = {
        "ours": [good(2.0), good(4.0)],
        "jax_jit": [good(4.0), good(8.0)],
        "pytensor": [bad()],
    }
    options = bench.parse(["--synthetic", "--rounds", "2"])
    text = bench.report(bench.summarize(rounds), bench.machine(), options)
    speed = {line.split()[1]: line for line in reversed(text.splitlines()) if line.startswith("|")}
    assert [cell.strip() for cell in speed["ours"].split("|")[1:-1]] == [
        *("ours", "3.00 (2.00-4.00)", "3.00", "3.00", "1.40 (0.94-1.87)", "1.00", "0.50", "0.10")
    ]
    assert "pytensor unavailable: no such library" in text
    assert "step: ours / jax_jit: 0.50 (aim: at most 0.85; met)" in text
    assert "float64 batches" in text


@pytest.mark.parametrize(("percent", "expected"), [(0, 1.0), (10, 1.4), (50, 3.0), (90, 4.6)])
def test_percentiles(percent, expected):
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert worker.percentile(values, percent) == pytest.approx(expected)
    assert worker.percentile(values, percent) == pytest.approx(np.percentile(values, percent))


def test_a_worker_that_dies_is_a_failure_with_its_last_words():
    record = bench.parse_answer(-9, "", "one\nout of memory\n")
    assert record["status"] == "failed"
    assert record["reason"] == "exit status -9: out of memory"


@pytest.mark.parametrize(
    ("others", "max_others", "taken", "runs"),
    [
        ([0.9], None, 0, 1),
        ([0.05], 0.1, 0, 1),
        ([0.9, 0.1], 0.1, 1, 2),
        ([0.9, 0.3, 0.5], 0.1, 1, 3),
        ([None], 0.1, 0, 1),
    ],
)
def test_a_disturbed_run_is_repeated_twice_at_most(others, max_others, taken, runs):
    # Times fall from run to run: the choice must not follow them.
    records = [good(9.0 - k, others_cores=value) for k, value in enumerate(others)]
    answers = iter(records)
    assert bench.run_undisturbed(lambda: next(answers), max_others) is records[taken]
    assert len(list(answers)) == len(records) - runs


def test_a_run_that_failed_is_not_repeated():
    failure = bad()
    assert bench.run_undisturbed(lambda: failure, 0.1) is failure


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--contestants", "jax_jit,nobody"], "nobody"),
        (["--contestants", ","], "names"),
        (["--steps", "0"], "--steps must be 1 or more, not 0"),
    ],
)
def test_bad_arguments_are_refused(arguments, said, capsys):
    with pytest.raises(SystemExit):
        bench.parse(arguments)
    assert said in capsys.readouterr().err


def test_epochs_win_over_steps():
    assert bench.parse(["--epochs", "2", "--steps", "5"]).steps == 936


@pytest.fixture(scope="module")
def tiny_run(tmp_path_factory):
    """Two steps of two contestants that need JAX alone, and two that cannot be had."""
    answer = tmp_path_factory.mktemp("benchmark") / "step.json"
    command = [sys.executable, str(SCRIPT), "--synthetic", "--json", str(answer)]
    command += ["--rounds", "2", "--steps", "2", "--warmup", "1"]
    command += ["--contestants", "jax_jit,floor,theano_1_0_5,pytensor"]
    command += ["--pytensor-python", str(answer.parent / "no-python-here")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done, json.loads(answer.read_text())


def test_tiny_run_measures_every_figure(tiny_run):
    _, measured = tiny_run
    for name in ("jax_jit", "floor"):
        entry = measured["contestants"][name]
        assert entry["status"] == "ok"
        assert len(entry["rounds"]) == 2
        for key in FIGURES:
            assert 0 < entry["min"][key] <= entry["median"][key] <= entry["max"][key]
        assert entry["rounds"][0]["ms_p10"] <= entry["rounds"][0]["ms_p90"]
        assert entry["rounds"][0]["steps_timed"] == 2
        assert "jax" in entry["rounds"][0]["versions"]
    assert measured["contestants"]["jax_jit"]["median"]["first_cost"] == pytest.approx(
        np.log(10), abs=0.02
    )
    assert measured["contestants"]["jax_jit"]["ratio_to"] == {"jax_jit": 1.0}
    assert measured["contestants"]["floor"]["ratio_to"]["jax_jit"] > 0
    assert measured["settings"] == {
        "rounds": 2,
        "steps": 2,
        "warmup": 1,
        "synthetic": True,
        "cold": False,
        "max_others": None,
        "threads": measured["settings"]["threads"],
    }
    assert measured["machine"]["cpu"]
    assert measured["machine"]["cores"]


def test_tiny_run_names_what_could_not_run(tiny_run):
    done, measured = tiny_run
    theano, pytensor = (measured["contestants"][name] for name in ("theano_1_0_5", "pytensor"))
    assert theano["status"] == pytensor["status"] == "unavailable"
    assert "theano_1_0_5 unavailable: no interpreter: give --theano-python PATH" in done.stdout
    assert "no-python-here: No such file or directory" in done.stdout


def test_tiny_run_interleaves_and_reports_progress(tiny_run):
    done, _ = tiny_run
    started = [line.split()[3] for line in done.stderr.splitlines() if line.endswith(" ...")]
    assert started == ["jax_jit", "floor", "theano_1_0_5", "pytensor"] * 2
    assert "[5/8] round 2 jax_jit:" in done.stderr


def test_a_library_that_is_missing_is_told_from_one_that_is_broken(tmp_path):
    data = tmp_path / "digits.npz"
    np.savez(data, pixels=np.zeros((128, 784), np.uint8), digits=np.zeros(128, np.uint8))
    folder = SCRIPT.parent / "contestants"
    for source, status, reason in (
        ("import library_that_is_not_there", "unavailable", "library_that_is_not_there"),
        ("import json.part_that_is_not_there", "failed", "json.part_that_is_not_there"),
        ("print('noise')\n1 / 0", "failed", "ZeroDivisionError: division by zero"),
    ):
        (tmp_path / "probe.py").write_text(source)
        command = [sys.executable, str(folder / "worker.py"), "probe", "--data", str(data)]
        command += ["--steps", "1", "--warmup", "0", "--threads", "1"]
        done = subprocess.run(
            command, capture_output=True, text=True, env={"PYTHONPATH": str(tmp_path)}, timeout=60
        )
        record = json.loads(done.stdout)
        assert record["status"] == status, done.stderr
        assert reason in record["reason"]
