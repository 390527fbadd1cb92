"""Every rule has a program that is wrong, slow or large without it, and right with it."""

import math

import numpy as np
import pytest

from benchmarks import rewrites as bench
from theano.rewriting import Query, optdb

MEANT = {"inline_ofg_expansion", "local_ultra_fast_sigmoid", "local_hard_sigmoid"}
"""Rules that do as the user says, and need no other reason."""


def test_every_rule_is_measured():
    stages = optdb.query(Query().including(*MEANT))
    rules = [rule for stage in stages for rule in (*stage.node_rules, *stage.graph_rules)]
    # Other tests may have registered rules of their own.
    ours = {rule.name for rule in rules if rule.function.__module__.startswith("theano.")}
    assert ours - MEANT == {*bench.SAFE, *bench.FAST, *bench.FORMS}


@pytest.mark.parametrize("name", bench.SAFE)
def test_a_program_is_exact_with_its_rule_and_wrong_without(name):
    program = bench.SAFE[name]()
    assert bench.error_of(program) < 1e-15
    assert bench.error_of(program, linker="py") < 1e-15
    assert bench.is_wrong(bench.error_of(program, [name], linker="py"))


@pytest.mark.parametrize("name", bench.FAST)
def test_a_program_computes_the_same_without_its_rule(name):
    functions = []
    for without in ([], [name]):
        program = bench.FAST[name](small=True)
        functions.append(bench.compiled(program, without))
    after, before = functions
    assert str(before.maker.fgraph) != str(after.maker.fgraph)
    wanted, got = (
        np.concatenate([np.ravel(z) for z in as_list(f(*program.arguments))]) for f in functions
    )
    np.testing.assert_allclose(got, wanted, rtol=1e-5)


def as_list(results):
    return results if isinstance(results, list) else [results]


def test_the_report(capsys):
    assert bench.main(["--rules", "fuse_log1p", "shapes_without_values", "--rounds", "1"]) == 0
    out = capsys.readouterr().out
    assert "| `fuse_log1p` " in out
    assert "| `shapes_without_values` " in out
    assert bench.is_wrong(math.nan)


def test_unknown_rules_are_refused(capsys):
    with pytest.raises(SystemExit):
        bench.parse(["--rules", "drop_everything"])
    assert "no ['drop_everything']" in capsys.readouterr().err
