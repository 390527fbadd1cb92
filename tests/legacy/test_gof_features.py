"""Features of graphs, in-place graphs, orders of nodes, linkers, enumerations and small helpers."""

from __future__ import annotations

import pickle
from typing import ClassVar

import numpy as np
import pytest
from tests.checks import check_raises
from tests.rewriting.toys import INT, Neg, add, mul, neg, square

import theano
import theano.tensor as T
from theano import gof
from theano.compat import cmp
from theano.gof import sched, toolbox, utils
from theano.gof.type import CDataType, CEnumType, EnumList, EnumType
from theano.graph import Apply, Op
from theano.graph.queries import nodes_constructed

x, y = INT("x"), INT("y")


def graph(inputs, *outputs):
    return gof.FunctionGraph(inputs, outputs, clone=False)


def test_history_and_validation():
    fgraph = graph([x, y], add(neg(x), y))
    fgraph.attach_feature(toolbox.ReplaceValidate())
    fgraph.attach_feature(toolbox.ReplaceValidate())
    assert fgraph.consistent()
    assert len(fgraph._features) == 3
    start = fgraph.checkpoint()
    fgraph.replace_validate(fgraph.outputs[0].owner.inputs[0], square(x), reason="test")
    fgraph.replace(fgraph.outputs[0], x)
    assert str(fgraph) == "[x]"
    fgraph.revert(start)
    assert str(fgraph) == "[Add(Neg(x), y)]"
    fgraph.check_integrity()
    kept = fgraph.outputs[0].owner.inputs[0]
    with pytest.raises(toolbox.ReplacementDidntRemovedError):
        fgraph.replace_all_validate_remove([(kept, neg(kept))], [kept.owner])
    assert str(fgraph) == "[Add(Neg(x), y)]"
    copy = pickle.loads(pickle.dumps(fgraph))
    copy.replace_validate(copy.outputs[0], copy.inputs[0])
    copy.revert(0)
    assert str(copy) == "[Add(Neg(x), y)]"
    for feature in list(fgraph._features):
        fgraph.remove_feature(feature)
    assert not hasattr(fgraph, "revert")
    assert not hasattr(fgraph, "validate")


def test_full_history():
    history = toolbox.FullHistory()
    fgraph = graph([x, y], neg(x))
    fgraph.attach_feature(history)
    fgraph.replace(fgraph.outputs[0], square(x))
    fgraph.replace(fgraph.outputs[0], y)
    seen = []
    for step in (history.prev, history.start, history.next, history.end):
        step()
        seen.append(str(fgraph))
    assert seen == ["[Square(x)]", "[Neg(x)]", "[Square(x)]", "[y]"]


def test_finding_and_printing(capsys):
    fgraph = graph([x, y], add(neg(x), neg(y)))
    fgraph.attach_feature(toolbox.NodeFinder())
    fgraph.attach_feature(toolbox.PrintListener())
    assert len(fgraph.get_nodes(neg)) == 2
    fgraph.replace(fgraph.get_nodes(neg)[0].outputs[0], square(x))
    assert len(fgraph.get_nodes(neg)) == 1
    assert len(fgraph.get_nodes(square)) == 1
    printed = capsys.readouterr().out
    for part in ("attaching to: [Add", "importing: Square(x)", "pruning: Neg(x)", "inputs[0]"):
        assert part in printed


class Overwrites(Neg):
    destroy_map: ClassVar = {0: [0]}


class Sees(Neg):
    view_map: ClassVar = {0: [0]}


def in_place(*outputs):
    fgraph = graph([x, y], *outputs)
    fgraph.attach_feature(gof.destroyhandler.DestroyHandler())
    fgraph.attach_feature(toolbox.ReplaceValidate())
    return fgraph


def test_in_place_graphs():
    over, view = Overwrites(), Sees()
    right = in_place(add(over(x), neg(x)))
    assert right.consistent()
    assert [str(node.op) for node in right.toposort()] == ["Neg", "Overwrites", "Add"]
    assert right.has_destroyers([x])
    assert right.destroyers(x)[0].op == over
    assert not right.destroyers(y)
    wrong = [
        in_place(add(over(x), x)),
        in_place(add(over(x), over(view(x)))),
        in_place(neg(add(view(x), over(x)))),
        in_place(over(INT.make_constant(3))),
    ]
    # The last but one reads a view after its memory was written to; equal nodes are one node.
    assert [fgraph.consistent() for fgraph in wrong] == [False] * 4
    fgraph = in_place(add(neg(x), x))
    with pytest.raises(gof.InconsistencyError):
        fgraph.replace_validate(fgraph.outputs[0].owner.inputs[0], over(x))
    assert str(fgraph) == "[Add(Neg(x), x)]"
    last = in_place(over(x))
    last.attach_feature(toolbox.NoOutputFromInplace())
    assert not last.consistent()


def test_orders():
    output = mul(neg(x), square(x))
    by_name = sched.sort_apply_nodes([x], [output], [lambda a, b: cmp(str(a), str(b))])
    assert [str(node.op) for node in by_name] == ["Neg", "Square", "Mul"]
    fgraph = graph([x], output)
    backwards = sched.sort_schedule_fn(sched.key_to_cmp(lambda node: -ord(str(node.op)[0])))
    assert [str(node.op) for node in backwards(fgraph)] == ["Square", "Neg", "Mul"]
    depends = sched.make_depends()
    assert depends((output.owner, output.owner.inputs[0].owner))
    assert not depends((output.owner.inputs[0].owner, output.owner))
    assert sched.posort(range(1, 14), lambda a, b: a % 5 - b % 5, lambda a, b: b - a) == [
        *(10, 5, 11, 6, 1, 12, 7, 2, 13, 8, 3, 9, 4)
    ]
    assert sched.reverse_dict({1: (2, 3), 4: (3,)}) == {2: (1,), 3: (1, 4)}
    with pytest.raises(ValueError, match="cycle"):
        utils.toposort({1: {2}, 2: {1}})


class Halves(Op):
    """``v -> v / 2``, by perform alone."""

    __props__ = ()

    def make_node(self, v):
        return Apply(self, [v], [v.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0] / 2


def test_linkers():
    v = T.dvector("v")
    output = Halves()(v) + 1
    names, callbacks = [], []

    def wrapper(i, node, thunk):
        names.append((i, str(node.op)))
        thunk()

    def callback(node, thunk, storage_map, compute_map):
        callbacks.append(float(storage_map[node.outputs[0]][0].sum()))

    linkers = [
        gof.PerformLinker(),
        gof.OpWiseCLinker(),
        gof.vm.VM_Linker(allow_gc=False, lazy=True),
        gof.vm.VM_Linker(callback=callback),
        gof.WrapLinkerMany([gof.PerformLinker()], [wrapper]),
    ]
    for linker in linkers:
        f = theano.function([v], output, mode=theano.Mode(linker, "fast_run"))
        np.testing.assert_array_equal(f([2.0, 4.0]), [2.0, 3.0])
        np.testing.assert_array_equal(f([4.0, 4.0]), [3.0, 3.0])
    assert names[0] == (0, "Halves")
    assert len(names) == 2 * len(f.maker.fgraph.apply_nodes)
    assert callbacks[0] == 3.0
    assert 5.0 in callbacks
    with pytest.raises(ValueError, match="no graph yet"):
        gof.PerformLinker().make_function()
    fgraph = gof.FunctionGraph([v], [output])
    linker = gof.PerformLinker().accept(fgraph)
    assert linker.accept(gof.FunctionGraph([v], [v])) is not linker
    run, (given,), (result,) = linker.make_thunk()
    given.data = [2.0, 8.0]
    run()
    np.testing.assert_array_equal(result.data, [2.0, 5.0])
    np.testing.assert_array_equal(linker.make_function()(np.array([2.0])), [2.0])
    computed, last = gof.link.gc_helper(fgraph.toposort())
    assert set(fgraph.outputs) <= computed
    assert last[fgraph.inputs[0]].op == Halves()


def test_enumerations():
    e = EnumType(A=("alpha", 0), B=1, C=True)
    assert (e.A, e.fromalias("alpha"), e.filter("B"), e.filter(1)) == (0, 0, 1, 1)
    assert e == EnumType(A=("alpha", 0), B=1.0, C=1)
    assert hash(e) == hash(pickle.loads(pickle.dumps(e)))
    assert str(e) == "EnumType<double>(A(alpha):0, B:1, C:True)"
    assert e.has_alias("alpha")
    assert not e.has_alias("B")
    assert e.get_aliases() == ("alpha",)
    numbered = EnumList(("ADD", "+"), "SUB", ctype="size_t")
    assert (numbered.ADD, numbered["SUB"], len(numbered), numbered.ctype) == (0, 1, 2, "size_t")
    assert CEnumType("A") != EnumList("A")
    for bad in (lambda: EnumType(a=1), lambda: EnumList("_A"), lambda: e.Z):
        with pytest.raises(AttributeError):
            bad()
    for bad in (
        lambda: EnumType(A="text"),
        lambda: EnumList("A", "A"),
        lambda: EnumList(("A", "A")),
    ):
        with pytest.raises(TypeError):
            bad()
    with check_raises(TypeError, "7 is no constant", "B:1"):
        e.filter(7)
    with pytest.raises(KeyError):
        e.filter("beta")
    with pytest.raises(NotImplementedError):
        e.A = 3
    pointer = CDataType("void *", "free")
    assert pointer == CDataType("void *", "free")
    assert pointer.filter(None) is None
    with pytest.raises(TypeError, match="PyCapsule"):
        pointer.filter(3)


def test_helpers():
    assert utils.flatten([1, [2, (3,)]]) == [1, 2, 3]
    assert utils.uniq([[1], [2], [1]]) == [[1], [2]]
    assert utils.difference([1, 2, 3], [2]) == [1, 3]
    assert list(utils.remove(bool, [0, 1, 2])) == [0]
    assert utils.hist("aab") == {"a": 2, "b": 1}
    assert utils.to_return_values([1]) == 1
    assert utils.from_return_values(1) == [1]
    assert utils.unique([1, 2])
    assert not utils.unique([1, 1])
    # The number that Theano 1.0.5 gives.
    digest = "mba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert utils.hash_from_code("abc") == digest
    calls = []
    kept = utils.memoize(lambda a: calls.append(a) or len(calls))
    assert (kept(1), kept(1), kept(2)) == (1, 1, 2)
    old = utils.deprecated("this_file", "use another")(lambda: 3)
    with pytest.warns(DeprecationWarning, match="use another"):
        assert old() == 3
    ((file, _, function, text),) = utils.simple_extract_stack(limit=1)
    assert file == __file__
    assert function == "test_helpers"
    assert "simple_extract_stack" in text
    (line,) = utils.add_tag_trace(neg(x), 1).tag.trace[0]
    assert line[2] == "test_helpers"
    unnamed = [neg(x), neg(x), INT("same"), INT("same"), INT("other")]
    utils.give_variables_names(unnamed)
    names = [v.name for v in unnamed]
    assert utils.unique(names)
    assert names[-1] == "other"
    utils.give_variables_names(unnamed)
    assert names == [v.name for v in unnamed]
    with nodes_constructed() as new:
        total = add(x, neg(y))
    assert new == [total.owner.inputs[1], total]
    add(x, y)
    assert len(new) == 2


def test_c_code_is_taken_without_effect():
    for name in ("view_op", "shape", "rebroadcast", "deep_copy_op", "specify_shape", "shape_i"):
        assert getattr(theano.compile, f"register_{name}_c_code")(T.TensorType, "code") is None
