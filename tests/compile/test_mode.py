"""Modes: names, linkers, optimizers, and what they do to a graph."""

from __future__ import annotations

import pickle

import pytest

import theano.tensor as T
from theano import config, function
from theano.compile import FAST_COMPILE, FAST_RUN, Mode, get_default_mode, get_mode
from theano.compile import mode as mode_module
from theano.rewriting import Query

x = T.dscalar("x")


def n_nodes(mode):
    twice = (x + 1) * (x + 1)
    f = function([x], twice, mode=mode)
    assert f(2) == 9
    return len(f.maker.fgraph.apply_nodes)


def test_names():
    assert get_mode("FAST_RUN") is FAST_RUN
    assert get_mode("FAST_COMPILE") is FAST_COMPILE
    mode = Mode("py")
    assert get_mode(mode) is mode


@pytest.mark.parametrize("wrong", ["FOO", "fast_run", 3])
def test_unknown_names(wrong):
    with pytest.raises(ValueError, match=f"(?s)unknown mode.*FAST_RUN, FAST_COMPILE.*{wrong}"):
        function([x], x, mode=wrong)


def test_the_default_follows_the_flags(monkeypatch):
    config.mode = "FAST_COMPILE"
    assert get_default_mode() is FAST_COMPILE
    config.mode = "Mode"
    config.linker, config.optimizer = "py", "fast_compile"
    # These can only be set before the first import.
    monkeypatch.setitem(vars(config), "optimizer_excluding", "a:b")
    monkeypatch.setitem(vars(config), "optimizer_including", "c")
    monkeypatch.setitem(vars(config), "optimizer_requiring", "d")
    mode = get_mode(None)
    assert mode.on_host
    assert mode.optimizer == "fast_compile"
    assert (mode.included, mode.excluded, mode.required) == (("c",), ("a", "b"), ("d",))


@pytest.mark.parametrize("linker", ["py", "c", "c|py", "cvm", "vm", "vm_nogc", "xla"])
def test_linkers(linker):
    assert Mode(linker).on_host == (linker == "py")


@pytest.mark.parametrize("arguments", [{"linker": "bogus"}, {"optimizer": "bogus"}])
def test_unknown_linkers_and_optimizers(arguments):
    with pytest.raises(ValueError, match=r"(?s)unknown.*expected.*got: +bogus"):
        Mode(**arguments)


@pytest.mark.parametrize("linker", ["py", "cvm"])
@pytest.mark.parametrize(("optimizer", "expected"), [("fast_compile", 2), ("None", 3), (None, 3)])
def test_optimizers(linker, optimizer, expected):
    assert n_nodes(Mode(linker, optimizer)) == expected


def test_all_rewrites_do_no_less():
    assert n_nodes("FAST_RUN") <= n_nodes("FAST_COMPILE") < n_nodes(Mode("cvm", None))


def test_tags_are_added_and_left_out():
    mode = FAST_RUN.including("mine").excluding("stabilize")
    assert mode is not FAST_RUN
    assert (mode.included, mode.excluded) == (("mine",), ("stabilize",))
    assert (FAST_RUN.included, FAST_RUN.excluded) == ((), ())
    assert mode.query == Query().including("mine").excluding("stabilize")
    assert Mode(optimizer=None).query is None
    assert n_nodes(FAST_RUN.excluding("merge")) >= n_nodes(FAST_RUN)


def test_a_mode_can_be_printed_and_pickled():
    mode = Mode("py", "fast_compile").excluding("merge")
    assert str(mode) == "Mode(linker='py', optimizer='fast_compile')"
    again = pickle.loads(pickle.dumps(mode))
    assert (again.linker, again.optimizer, again.excluded) == ("py", "fast_compile", ("merge",))


def test_a_long_chain_compiles_without_recursion():
    e = x
    for _ in range(20_000):
        e = e + 1
    f = function([x], e, mode=Mode("py", "fast_compile"))
    assert f(1) == 20_001
    assert len(f.maker.fgraph.apply_nodes) == 20_000


def test_a_chain_on_the_device():
    e = x
    for _ in range(300):
        e = T.tanh(e)
    assert 0 < function([x], e, mode="FAST_COMPILE")(1) < 0.1


def test_a_mode_that_is_now_an_option_is_explained():
    with pytest.raises(ValueError, match="profile=True"):
        get_mode("ProfileMode")


def test_the_default_mode_under_its_old_name():
    assert mode_module.instantiated_default_mode.optimizer == config.optimizer
    assert mode_module.predefined_modes["FAST_RUN"] is FAST_RUN
