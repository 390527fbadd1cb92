"""Profiles: what is counted, and what the text says."""

from __future__ import annotations

import atexit
import io
import pickle

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano import ProfileStats, as_op, function
from theano.compile.profiling import ProfiledFunction, seconds_of_nodes
from theano.compile.profiling.costs import costs_of, product_flops, product_speed

x = T.fmatrix("x")
ONES = np.ones((30, 40), "float32")


def text_of(stats, **options):
    file = io.StringIO()
    stats.summary(file, **options)
    return file.getvalue()


@as_op(itypes=[T.fmatrix], otypes=[T.fmatrix])
def on_host(value):
    return value + 1


@pytest.fixture(scope="module")
def profiled():
    weights = theano.shared(np.ones((40, 50), "float32"), "weights")
    stats = ProfileStats(atexit_print=False)
    f = function(
        [x],
        T.dot(on_host(x), weights),
        updates=[(weights, weights * 2)],
        profile=stats,
        name="product",
    )
    for _ in range(3):
        f(ONES)
    return f


def test_calls_and_times(profiled):
    stats = profiled.profile
    assert isinstance(profiled, ProfiledFunction)
    assert stats.fct_callcount == 3
    assert 0 < stats.host_time < stats.vm_call_time < stats.fct_call_time
    assert 0 < stats.optimizer_time < stats.compile_time
    assert stats.linker_time == sum(
        c.trace_seconds + c.compile_seconds for c in profiled.compilations
    )
    (node,) = stats.apply_time
    assert stats.apply_callcount[node] == 3
    assert stats.apply_bytes[node] == ONES.nbytes
    assert list(stats.class_time()) == [type(node.op)]
    assert list(stats.op_time()) == [node.op]


def test_the_text(profiled):
    text = text_of(profiled.profile)
    for part in (
        "Profile of product\n==================\n",
        "Calls: 3, ",
        "programs of XLA",
        "nodes on the host",
        "Compiling: 1 program (",
        "Program 0, for inputs of shapes 40x50 30x40",
        "memory: arguments 12.5 KiB, results ",
        " (7.812 KiB of them in the memory of arguments)",
        "floor: at ",
        "3 times  ",
        "on_host",
        "[test_profiling.py:",
    ):
        assert part in text, f"{part!r} is not in\n{text}"


def test_products_of_matrices_are_counted(profiled):
    (part,) = profiled.executor.parts
    (executable,) = part.executables.values()
    costs = costs_of(executable.compiled)
    assert costs.product_flops == 2 * 30 * 40 * 50
    assert costs.product_flops <= costs.flops < 1.2 * costs.product_flops
    assert costs.bytes_at_once >= costs.arguments + costs.results - costs.in_place
    assert product_speed() > 1e7
    assert product_flops("") == 0


def test_several_functions_may_share_a_profile():
    stats = ProfileStats(atexit_print=False, message="both")
    f, g = (function([x], x + k, profile=stats, name="f", mode="FAST_COMPILE") for k in (1, 2))
    f(ONES)
    g(ONES)
    assert stats.fct_callcount == 2
    assert list(stats.executors) == ["f", "f'"]
    text = text_of(stats)
    assert text.startswith("Profile of both\n")
    assert "Compiling: 2 programs" in text
    assert "Program 1" in text
    copy = pickle.loads(pickle.dumps(f))
    np.testing.assert_array_equal(copy(ONES), ONES + 1)
    assert f.copy().profile is None
    assert f.copy(profile=stats).profile is stats


def test_node_by_node(capsys):
    f = function([x], T.tanh(T.dot(x, x.T)) + 1, profile="nodes", name="gram")
    f(ONES)
    with theano.change_flags(profile_memory=True):
        text = text_of(f.profile, n_ops_to_print=2, n_apply_to_print=1)
    for part in ("gram, node by node", "between nodes", "By op", "By node", " more\n", "4.688 KiB"):
        assert part in text, f"{part!r} is not in\n{text}"
    assert not f.compilations
    assert any("dot" in str(op) for op in f.profile.op_time())
    atexit.unregister(f.profile.print_at_exit)
    f.profile.print_at_exit()
    assert "gram, node by node" in capsys.readouterr().err


def test_times_of_the_nodes_of_a_function(profiled):
    """What runs is a copy: its nodes are found again, unless there are other numbers of them."""
    (seconds,) = profiled.profile.apply_time.values()
    ((node, found),) = seconds_of_nodes(profiled.profile, profiled.maker.fgraph).items()
    assert node in profiled.maker.fgraph.apply_nodes
    assert found == seconds > 0
    stats = ProfileStats(atexit_print=False, flag_time_thunks=True)
    stats.runs_by_node = True
    v = T.fvector("v")
    total, _ = theano.scan(lambda e, t: t + e, v, np.float32(0))
    f = function([v], [T.exp(total), T.exp(v)], profile=stats)
    f(np.ones(3, "float32"))
    times = seconds_of_nodes(stats, f.maker.fgraph)
    assert times.keys() == f.maker.fgraph.apply_nodes
    assert sum(times.values()) == stats.host_time
    both = [node for node in f.maker.fgraph.apply_nodes if "exp" in str(node.op)]
    assert len(both) == 2
    g = function([v], T.exp(v))
    assert not seconds_of_nodes(stats, g.maker.fgraph)


def test_flags(tmp_path):
    path = tmp_path / "profile.txt"
    flags = {"profile": True, "profiling.ignore_first_call": True, "profiling.time_thunks": False}
    with theano.change_flags(flags):
        f = function([x], on_host(x) * 2, name="doubled")
        atexit.unregister(f.profile.print_at_exit)
        f(ONES)
        assert f.profile.fct_callcount == 0
        f(ONES)
    assert f.profile.fct_callcount == 1
    assert not f.profile.apply_time
    with theano.change_flags(
        {"profiling.destination": str(path), "profiling.output_line_width": 30}
    ):
        f.profile.print_at_exit()
    lines = path.read_text().splitlines()
    assert lines[0] == "Profile of doubled"
    assert max(map(len, lines)) == 30
    assert function([x], x + 1).profile is None


def test_what_is_no_profile_is_refused():
    with pytest.raises(ValueError, match=r"(?s)unknown kind of profile.*expected: +True, False"):
        function([x], x, profile=3)
