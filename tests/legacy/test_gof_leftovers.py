"""Names of ``theano.gof`` that are served elsewhere, or say what to do instead."""

import importlib

import pytest

from theano.compile.debugmode import BadOptimization


def test_bad_optimization_is_that_of_debug_mode():
    assert importlib.import_module("theano.gof.toolbox").BadOptimization is BadOptimization


@pytest.mark.parametrize(
    ("module", "name", "advice"),
    [
        ("theano.gof.opt", "MetaOptimizer", "measured by XLA"),
        ("theano.gof.opt", "LocalMetaOptimizer", "measured by XLA"),
        ("theano.gof.link", "streamline", "use WrapLinker, or theano.compile.MonitorMode"),
        ("theano.gof.link", "map_storage", "use WrapLinker, or theano.compile.MonitorMode"),
    ],
)
def test_what_is_no_more_gives_advice(module, name, advice):
    with pytest.raises(AttributeError, match=f"{name} is not part of this Theano") as caught:
        getattr(importlib.import_module(module), name)
    assert advice in str(caught.value)
    with pytest.raises(ImportError, match=advice):
        exec(f"from {module} import {name}")
