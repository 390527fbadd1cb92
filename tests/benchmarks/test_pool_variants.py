"""The comparison of ways to pool: a tiny run."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks import pool_variants as bench


def test_a_tiny_run(tmp_path, capsys):
    file = tmp_path / "pool.json"
    bench.main(["--small", "--turns", "2", "--json", str(file)])
    cases = json.loads(file.read_text())["cases"]
    assert [len(turns) for turns in cases[0]["seconds"]["forward"].values()] == [2] * 4
    assert "reshaped" not in cases[1]["seconds"]["forward"]
    text = capsys.readouterr().out
    for name in (*bench.FORWARD, *bench.BACKWARD):
        assert name in text


def test_ways_must_agree():
    case = bench.SMALL[0]
    ways = {"one": lambda x, _: x, "other": lambda x, _: x + np.float32(1)}
    with pytest.raises(AssertionError):
        bench.compare(ways, case, [np.zeros(case.shape, "float32")], 1)
