"""``Print`` and ``PdbBreakpoint``: identities that a user watches a function with."""

from __future__ import annotations

import pdb
import pickle

import numpy as np
import pytest
from tests.checks import HOST, check_op, check_raises

import theano
import theano.tensor as T
from theano import function, grad, shared
from theano.printing import Print
from theano.printing import breakpoints as breakpoints_module
from theano.tests.breakpoint import PdbBreakpoint

x, s = T.dvector("x"), T.dscalar("s")


@pytest.mark.parametrize("mode", [None, HOST], ids=["compiled", "host"])
def test_it_prints_once_per_evaluation(mode, capsys):
    w = shared(np.ones(2), "w")
    shown = Print("seen", attrs=("shape", "sum", "__str__"))(x * w)
    cost = (shown**2).sum()
    f = function([x], [cost, shown * 2], updates=[(w, w - grad(cost, w))], mode=mode)
    assert capsys.readouterr().out == ""
    for product in ("[1. 2.]", "[-1. -14.]"):
        cost_value, _ = f([1.0, 2.0])
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "seen shape = (2,)"
        assert lines[1].startswith("seen sum = ")
        assert lines[2].replace(" ", "") == f"seen__str__={product}".replace(" ", "")
        assert len(lines) == 3
    assert cost_value == 197


def test_facets(rng, capsys):
    check_op(Print("x"), [rng.normal(size=3)], lambda a: a, compiled=False)
    capsys.readouterr()


def test_constants_are_printed_at_each_call(capsys):
    f = function([], Print("two")(T.constant(2.0)) * 3)
    for _ in range(2):
        assert f() == 6
        assert capsys.readouterr().out == "two __str__ = 2.0\n"


def test_a_function_in_place_of_printing():
    seen = []
    op = Print("message", global_fn=lambda op, value: seen.append((op.message, value.sum())))
    function([x], op(x) * 2)([1.0, 2.0])
    assert seen == [("message", 3.0)]


def test_print_in_a_loop(capsys):
    total, _ = theano.foldl(lambda e, t: t + Print("e")(e), x, T.constant(0.0, dtype="float64"))
    assert function([x], total)([1.0, 2.0]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert list(dict.fromkeys(lines)) == ["e __str__ = 1.0", "e __str__ = 2.0"]


def test_equality_and_pickles():
    op = Print("a", attrs=["shape"])
    assert op == Print("a", attrs=("shape",)) == pickle.loads(pickle.dumps(op))
    assert op != Print("b", attrs=("shape",))


class TestBreakpoint:
    @pytest.fixture
    def visits(self, monkeypatch):
        """Stand in for a debugger whose user doubles what is monitored."""
        found = []

        def set_trace():
            import sys  # noqa: PLC0415

            frame = sys._getframe(1)
            while "monitored" not in frame.f_locals:
                frame = frame.f_back
            found.append([m.copy() for m in frame.f_locals["monitored"]])
            frame.f_locals["monitored"][0] *= 2

        monkeypatch.setattr(breakpoints_module, "DEBUGGERS", ("pdb",))
        monkeypatch.setattr(pdb, "set_trace", set_trace)
        return found

    def test_it_stops_where_the_condition_holds(self, visits, capsys):
        y, t = PdbBreakpoint("too large")(T.gt(x.sum(), 5), x * 2, s)
        f = function([x, s], [y, t])
        first, second = f([1.0, 2.0], 3.0)
        assert (first.tolist(), second) == ([2, 4], 3)
        assert not visits
        first, second = f([3.0, 4.0], 3.0)
        assert (first.tolist(), second) == ([12, 16], 3)
        assert visits[0][0].tolist() == [6, 8]
        assert "'too large'" in capsys.readouterr().out

    def test_facets(self, rng):
        check_op(
            lambda a, b: PdbBreakpoint("never")(T.constant(False), a, b),
            [rng.normal(size=3), rng.normal(size=(2, 2))],
            lambda a, b: [a, b],
            compiled=False,
        )
        node = PdbBreakpoint("never")(s, x, s)[0].owner
        assert node.op.connection_pattern(node) == [[False] * 2, [True, False], [False, True]]

    def test_the_condition_is_a_scalar(self):
        with check_raises(TypeError, "'stop'", "no scalar", "`x`", "any or all"):
            PdbBreakpoint("stop")(x, x)
