"""``PyDotFormatter`` and ``d3write``: nodes, edges and graphs inside, as Theano 1.0.5 has them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from tests.checks import check_raises

import theano
import theano.d3viz as d3v
import theano.tensor as T
from theano import OpFromGraph, function, shared
from theano.compile import view_op
from theano.d3viz.dot_graph import Node
from theano.d3viz.formatting import (
    PyDotFormatter,
    broadcastable_to_str,
    dtype_to_char,
    pydot_imported,
    pydot_imported_msg,
    type_to_str,
    var_label,
)

x = T.dmatrix("x")


def kinds(graph):
    return Counter(node.get_attributes()["node_type"] for node in graph.get_nodes())


def labels(graph):
    return {node.get_label(): node.get_attributes() for node in graph.get_nodes()}


def ends(graph):
    """Return the edges as labels of nodes, with their own."""
    of = {node.get_name(): node.get_label() for node in graph.get_nodes()}
    return [(of[e.get_source()], of[e.get_destination()], e.get_label()) for e in graph.get_edges()]


@pytest.fixture(scope="module")
def net():
    w, b = shared(np.ones((2, 2)), "w"), shared(np.ones(2), "b")
    return function([x], T.tanh(T.dot(x, w) + b) * 2, updates=[(b, b + 1)], name="net")


def test_nodes_of_a_function(net):
    graph = PyDotFormatter()(net)
    assert kinds(graph)["input"] == 1
    assert kinds(graph)["shared_input"] == 2
    assert kinds(graph)["output"] == 2
    assert kinds(graph)["constant_input"] == 2
    found = labels(graph)
    assert found["x"] == {
        "label": "x",
        "node_type": "input",
        "dtype": "dmatrix",
        "shape": "box",
        "tag": found["x"]["tag"],
        "style": "filled",
        "fillcolor": "limegreen",
    }
    assert found["x"]["tag"].split("\t")[::2] == ["test_formatting.py", 'x = T.dmatrix("x")']
    assert found["w"]["fillcolor"] == "YellowGreen"
    assert found["Elemwise"]["fillcolor"] == "#FFAABB"
    assert found["Dot"]["shape"] == "ellipse"
    assert found["Dot"]["apply_op"] == "Dot"
    assert ("x", "Dot", "0 dmatrix") in ends(graph)
    assert ("w", "Dot", "1 dmatrix") in ends(graph)


def test_colours_and_shapes_may_be_changed(net):
    formatter = PyDotFormatter()
    formatter.node_colors["input"] = "red"
    formatter.apply_colors["Dot"] = "pink"
    formatter.shapes["apply"] = "box"
    found = labels(formatter(net))
    assert found["x"]["fillcolor"] == "red"
    assert found["Dot"]["fillcolor"] == "pink"
    assert found["Dot"]["shape"] == "box"


def test_what_stands_in_between():
    e = T.exp(x)
    expression = T.sqrt(T.sin(e))
    assert kinds(PyDotFormatter()(expression))["variable"] == 0
    assert kinds(PyDotFormatter(compact=False)(expression))["variable"] == 2
    e.name = "e"
    graph = PyDotFormatter()(expression)
    assert ("e", "Elemwise", "dmatrix") in ends(graph)
    assert kinds(graph)["variable"] == 1


def test_outputs_that_nothing_uses():
    first, _ = T.split(T.dvector("v"), [1, 1], 2)
    found = [n.get_attributes().get("fillcolor") for n in PyDotFormatter()(first).get_nodes()]
    assert found.count("dodgerblue") == found.count("lightgrey") == 1


def test_views_are_blue():
    (edge,) = [e for e in PyDotFormatter()(view_op(x)).get_edges() if "color" in e.get_attributes()]
    assert edge.get_attributes()["color"] == "dodgerblue"


def test_what_can_be_drawn(net):
    e = T.exp(x)
    text = PyDotFormatter()(e).to_string()
    assert PyDotFormatter()(e.owner).to_string() == PyDotFormatter()([e]).to_string() == text
    assert kinds(PyDotFormatter()(x)) == {"input": 1, "output": 1}
    of_graph, of_function = (kinds(PyDotFormatter()(f)) for f in (net.maker.fgraph, net))
    assert of_graph["apply"] == of_function["apply"]
    for wrong in (3, None, [x, 3]):
        with check_raises(TypeError, "cannot draw"):
            PyDotFormatter()(wrong)


def test_graphs_inside():
    a, b, c = T.scalars("abc")
    inner = OpFromGraph([a, b], [a * b])
    outer = OpFromGraph([a, b, c], [inner(a, b) + c])
    graph = PyDotFormatter()(function([a, b, c], outer(a, b, c) + c))
    assert len(graph.get_nodes()) == 6
    (inside,) = graph.get_subgraph_list()
    assert len(inside.get_nodes()) == 6
    (innermost,) = inside.get_subgraph_list()
    assert len(innermost.get_nodes()) == 4
    node = labels(graph)["OpFromGraph"]
    assert node["subg"] == inside.get_name()
    of = {n.get_name(): n.get_label() for g in (graph, inside) for n in g.get_nodes()}
    assert [[of[i], of[j]] for i, j in eval(node["subg_map_inputs"])] == [
        ["a", "a"],
        ["b", "b"],
        ["c", "c"],
    ]
    ((last, user),) = eval(node["subg_map_outputs"])
    assert [of[last], of[user]] == [type_to_str(c.type), "Elemwise"]
    names = [n.get_name() for g in (graph, inside, innermost) for n in g.get_nodes()]
    assert len(set(names)) == len(names)


def test_the_step_of_a_loop():
    total, _ = theano.scan(
        lambda e, t: t + e, sequences=T.dvector("v"), outputs_info=T.dscalar("s"), name="sum"
    )
    graph = PyDotFormatter()(total)
    (inside,) = graph.get_subgraph_list()
    assert labels(graph)["Loop"]["fillcolor"] == "yellow"
    assert "Elemwise" in labels(inside)
    of = {n.get_name(): n.get_label() for g in (graph, inside) for n in g.get_nodes()}
    pairs = eval(labels(graph)["Loop"]["subg_map_inputs"])
    assert [of[outer] for outer, _ in pairs] == ["v", "s"]


def test_times():
    stats = theano.ProfileStats(atexit_print=False, flag_time_thunks=True)
    stats.runs_by_node = True
    f = function([x], T.exp(x).sum(), profile=stats)
    assert "profile" not in labels(PyDotFormatter()(f))["Sum"]
    f(np.ones((2, 2)))
    seconds, of_calls = map(float, labels(PyDotFormatter()(f))["Sum"]["profile"].split("\t"))
    assert seconds == next(t for n, t in stats.apply_time.items() if str(n.op) == "Sum") > 0
    assert of_calls == stats.fct_call_time


def test_labels():
    assert var_label(x) == "x"
    assert var_label(T.col()) == "dcol" if theano.config.floatX == "float64" else "fcol"
    assert var_label(T.constant(1 / 3, dtype="float64")) == "0.333"
    assert var_label(T.constant(np.arange(3.0), dtype="float64")) == "[0. 1. 2.]"
    assert var_label(T.constant([[1], [2]], dtype="int64")) == "[[1]"
    assert [broadcastable_to_str(b) for b in [(), (False,), (True, False), (True, True)]] == [
        "scalar",
        "vector",
        "row",
        "",
    ]
    assert [dtype_to_char(d) for d in ("float32", "int64", "bool")] == ["f", "l", "X"]
    assert type_to_str(T.ftensor3().type) == "float32"
    assert type_to_str(theano.gof.generic) == str(theano.gof.generic)
    assert pydot_imported
    assert pydot_imported_msg == ""


def test_the_text(tmp_path, net):
    e = T.exp(x)
    graph = PyDotFormatter()(e)
    assert graph.create_dot().decode() == graph.to_string() == str(graph)
    path = tmp_path / "f.dot"
    d3v.d3write(e, path)
    assert path.read_text() == graph.to_string()
    lines = graph.to_string().splitlines()
    assert lines[0] == "digraph G {"
    assert lines[1].startswith('    n1 [label="Elemwise", node_type="apply", apply_op="Elemwise", ')
    assert '    n2 -> n1 [label="dmatrix"];' in lines
    graph.add_node(Node("n9", label='a "quoted" label'))
    assert '    n9 [label="a \\"quoted\\" label"];' in graph.to_string()
    assert graph.get_node("n9")[0].get_label() == 'a "quoted" label'
    assert graph.get_node("n10") == []
