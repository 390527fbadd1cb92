"""Graphs at random, a few: ``python -m tests.fuzz`` tries as many as one likes."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fuzz.batches import QUICKLY, differences, program_number
from tests.fuzz.generate import Generator
from tests.fuzz.programs import Program
from tests.fuzz.reducing import reduced

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
