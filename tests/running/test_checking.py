"""The names of Theano's that a program uses."""

from __future__ import annotations

import json

import pytest

from theano.cli.main import main
from theano.running.checking import check_file, status_of

PROGRAM = """\
import theano, theano.tensor as T
from theano.tensor import *
from theano.sandbox.rng_mrg import MRG_RandomStreams
from theano.sandbox.cuda import nvcc_compiler
x = T.matrix()
print T.nnet.relu(x).sum().owner, theano.config.floatX
y = T.nonesuch(x) + T.matrix().T
"""


def test_a_program(tmp_path, capsys):
    path = tmp_path / "old.py"
    path.write_text(PROGRAM)
    found = {use.name: (use.status, use.lines) for use in check_file(path)}
    assert found == {
        "theano": ("present", [1]),
        "theano.config.floatX": ("present", [6]),
        "theano.sandbox.cuda.nvcc_compiler": ("removed", [4]),
        "theano.sandbox.rng_mrg.MRG_RandomStreams": ("moved", [3]),
        "theano.tensor": ("present", [1, 2]),
        "theano.tensor.matrix": ("present", [5, 7]),
        "theano.tensor.nnet.relu": ("present", [6]),
        "theano.tensor.nonesuch": ("missing", [7]),
    }
    assert main(["check", str(tmp_path)]) == 1
    *lines, total = capsys.readouterr().out.splitlines()
    assert total == "5 present, 1 moved, 1 removed, 1 missing"
    assert f"{path}:3: moved    theano.sandbox.rng_mrg.MRG_RandomStreams -> " in lines[0]
    assert lines[2].endswith("leave it out")
    assert lines[3] == f"{path}:7: missing  theano.tensor.nonesuch"


def test_other_kinds(tmp_path, capsys):
    cells = [
        {"cell_type": "code", "source": source, "outputs": []}
        for source in ("%pylab\nimport theano.tensor as T", "print T.dot", "%%bash\nls")
    ]
    book = tmp_path / "book.ipynb"
    book.write_text(json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}))
    assert [use.name for use in check_file(book)] == ["theano.tensor", "theano.tensor.dot"]
    assert main(["check", str(book), "--all"]) == 0
    assert f"{book}[cell 2]:1: present  theano.tensor.dot\n" in capsys.readouterr().out
    page = tmp_path / "page.md"
    page.write_text("In [1]:\n\n```py\nimport theano\nprint theano.shared\n```\n")
    assert [use.lines for use in check_file(page)] == [[4], [5]]
    assert main(["check", str(page), "--all"]) == 0
    assert "present  theano.shared" in capsys.readouterr().out
    (tmp_path / "bad.py").write_text("x = = 1")
    assert main(["check", str(tmp_path)]) == 2
    assert "bad.py, line 1: syntax error" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("theano.tensor.dot", "present"),
        ("theano.gof.Op", "moved"),
        ("theano.gof", "moved"),
        ("theano.shared.anything", "present"),
        ("theano.nonesuch.deeper", "missing"),
    ],
)
def test_statuses(name, status):
    assert status_of(name)[0] == status


def test_what_only_pickles_need_is_removed(tmp_path):
    (program := tmp_path / "p.py").write_text(
        "import theano\ntheano.misc.ordered_set.OrderedSet()\n"
    )
    (use,) = [use for use in check_file(program) if use.name.endswith("OrderedSet")]
    assert (use.status, use.advice[:16]) == ("removed", "only old pickles")
