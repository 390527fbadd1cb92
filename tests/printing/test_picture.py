"""Graphs as pictures: the text for Graphviz, and what is asked of Graphviz."""

from __future__ import annotations

import logging
import re
import shutil
import subprocess

import numpy as np
import pytest
from tests.checks import check_raises

import theano
import theano.tensor as T
from theano import config, function, shared
from theano.ifelse import ifelse
from theano.printing import dot as dot_module
from theano.printing import pydot_imported, pydotprint

x, s = T.dmatrix("x"), T.dscalar("s")


def source(graph, **options):
    return pydotprint(graph, format="dot", return_image=True, **options).decode()


def nodes(text):
    """Return the look of each node, by its label."""
    found = {}
    for line in text.splitlines():
        match = re.match(r'    \w+ \[label="((?:[^"\\]|\\.)*)", (.*)\];', line)
        if match and "->" not in line:
            found[match[1]] = match[2]
    return found


def test_nodes_and_colours():
    w = shared(np.ones((2, 2)), "w")
    f = function([x], T.exp(x * w), updates=[(w, w + 1)], mode="FAST_COMPILE")
    text = source(f)
    assert text.startswith("digraph G {\n")
    found = nodes(text)
    assert 'fillcolor="green"' in found["name=x TensorType(float64, matrix)"]
    assert 'fillcolor="cyan"' in found["name=w TensorType(float64, matrix)"]
    assert 'fillcolor="blue"' in found["TensorType(float64, matrix)"]
    assert "#FFAABB" in found["Elemwise{exp,no_inplace}"]
    assert "ellipse" in found["Elemwise{exp,no_inplace}"]
    assert text.count('label="UPDATE"') == 1
    bordered = nodes(source(f, high_contrast=False, colorCodes={"Elemwise": "pink"}))
    assert 'color="pink"' in bordered["Elemwise{exp,no_inplace}"]
    assert "filled" not in bordered["Elemwise{exp,no_inplace}"]


def test_what_stands_in_between():
    e = T.exp(x)
    compact, full = source(e * s), source(e * s, compact=False)
    assert 'label="0 TensorType(float64, matrix)"' in compact
    assert len(nodes(full)) > len(nodes(compact)) - 1
    assert full.count('shape="box"') == compact.count('shape="box"') + 2
    e.name = "e"
    assert "name=e TensorType(float64, matrix)" in nodes(source(e * s))
    assert set(nodes(source(e * x, var_with_name_simple=True))) >= {"e", "x"}


def test_labels():
    text = source([x * 2, x + x], max_label_size=5)
    assert text.count('shape="ellipse"') == 3
    assert "Elemwise{exp,no_inplace} id=0" in nodes(source(T.exp(x), with_ids=True))
    assert "Elemwise{exp,no_inplace} id=1" in nodes(source(T.exp(T.exp(x))))
    assert "val=1.5 TensorType(float64, scalar)" in nodes(
        source(T.constant(1.5, dtype="float64") + s)
    )
    first, _ = T.split(T.dvector("v"), [1, 1], 2)
    assert '"grey"' in source(first)


def test_edges_of_views():
    assert 'color="blue"' in source(theano.compile.view_op(x))


def test_a_highlighted_condition():
    shared_part = T.exp(x)
    e = ifelse(T.gt(s, 0), T.sin(shared_part), T.cos(shared_part), name="choice")
    text = source(e, cond_highlight="choice")
    for label in ("Left", "Right", "Middle"):
        assert f'graph [label="{label}"]; n' in text
    assert text.count("subgraph") == source(e, cond_highlight=e.owner).count("subgraph") == 3


def test_a_condition_that_is_not_there(monkeypatch):
    said = []
    monkeypatch.setattr(logging.getLogger("theano.printing"), "warning", said.append)
    source(T.exp(x), cond_highlight=True)
    assert ["no IfElse node in the graph" in text for text in said] == [True]


def test_files(tmp_path, capsys, monkeypatch):
    pydotprint(T.exp(x), tmp_path / "a.b", format="dot")
    assert (tmp_path / "a.b.dot").read_text() == source(T.exp(x))
    assert capsys.readouterr().out == f"The output file is available at {tmp_path}/a.b.dot\n"
    monkeypatch.setitem(vars(config), "compiledir", str(tmp_path / "new"))
    pydotprint(T.exp(x), format="dot", print_output_file=False)
    assert (tmp_path / "new" / f"theano.pydotprint.{config.device}.dot").exists()
    assert capsys.readouterr().out == ""


def test_the_inside_of_loops(tmp_path):
    total, _ = theano.scan(
        lambda e, t: t + e, sequences=T.dvector("v"), outputs_info=s * 1, name="my"
    )
    pydotprint(
        total[-1], tmp_path / "f.dot", format="dot", scan_graphs=True, print_output_file=False
    )
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 2
    assert re.fullmatch(r"f_my_\d+\.dot", names[1])
    assert "Elemwise{add" in (tmp_path / names[1]).read_text()


def test_what_can_be_drawn():
    assert source(T.exp(x).owner) == source([T.exp(x)]) == source(T.exp(x))
    assert "name=x" in source(x)
    for wrong in (3, [x, 3]):
        with check_raises(TypeError, "cannot draw"):
            source(wrong)


def test_without_graphviz(monkeypatch):
    monkeypatch.setattr(dot_module.shutil, "which", lambda name: None)
    with check_raises(RuntimeError, "'png'", "Graphviz", "not installed", "format='dot'"):
        pydotprint(T.exp(x), return_image=True)


def test_what_graphviz_is_asked(monkeypatch):
    def run(command, input, **options):
        if b"exp" in input:
            return subprocess.CompletedProcess(command, 0, b"<svg>", b"")
        return subprocess.CompletedProcess(command, 1, b"", b"no such format")

    monkeypatch.setattr(dot_module.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(dot_module.subprocess, "run", run)
    assert pydotprint(T.exp(x), format="svg", return_image=True) == b"<svg>"
    with check_raises(RuntimeError, "'odd'", "no such format"):
        pydotprint(T.sin(x), format="odd", return_image=True)


@pytest.mark.skipif(not pydot_imported, reason="Graphviz is not installed")
def test_a_picture_by_graphviz():
    assert shutil.which("dot")
    assert b"<svg" in pydotprint(T.exp(x), format="svg", return_image=True)
