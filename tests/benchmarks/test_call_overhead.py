"""The benchmark of call overheads: arithmetic on made-up records, and a tiny run."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from benchmarks import call_overhead as bench


def record(**times):
    return {"status": "ok", "us_per_call": {"one_update": times}}


RECORDS = {
    "ours": record(ours=[9.0, 5.0, 7.0], jax_jit=[4.5, 4.0, 8.0]),
    "pytensor": {"status": "unavailable", "reason": "no such library"},
}


def test_the_overhead_is_of_the_least_times():
    assert bench.overheads(bench.gather(RECORDS)) == {"one_update": 1.0}
    assert bench.overheads({}) == {}


def test_the_report_shows_least_and_median_and_what_is_missing():
    text = bench.report(bench.gather(RECORDS), RECORDS, {"cpu": "A", "cores": 2})
    rows = {line.split()[1]: line for line in text.splitlines() if line.startswith("|")}
    cells = [cell.strip() for cell in rows["ours"].split("|")[2:-1]]
    assert cells == ["-", "5.00 (7.00)", "-"]
    assert "pytensor unavailable: no such library" in text
    assert "count += 1: ours - jax_jit = 1.00 us (aim: at most 2; met)" in text
    assert "theano_1_0_5 (recorded)" in text


def test_an_aim_can_be_missed():
    times = {"ours": {"nothing": [9.0]}, "jax_jit": {"nothing": [4.0]}}
    text = bench.report(times, {}, {"cpu": "A", "cores": 2})
    assert "vector in: ours - jax_jit = 5.00 us (aim: at most 2; missed)" in text


@pytest.mark.parametrize("option", ["--rounds", "--calls"])
def test_bad_arguments_are_refused(option, capsys):
    with pytest.raises(SystemExit):
        bench.parse([option, "0"])
    assert f"{option} must be 1 or more, not 0" in capsys.readouterr().err


def test_a_tiny_run(tmp_path):
    answer = tmp_path / "calls.json"
    command = [sys.executable, bench.__file__, "--json", str(answer), "--rounds", "2"]
    command += ["--calls", "3", "--pytensor-python", str(tmp_path / "no-python-here")]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    measured = json.loads(answer.read_text())
    assert set(measured["us_per_call"]) == {"ours", "jax_jit", "jax_jit_read"}
    for name in ("ours", "jax_jit"):
        times = measured["us_per_call"][name]
        assert set(times) == set(bench.CASES)
        assert all(len(rounds) == 2 and min(rounds) > 0 for rounds in times.values())
    assert set(measured["us_per_call"]["jax_jit_read"]) == {"two_scalars"}
    assert set(measured["overhead_us"]) == set(bench.CASES)
    assert "jax" in measured["processes"]["ours"]["versions"]
    assert "no-python-here: No such file or directory" in done.stdout
    assert "theano_1_0_5 unavailable: no interpreter: give --theano-python PATH" in done.stdout
