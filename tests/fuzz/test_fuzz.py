"""Graphs at random, a few: ``python -m tests.fuzz`` tries as many as one likes."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fuzz.batches import QUICKLY, differences, program_number
from tests.fuzz.comparing import Tolerance
from tests.fuzz.generate import Generator
from tests.fuzz.programs import Program
from tests.fuzz.reducing import reduced
from tests.fuzz.running import REFERENCE, outcomes

import theano.scalar.exponential as exponential
from theano.runtime.executable import COMPILER_OPTIONS


@pytest.fixture(autouse=True)
def _compiled_quickly(monkeypatch):
    for name, value in QUICKLY.items():
        monkeypatch.setitem(COMPILER_OPTIONS["cpu"], name, value)


def made(random: Random) -> Program:
    return Generator(random, random.randint(1, 8)).program


programs = st.randoms(use_true_random=False).map(made)


@settings(
    max_examples=3,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(programs, min_size=8, max_size=8))
def test_all_ways_of_running_a_graph_agree(several):
    found, _ = differences(several)
    assert not found, "\n\n".join(f"# {found[k]}\n{several[k]}" for k in found)


def test_a_number_means_one_program():
    assert program_number(7, 3, 0.2) == program_number(7, 3, 0.2)
    assert program_number(7, 3, 0.2) != program_number(7, 4, 0.2)


def test_how_well_a_result_is_known():
    program = Program.of(
        """
        x0 = given(array("float64", [0.1, 1.5, 1e8]))
        x1 = given(array("float64", [0.7, 0.25, 1e8]))
        x2 = given(array("float64", [[inf], [1e7]]))
        x3 = given(array("float64", [[0.0, 0.3]]))
        v4 = T.exp(x0[:2]) + 1
        v5 = T.sin(x0) - T.sin(x0 + 1e-9)
        v6 = (x1[1:2] + 2) * 1.5
        v7 = T.dot(x2, x3)
        v8 = T.exp(T.log(x0[1:2] * 2))
        result(v4, v5, v6, v7, T.ceil(v8), v8 > 3)
        """
    )
    tolerance = Tolerance(program, outcomes([program], REFERENCE)[0])
    tolerance.add(20)
    eps = np.finfo("float64").eps
    function, cancelling, exact, product, decided, _ = tolerance.spread
    assert (function <= 8 * eps * abs(tolerance.reference[0])).all()
    assert (cancelling > 0).all()
    assert (cancelling < [8 * eps, 8 * eps, 8e8 * eps]).all()
    assert not exact.any()
    assert 0 < product[1, 1] <= 4 * eps * 3e6
    # A BLAS may leave infinity times zero out, and may not.
    assert tolerance.changes[3][0, 0] or np.isnan(tolerance.reference[3][0, 0])
    assert not tolerance.changes[3].flatten()[1:].any()
    assert decided[0] >= 1
    assert tolerance.changes[5][0]


def test_a_wrong_lowering_is_found_and_the_program_made_short(monkeypatch):
    lower = exponential.Exp.lower
    monkeypatch.setattr(exponential.Exp, "lower", lambda *x: lower(*x) * (1 + 1e-10))
    program = Program.of(
        """
        x0 = given(array("float64", [0.5, 1.5]))
        x1 = given(array("int32", [1, 2]))
        v2 = x0 + x1
        v3 = T.exp(v2)
        v4 = v3[::-1] - 1
        result(v4, x1)
        """
    )
    found, _ = differences([program])
    assert found[0].kind == "value"
    assert str(reduced(program)) == (
        'v2 = given(array("float64", [1.5, 3.5]))\nv3 = T.exp(v2)\nresult(v3)'
    )
