"""Graphs as text, line by line as Theano 1.0.5 prints them."""

from __future__ import annotations

import io

import numpy as np
from tests.checks import check_raises

import theano
import theano.tensor as T
from theano import In, Out, function, shared
from theano.printing import debugprint

x, y = T.dscalar("x"), T.dscalar("y")
ADD, MUL = "Elemwise{add,no_inplace}", "Elemwise{mul,no_inplace}"


def text(obj, **options):
    return debugprint(obj, file="str", **options)


def test_a_tree():
    v = T.dvector("v")
    assert text(x * v + x).splitlines() == [
        f"{ADD} [id A] ''   ",
        f" |{MUL} [id B] ''   ",
        " | |InplaceDimShuffle{x} [id C] ''   ",
        " | | |x [id D]",
        " | |v [id E]",
        " |InplaceDimShuffle{x} [id F] ''   ",
        "   |x [id D]",
    ]


def test_what_was_printed_is_not_opened_again():
    e = x + y
    e.name = "sum"
    assert text(e * e).splitlines() == [
        f"{MUL} [id A] ''   ",
        f" |{ADD} [id B] 'sum'   ",
        " | |x [id C]",
        " | |y [id D]",
        f" |{ADD} [id B] 'sum'   ",
    ]
    assert text([e, e]).count(" |x") == 1


def test_depth_and_names():
    e = x + y
    e.name = "sum"
    assert text(e, depth=0) == ""
    assert len(text(e * 2, depth=1).splitlines()) == 1
    assert len(text(e * 2, depth=2).splitlines()) == 3
    assert " |x" not in text(e * 2, stop_on_name=True)
    for depth in (1.5, "1", True):
        with check_raises(TypeError, "no integer"):
            text(e, depth=depth)


def test_marks():
    assert text(x + y, ids="int") == f"{ADD} [id 0] ''   \n |x [id 1]\n |y [id 2]\n"
    assert text(x + y, ids="") == f"{ADD}  ''   \n |x \n |y \n"
    assert text(x, ids="id") == f"x [id {id(x)}]\n"
    with check_raises(ValueError, "'CHAR'", "'both'"):
        text(x, ids="both")


def test_marks_after_the_alphabet():
    """Theano counts with letters for digits, so that BA follows Z."""
    lines = text([T.dscalar(f"v{i}") for i in range(704)]).splitlines()
    assert [lines[i].split("[id ")[1] for i in (0, 25, 26, 27, 51, 52, 675, 676, 703)] == [
        *("A]", "Z]", "BA]", "BB]", "BZ]", "CA]", "ZZ]", "BAA]", "BBB]")
    ]


def test_calls_that_share_their_marks():
    e, done, used = x + y, {}, {}
    first = text(e, done=done, used_ids=used)
    assert text(e, done=done) == first.splitlines()[0] + "\n"
    assert "[id D]" in text(e * y, done=done)
    assert done[x] == used[x] == "[id B]"


def test_types():
    lines = text(x + y, print_type=True).splitlines()
    assert lines[0] == f"{ADD} [id A] <TensorType(float64, scalar)> ''   "
    assert lines[1] == " |x [id B] <TensorType(float64, scalar)>"


def test_several_outputs_and_constants():
    first, second = T.split(T.dvector("v"), [1, 1], 2)
    lines = text([first, second * 2]).splitlines()
    assert ".0 [id A]" in lines[0]
    assert ".1 [id A]" in "".join(lines)
    assert any("TensorConstant{2}" in line for line in lines)


def test_functions():
    """The number of each node follows, and what it ends with where storage is to be shown."""
    s = shared(np.array(1.0), "s")
    f = function([x], [x * s, T.exp(x * s)], updates=[(s, s + x)], mode="FAST_COMPILE")
    assert text(f) == text(f.maker.fgraph)
    numbers = {line.split("''   ")[1] for line in text(f).splitlines() if "''" in line}
    assert numbers == {"0", "1", "2"}
    assert text(f, ids="", print_storage=True).splitlines()[1] == " |x  [None]"
    clients = text(f, print_clients=True)
    assert "clients:[('output', ''), ('[id " in clients
    assert text(s + x, print_clients=True) == text(s + x)


def test_what_can_be_printed():
    assert text((x + y).owner) == text(x + y)
    assert text([x, [y]]) == text((x, y)) == "x [id A]\ny [id B]\n"
    assert text([In(x), Out(y)]) == "x [id A]\ny [id B]\n"
    assert text([3, np.array([1, 2])]) == "3\n[1 2]\n"
    for wrong in ("x", None, object):
        with check_raises(TypeError, "debugprint prints"):
            text(wrong)


def test_where_it_goes(capsys):
    assert debugprint(x) is None
    assert capsys.readouterr().out == "x [id A]\n"
    file = io.StringIO()
    assert debugprint(x, file=file) is file
    assert file.getvalue() == "x [id A]\n"
    assert theano.printing.debugprint is debugprint


def test_what_is_inside_of_loops():
    v = T.dvector("v")
    product, _ = theano.scan(lambda e, total: total * e * x, sequences=v, outputs_info=T.ones(()))
    printed = text(product[-1])
    outside, inside = printed.split("\nInner graphs of the scan ops:\n\n")
    head, *step = inside.splitlines()
    assert head in outside.replace(" |", "").replace("  ", " ") or head.split(" [")[0] in outside
    assert step[0].startswith(f" >{MUL} [id ")
    inputs = [line for line in step if "->" in line]
    assert len(inputs) == 3
    for line in inputs:
        assert line.split("-> ")[1] in outside


def test_what_is_inside_of_other_ops():
    class Boxed(theano.OpFromGraph):
        @property
        def inner_graphs(self):
            return (theano.FunctionGraph(self.local_inputs, self.local_outputs, clone=False),)

    printed = text(Boxed([x, y], [x * y])(x + y, y))
    inside = printed.split("\nInner graphs:\n\n")[1].splitlines()
    assert inside[1].startswith(f" >{MUL} [id ")
    assert inside[2].endswith("-> [id B]")


def test_deep_levels_have_a_number():
    e = x
    for _ in range(2000):
        e = e + y
    lines = text(e).splitlines()
    assert len(lines) == 2 * 2000 + 1
    assert lines[50] == " |" * 50 + f"{ADD} [id BY] ''   "
    assert lines[51] == " |" * 50 + f" (51) {ADD} [id BZ] ''   "
