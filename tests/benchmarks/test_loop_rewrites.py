"""Steps of the rule for loops are left out, and what is computed stays."""

import json

import pytest

from benchmarks import loop_rewrites as bench


@pytest.mark.parametrize("step", bench.STEPS, ids=[step.name for step in bench.STEPS])
def test_steps_are_left_out_for_a_while(step):
    original = getattr(step.module, step.name)
    with bench.left_out(step.module, step):
        assert getattr(step.module, step.name) is step.instead
    assert getattr(step.module, step.name) is original


def test_the_report(capsys, tmp_path):
    path = tmp_path / "found.json"
    options = ["--small", "--rounds", "1", "--steps", "split_after", "--json", str(path)]
    assert bench.main(options) == 0
    assert "| `split_after`: what no state needs is computed after | " in capsys.readouterr().out
    found = json.loads(path.read_text())["split_after"]
    assert found["case"] == "gru"
    assert len(found["ms"]) == 2


def test_unknown_steps_are_refused(capsys):
    with pytest.raises(SystemExit):
        bench.parse(["--steps", "unroll"])
    assert "unroll" in capsys.readouterr().err
