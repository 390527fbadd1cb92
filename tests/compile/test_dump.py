"""``function_dump``, and the names under which earlier programs knew the compiler."""

from __future__ import annotations

import pickle

import numpy as np

import theano
import theano.tensor as T
from theano import Out, function, shared
from theano.compile import function_dump, rebuild_collect_shared

x, y = T.dscalar("x"), T.dscalar("y")


def test_a_function_is_made_from_its_dump(tmp_path):
    s = shared(1.0, "s")
    product = x * s
    product.tag.test_value = np.ones(10_000)
    product.tag.note, product.tag.kept = "left out", "kept"
    path = tmp_path / "function.pkl"
    function_dump(path, [x], product, updates=[(s, s + 1)], extra_tag_to_remove=["note"])
    assert path.stat().st_size < 10_000
    with path.open("rb") as file:
        arguments = pickle.load(file)
    assert vars(arguments["outputs"].tag) == {"kept": "kept"}
    f = function(**arguments)
    assert [float(f(2)), float(f(2))] == [2, 4]
    assert s.get_value() == 1
    assert theano.function_dump is function_dump
    assert hasattr(product.tag, "note")


def test_pfunc():
    from theano.compile.pfunc import Param, pfunc  # noqa: PLC0415

    s = shared(1.0)
    f = pfunc([Param(x, default=3.0)], [x * s], updates=[(s, s + 1)])
    assert [f(2), f()] == [[2], [6]]
    assert theano.compile.pfunc is pfunc


class TestRebuild:
    def test_inputs_and_shared_variables_stay(self):
        s = shared(1.0, "s")
        s.default_update = s + 1
        product = x * s
        inputs, outputs, (memo, update_of, pairs, used) = rebuild_collect_shared(
            [product, Out(s, borrow=True)], inputs=[y], replace={x: y * 2}
        )
        assert inputs == [y]
        assert memo[product] is outputs[0]
        assert (outputs[1].variable, outputs[1].borrow) == (s, True)
        assert outputs[0].eval({y: 3}) == 6
        assert used == list(update_of) == [s]
        assert pairs == list(update_of.items())

    def test_clones(self):
        s = shared(1.0, "s")
        inputs, output, (memo, *_) = rebuild_collect_shared(
            x * s, [x], updates=[(s, s * 2)], copy_inputs_over=False
        )
        assert inputs[0] is not x
        assert memo[s] is not s
        assert memo[s].container is s.container
        s.set_value(3.0)
        assert output.eval({inputs[0]: 2}) == 6
