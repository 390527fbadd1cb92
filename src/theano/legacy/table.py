"""The import paths of earlier versions, and where their names live today."""

from __future__ import annotations

from theano.legacy.finder import Alias, Gathered, Removed, Row

_GRAPH = (
    "theano.graph.variable",
    "theano.graph.apply",
    "theano.graph.op",
    "theano.graph.type",
    "theano.graph.function_graph",
    "theano.graph.traversal",
    "theano.graph.null_type",
    "theano.errors",
)
# The front door of tensors has every public name that tensor.basic had.
_TENSOR = ("theano.tensor", "theano.tensor.type", "theano.tensor.variable", "theano.errors")

TABLE: tuple[Row, ...] = (
    Alias("theano.configdefaults", "theano.options"),
    Alias("theano.configparser", "theano.options"),
    Gathered("theano.gof", homes=(*_GRAPH, "theano.rewriting")),
    Gathered(
        "theano.gof.graph",
        homes=("theano.graph.variable", "theano.graph.apply", "theano.graph.traversal"),
    ),
    Gathered("theano.gof.op", homes=("theano.graph.op", "theano.errors")),
    Gathered("theano.gof.type", homes=("theano.graph.type",)),
    Gathered("theano.gof.fg", homes=("theano.graph.function_graph", "theano.errors")),
    Gathered("theano.gof.opt", homes=("theano.rewriting", "theano.errors")),
    Gathered("theano.gof.null_type", homes=("theano.graph.null_type",)),
    Gathered("theano.gof.utils", homes=_GRAPH),
    Gathered(
        "theano.compile.function",
        homes=("theano.compile.make_function", "theano.compile.io"),
        shadowed=True,
    ),
    Gathered(
        "theano.compile.pfunc",
        homes=("theano.compile.make_function", "theano.compile.collect", "theano.compile.io"),
        renamed={"Param": "theano.compile.io.In"},
        # theano.compile.pfunc was a function, like theano.compile.function.
        shadowed=True,
    ),
    Gathered(
        "theano.compile.function_module",
        homes=(
            "theano.compile.make_function",
            "theano.compile.function_object",
            "theano.compile.executor",
            "theano.compile.io",
            "theano.compile.mode",
            "theano.errors",
        ),
    ),
    Gathered(
        "theano.compile.io",
        homes=("theano.compile.collect", "theano.compile.make_function"),
        renamed={
            "SymbolicInput": "theano.compile.io.In",
            "SymbolicOutput": "theano.compile.io.Out",
        },
    ),
    Gathered("theano.compile.sharedvalue", homes=("theano.shared_variable",)),
    Gathered("theano.tensor.basic", homes=_TENSOR),
    Gathered("theano.tensor.var", homes=("theano.tensor.variable",), shadowed=True),
    Gathered("theano.tensor.elemwise", homes=_TENSOR),
    Gathered("theano.tensor.sharedvar", homes=("theano.shared_variable", "theano.tensor.variable")),
    Removed(
        "theano.tensor.opt",
        advice="graphs are rewritten by theano.rewriting, and XLA fuses what is left; "
        "functions that were imported from here for their own sake are in theano.tensor",
    ),
    Gathered("theano.tensor.nnet.nnet", homes=("theano.tensor.nnet", *_TENSOR)),
    Gathered("theano.tensor.nnet.sigm", homes=("theano.tensor.nnet", *_TENSOR)),
    Gathered("theano.sandbox"),
    Alias("theano.sandbox.rng_mrg", "theano.random.mrg"),
    Removed(
        "theano.sandbox.cuda",
        advice="leave it out: with THEANO_FLAGS=device=cuda programs run on the GPU as they stand, "
        "and functions that moved values to it and back are not needed",
    ),
)
