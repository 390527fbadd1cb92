"""Graphs as text."""

from __future__ import annotations

import io

import numpy as np
import pytest

import theano
import theano.tensor as T
from theano import function, shared
from theano.printing import debugprint

x, y = T.dscalar("x"), T.dscalar("y")


def text(obj, **options):
    return debugprint(obj, file="str", **options)


def test_a_tree():
    assert text(x * y + x).splitlines() == [
        "Elemwise{add} [id A]",
        " |Elemwise{mul} [id B]",
        " | |x [id C]",
        " | |y [id D]",
        " |x [id C]",
    ]


def test_what_was_printed_is_not_opened_again():
    e = x + y
    e.name = "sum"
    assert text(e * e).splitlines() == [
        "Elemwise{mul} [id A]",
        " |Elemwise{add} [id B] 'sum'",
        " | |x [id C]",
        " | |y [id D]",
        " |Elemwise{add} [id B] 'sum'",
    ]
    assert text([e, e]).count(" |x") == 1


def test_depth_and_names():
    e = x + y
    e.name = "sum"
    assert len(text(e * 2, depth=1).splitlines()) == 1
    assert len(text(e * 2, depth=2).splitlines()) == 3
    assert " |x" not in text(e * 2, stop_on_name=True)


@pytest.mark.parametrize(
    ("ids", "first", "third"), [("CHAR", "[id A]", "[id C]"), ("int", "[id 0]", "[id 2]")]
)
def test_marks(ids, first, third):
    lines = text(x + y, ids=ids).splitlines()
    assert lines[0].endswith(first)
    assert lines[2].endswith(third)
    assert "id" not in text(x + y, ids="")


def test_marks_after_the_alphabet():
    e = [T.dscalar(f"v{i}") for i in range(704)]
    lines = text(e).splitlines()
    assert [lines[i].split("[id ")[1] for i in (0, 25, 26, 27, 51, 52, 701, 702, 703)] == [
        "A]",
        "Z]",
        "AA]",
        "AB]",
        "AZ]",
        "BA]",
        "ZZ]",
        "AAA]",
        "AAB]",
    ]


def test_types():
    lines = text(x + y, print_type=True).splitlines()
    assert lines[1] == " |x <TensorType(float64, scalar)> [id B]"


def test_constants_and_several_outputs():
    assert "TensorConstant{2}" in text(x * 2)
    shape = text(T.dmatrix("m").shape[1])
    assert "m" in shape


def test_what_can_be_printed():
    s = shared(np.array(1.0), "s")
    f = function([x], x * s, updates=[(s, s + x)])
    for obj in (f, f.maker.fgraph):
        printed = text(obj)
        assert "Elemwise{mul}" in printed
        assert "Elemwise{add}" in printed
    assert text((x + y).owner) == text(x + y)
    assert text([x, [y]]) == "x [id A]\ny [id B]\n"
    for wrong in (3, "x", None):
        with pytest.raises(TypeError, match="debugprint prints"):
            text(wrong)


def test_where_it_goes(capsys):
    assert debugprint(x) is not None
    assert capsys.readouterr().out == "x [id A]\n"
    file = io.StringIO()
    assert debugprint(x, file=file) is file
    assert file.getvalue() == "x [id A]\n"
    assert theano.printing.debugprint is debugprint


def test_deep_levels_have_a_number():
    e = x
    for _ in range(2000):
        e = e + y
    lines = text(e).splitlines()
    assert len(lines) == 2 * 2000 + 1
    assert lines[50] == " |" * 50 + "Elemwise{add} [id AY]"
    assert lines[51] == " |" * 50 + " (51) Elemwise{add} [id AZ]"
    assert lines[2000] == " |" * 50 + " (2000) x [id BXY]"
