"""The benchmark of compile times: arithmetic on made-up records, and a tiny run."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from benchmarks import compile_time as bench


def record(nodes, seconds, **figures):
    times = dict.fromkeys((*bench.FITTED, "graph_s", "first_call_s"), seconds)
    return {"status": "ok", "nodes": nodes, "nodes_after": nodes // 2, **times, **figures}


def test_the_exponent_is_the_slope_of_the_logarithms():
    squares = [record(n, 1e-6 * n**2) for n in (10, 100, 1000)]
    assert bench.exponent(squares, "total_s") == pytest.approx(2)
    assert bench.exponent(squares[:1], "total_s") is None
    assert bench.exponent([*squares, {"status": "failed"}], "total_s") == pytest.approx(2)
    assert bench.exponent(squares, "compiling_s") is None


def test_the_report_shows_growth_and_what_is_missing():
    results = {
        "ours": {"mlp-1": record(100, 1.0), "mlp-2": record(400, 4.0)},
        "pytensor": {"mlp-1": {"status": "unavailable", "reason": "no such library"}},
    }
    text = bench.report(results, {"cpu": "A", "cores": 2, "load_average": None}, "dense")
    assert "growth of ours, mlp: graph_cpu 1.00, rewriting 1.00, total 1.00" in text
    assert "pytensor mlp-1 unavailable: no such library" in text
    assert "|       - |" in text


def test_unknown_programs_are_named(capsys):
    for wrong in ("mlp", "tree-3", "resnet-x"):
        with pytest.raises(SystemExit):
            bench.parse(["--programs", wrong])
        assert repr(wrong) in capsys.readouterr().err


@pytest.fixture(scope="module")
def tiny_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compile_time")
    command = [sys.executable, bench.__file__, "--programs", "mlp-1,mlp-2,resnet-11,resnet-12"]
    command += ["--contestants", "ours,pytensor", "--pytensor-python", str(folder / "no-python")]
    command += ["--json", str(folder / "all.json"), "--plot", str(folder / "all.png")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads((folder / "all.json").read_text()), folder / "all.png"


def test_a_tiny_run_measures_every_figure(tiny_run):
    text, everything, picture = tiny_run
    ours = everything["contestants"]["ours"]
    for program in ("mlp-1", "mlp-2", "resnet-11"):
        figures = ours[program]
        assert figures["status"] == "ok"
        assert figures["nodes"] > figures["nodes_after"] > 50
        for name in (*bench.FITTED, "tracing_s", "compiling_s", "first_call_s"):
            assert figures[name] > 0
        assert figures["rewriting_s"] < figures["total_s"]
        assert 2 < figures["cost"] < 10
    assert ours["mlp-2"]["nodes"] > ours["mlp-1"]["nodes"]
    assert "growth of ours, mlp:" in text
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_tiny_run_names_what_could_not_run(tiny_run):
    text, everything, _ = tiny_run
    assert "the depth of a residual network is 2 + 9 n, not 12" in text
    assert everything["contestants"]["pytensor"]["mlp-1"]["status"] == "unavailable"


def test_every_recorded_figure_is_of_a_program_that_ran():
    recorded = json.loads(bench.RECORDED.read_text())
    for program in bench.PROGRAMS:
        figures = recorded["dense"][program]
        assert figures["version"].startswith("1.0.5")
        assert figures["total_s"] > figures["rewriting_s"] > 0
