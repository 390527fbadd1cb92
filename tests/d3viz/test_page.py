"""The page: that it is one file, and what it is told of a graph."""

from __future__ import annotations

import importlib
import json
import re

import numpy as np
import pytest
from tests.checks import check_raises

import theano
import theano.d3viz as d3v
import theano.tensor as T
from theano import OpFromGraph, function, shared
from theano.d3viz.d3viz import replace_patterns, safe_json
from theano.d3viz.families import MODULES, family_of
from theano.printing.html import html_page

x = T.dmatrix("x")


def data_of(fct, path, *args, **options):
    """Return what the page of a graph holds as data."""
    d3v.d3viz(fct, path, *args, **options)
    text = path.read_text("utf-8")
    return json.loads(re.search(r'<script id="data"[^>]*>(.*?)</script>', text, re.S)[1])


def boxes(graph):
    return {box["label"]: box for box in graph["boxes"]}


def test_the_page_is_one_file(tmp_path):
    path = tmp_path / "new" / "folder" / "f.html"
    d3v.d3viz(T.exp(x), str(path))
    assert [p.name for p in path.parent.iterdir()] == ["f.html"]
    text = path.read_text("utf-8")
    addresses = set(re.findall(r"""(?:https?:)?//[\w.]+[\w./]*""", text))
    assert addresses == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\b(src|href)=(?!\"data:,\")", text)
    assert "%%" not in text


def test_texts_of_a_program_are_texts_of_the_page(tmp_path):
    evil = T.dmatrix("</script><script>alert(1)</script> %% STYLE %%")
    f = function([evil], evil * 2, name="<b>&%% DATA %%")
    data = data_of(f, tmp_path / "f.html")
    text = (tmp_path / "f.html").read_text("utf-8")
    assert evil.name in boxes(data["graph"])
    assert data["title"] == "<b>&%% DATA %%"
    assert "<title>&lt;b&gt;&amp;%% DATA %%</title>" in text
    assert "alert(1)</script>" not in text


def test_safe_json_and_patterns():
    assert safe_json({"a": "</script>", "b": [1, None]}) == (
        '{"a": "\\u003c/script>", "b": [1, null]}'
    )
    assert json.loads(safe_json("<")) == "<"
    assert replace_patterns("a%b", {"a": "%", "%": 3}) == "33b"
    assert "%% DATA %%" in html_page("%% DATA %%", "", data={"a": 1})


def test_a_function(tmp_path):
    w = shared(np.ones((2, 2)), "w")
    f = function([x], T.dot(x, w).sum(), updates=[(w, w + 1)], name="net")
    data = data_of(f, tmp_path / "f.html")
    assert data["profile"] is None
    found = boxes(data["graph"])
    assert found["x"]["kind"] == "input"
    assert found["w"]["kind"] == "shared_input"
    assert found["w"]["types"] == ["TensorType(float64, matrix)"]
    assert found["new w"]["kind"] == "update"
    assert found["output"]["kind"] == "output"
    assert found["add"]["family"] == "elementwise"
    assert found["add"]["op"].startswith("Elemwise{add")
    assert found["dot"]["source"].startswith("test_page.py:")
    lines = data["graph"]["lines"]
    (line,) = [a for a in lines if a["from"] == found["w"]["name"] and a.get("place") == 1]
    assert line == {
        "from": found["w"]["name"],
        "to": found["dot"]["name"],
        "which": 0,
        "type": "dmatrix",
        "place": 1,
    }
    assert data_of(f, tmp_path / "again.html")["key"] == data["key"]
    assert data_of(T.exp(x), tmp_path / "exp.html")["key"] != data["key"]


def test_each_user_of_a_constant_has_its_own(tmp_path):
    two = T.constant(2.0, dtype="float64")
    graph = data_of([x * two, x - two], tmp_path / "f.html")["graph"]
    values = [box for box in graph["boxes"] if box["kind"] == "constant_input"]
    names = {box["name"] for box in graph["boxes"]}
    assert {end for line in graph["lines"] for end in (line["from"], line["to"])} <= names
    assert len(names) == len(graph["boxes"])
    assert len(values) == len(
        [a for a in graph["lines"] if a["from"] in {b["name"] for b in values}]
    )
    assert {box["value"] for box in values} == {"2."}
    labels = {"(2, 3) of 1.0": np.ones((2, 3)), "[1 2]": [1, 2], "[[0.333]]": [[1 / 3]], "7": 7}
    drawn = data_of([T.constant(value) for value in labels.values()], tmp_path / "h.html")
    found = [box["label"] for box in drawn["graph"]["boxes"] if box["kind"] == "constant_input"]
    assert found == list(labels)
    long = data_of(x + T.constant(np.arange(1000.0).reshape(10, 100)), tmp_path / "g.html")
    assert max(len(box.get("value", "")) for box in long["graph"]["boxes"]) <= 301


def test_variables_in_between(tmp_path):
    e = T.exp(x)
    assert len(data_of(T.sin(e), tmp_path / "a.html")["graph"]["boxes"]) == 4
    assert len(data_of(T.sin(e), tmp_path / "b.html", True, False)["graph"]["boxes"]) == 5
    e.name = "e"
    assert boxes(data_of(T.sin(e), tmp_path / "c.html")["graph"])["e"]["kind"] == "variable"


def test_the_step_of_a_loop(tmp_path):
    def step(e, total, offset):
        return total + e + offset, theano.scan_module.until(total > 3)

    v, s = T.dvector("v"), T.dscalar("s")
    totals, _ = theano.scan(step, v, s, non_sequences=T.dscalar("offset"), name="adding")
    found = boxes(data_of(totals, tmp_path / "f.html")["graph"])
    loop = found["scan"]
    assert loop["note"] == "adding"
    assert loop["family"] == "graphs"
    (inside,) = loop["inside"]
    by_name = {box["name"]: box for box in inside["boxes"]}
    roles = [by_name[name].get("role") for name in (*inside["inputs"], *inside["outputs"])]
    assert roles == [
        "element of sequence 0",
        "state 0",
        "constant 0",
        "next state 0",
        "result 0",
        "stop",
    ]
    assert by_name[inside["outputs"][0]]["label"] == "next state 0"
    assert len(inside["outputs"]) == len(loop["types"])


def test_what_is_inside_of_a_function_is_what_runs(tmp_path):
    a = T.dscalar("a")
    op = OpFromGraph([a], [T.log(T.exp(a))], name="inner")
    written = boxes(data_of(op(a), tmp_path / "a.html")["graph"])["inner"]["inside"][0]
    assert {"log", "exp"} <= set(boxes(written))
    runs = boxes(data_of(function([a], op(a)), tmp_path / "b.html")["graph"])["inner"]["inside"][0]
    assert not {"log", "exp"} & set(boxes(runs))


def test_times(tmp_path):
    stats = theano.ProfileStats(atexit_print=False, flag_time_thunks=True)
    stats.runs_by_node = True
    f = function([x], T.exp(x).sum(), profile=stats)
    assert data_of(f, tmp_path / "f.html")["profile"] is None
    for _ in range(3):
        f(np.ones((3, 3)))
    data = data_of(f, tmp_path / "f.html")
    assert data["profile"]["calls"] == 3
    assert data["profile"]["seconds"] == stats.fct_call_time
    found = boxes(data["graph"])
    assert found["exp"]["seconds"] + found["Sum"]["seconds"] == data["profile"]["known"] > 0


def test_families():
    for path in (path for paths in MODULES.values() for path in paths):
        importlib.import_module(path)
    expressions = {
        "products": T.dot(x, x),
        "elementwise": T.exp(x),
        "reductions": x.sum(),
        "indexing": x[1:],
        "shapes": x.T,
        "random": theano.tensor.shared_randomstreams.RandomStreams(1).uniform((2,)),
        "other": theano.printing.Print("p")(x),
    }
    assert {family_of(e.owner, False): family for family, e in expressions.items()} == {
        family: family for family in expressions
    }
    assert family_of(x.T.owner, True) == "graphs"


@pytest.mark.parametrize("wrong", [3, None, [x, 3]], ids=["number", "none", "list"])
def test_what_cannot_be_drawn(wrong, tmp_path):
    with check_raises(TypeError, "cannot draw"):
        d3v.d3viz(wrong, tmp_path / "f.html")
    assert not list(tmp_path.iterdir())
