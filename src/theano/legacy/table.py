"""The import paths of earlier versions, and where their names live today."""

from __future__ import annotations

from theano.legacy.compat import MOVES, NAMES
from theano.legacy.finder import Alias, Gathered, Removed, Row

_GRAPH = (
    "theano.graph.queries",
    "theano.graph.variable",
    "theano.graph.apply",
    "theano.graph.op",
    "theano.graph.type",
    "theano.graph.function_graph",
    "theano.graph.traversal",
    "theano.graph.null_type",
    "theano.graph.generic_type",
    "theano.graph.params_type",
    "theano.graph.c_op",
    "theano.graph.debug_values",
    "theano.errors",
)
_SCALAR_FAMILIES = tuple(
    f"theano.scalar.{family}"
    for family in (
        "arithmetic",
        "bessel",
        "comparison",
        "complex_numbers",
        "exponential",
        "passing",
        "rounding",
        "special",
        "trigonometric",
    )
)
_SCALAR_RENAMED = {
    "AND": "theano.scalar.comparison.And",
    "BinaryBitOp": "theano.scalar.comparison.BitwiseOp",
    "FixedLogicalComparison": "theano.scalar.comparison.FloatTest",
    "Inv": "theano.scalar.arithmetic.Reciprocal",
    "LogicalComparison": "theano.scalar.comparison.Comparison",
    "NumpyAutocaster": "theano.scalar.literals.Autocaster",
    "OR": "theano.scalar.comparison.Or",
    "UnaryBitOp": "theano.scalar.comparison.BitwiseOp",
    "XOR": "theano.scalar.comparison.Xor",
    "floor_div": "theano.scalar.int_div",
    "inv": "theano.scalar.reciprocal",
    **{name: f"theano.graph.{name}" for name in ("Apply", "Constant", "Op", "Type", "Variable")},
}
# The front door of tensors has every public name that tensor.basic had.
_TENSOR = (
    "theano.tensor",
    "theano.tensor.type",
    "theano.tensor.variable",
    "theano.tensor.comparison",
    "theano.errors",
)

_TENSOR_OPS = tuple(
    f"theano.tensor.{home}"
    for home in (
        "ops.careduce",
        "ops.product",
        "ops.reduction",
        "ops.creation",
        "ops.joining",
        "ops.linear",
        "ops.shape",
        "ops.sorting",
        "ops.choose",
        "comparison",
        "sharedvar",
    )
)
_TENSOR_RENAMED = {
    **{name: f"theano.graph.{name}" for name in ("Apply", "Constant", "Op", "Type", "Variable")},
    "All": "theano.tensor.ops.careduce.LogicalAll",
    "Any": "theano.tensor.ops.careduce.LogicalAny",
    "DisconnectedType": "theano.graph.DisconnectedType",
    "Generic": "theano.graph.generic_type.Generic",
    "MethodNotDefined": "theano.errors.MethodNotDefined",
    "ParamsType": "theano.graph.params_type.ParamsType",
    "Tensor": "theano.tensor.TensorType",
    "_shared": "theano.shared",
    "_tensor_py_operators": "theano.tensor.variable.TensorOperators",
    "all_dtypes": "theano.scalar.ALL_DTYPES",
    "complex_dtypes": "theano.scalar.COMPLEX_DTYPES",
    "continuous_dtypes": "theano.scalar.CONTINUOUS_DTYPES",
    "discrete_dtypes": "theano.scalar.DISCRETE_DTYPES",
    "float_dtypes": "theano.scalar.FLOAT_DTYPES",
    "integer_dtypes": "theano.scalar.INTEGER_DTYPES",
    "isinf_": "theano.tensor.isinf",
    "isnan_": "theano.tensor.isnan",
    "makeKeepDims": "theano.tensor.utils.makeKeepDims",
}

TABLE: tuple[Row, ...] = (
    *(
        Gathered(path, homes=("theano.legacy.compat",), renamed=NAMES)
        for path in ("theano.compat", "theano.compat.python2x", "theano.compat.six")
    ),
    Gathered("theano.compat.six.moves", renamed=MOVES),
    *(
        Alias(f"theano.compat.six.moves.{old}", new)
        for old, new in {
            "builtins": "builtins",
            "cPickle": "pickle",
            "configparser": "configparser",
            "queue": "queue",
        }.items()
    ),
    Gathered("theano.compat.six.moves.urllib"),
    *(
        Gathered(f"theano.compat.six.moves.urllib.{name}", homes=(f"urllib.{name}",))
        for name in ("error", "parse", "request")
    ),
    Alias("theano.configdefaults", "theano.options"),
    Alias("theano.configparser", "theano.options"),
    Gathered(
        "theano.gof",
        homes=(*_GRAPH, "theano.rewriting"),
        renamed={"Container": "theano.shared_variable.Container"},
    ),
    Gathered("theano.gof.link", renamed={"Container": "theano.shared_variable.Container"}),
    Gathered(
        "theano.gof.graph",
        homes=(
            "theano.graph.queries",
            "theano.graph.variable",
            "theano.graph.apply",
            "theano.graph.traversal",
        ),
    ),
    Gathered(
        "theano.gof.op",
        homes=(
            "theano.graph.op",
            "theano.graph.c_op",
            "theano.graph.debug_values",
            "theano.errors",
        ),
        renamed={"utils": "theano.gof.utils"},
    ),
    Gathered("theano.gof.params_type", homes=("theano.graph.params_type",)),
    Gathered("theano.gof.type", homes=("theano.graph.type", "theano.graph.generic_type")),
    Gathered("theano.gof.fg", homes=("theano.graph.function_graph", "theano.errors")),
    Gathered("theano.gof.opt", homes=("theano.rewriting", "theano.errors")),
    Gathered("theano.gof.null_type", homes=("theano.graph.null_type",)),
    Gathered("theano.gof.utils", homes=_GRAPH, renamed={"object2": "theano.graph.props.HasProps"}),
    Gathered(
        "theano.compile",
        renamed={
            "SymbolicInput": "theano.compile.io.In",
            "SymbolicOutput": "theano.compile.io.Out",
        },
    ),
    Gathered(
        "theano.compile.function",
        homes=("theano.compile.make_function", "theano.compile.dump", "theano.compile.io"),
        shadowed=True,
    ),
    Gathered(
        "theano.compile.pfunc",
        homes=("theano.compile.make_function", "theano.compile.collect", "theano.compile.io"),
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
        renamed={"FunctionMaker": "theano.compile.maker.Maker"},
    ),
    Gathered(
        "theano.compile.io",
        homes=("theano.compile.collect", "theano.compile.make_function"),
        renamed={
            "SymbolicInput": "theano.compile.io.In",
            "SymbolicOutput": "theano.compile.io.Out",
        },
    ),
    Gathered("theano.compile.builders", homes=("theano.compile.op_from_graph",)),
    Gathered(
        "theano.compile.ops",
        homes=(
            "theano.tensor.rebroadcast",
            "theano.tensor.ops.assertions",
            "theano.tensor.ops.facts",
            "theano.tensor.ops.sizes",
            "theano.tensor.ops.shape",
        ),
        renamed={"Shape_i": "theano.tensor.ops.sizes.ShapeI"},
    ),
    Gathered(
        "theano.compile.sharedvalue", homes=("theano.shared_variable", "theano.graph.generic_type")
    ),
    Gathered(
        "theano.tensor",
        homes=_TENSOR_OPS,
        renamed=_TENSOR_RENAMED,
    ),
    Gathered("theano.scalar", homes=_SCALAR_FAMILIES, renamed=_SCALAR_RENAMED),
    Gathered(
        "theano.scalar.basic", homes=("theano.scalar", *_SCALAR_FAMILIES), renamed=_SCALAR_RENAMED
    ),
    Gathered("theano.scalar.basic_scipy", homes=("theano.scalar", *_SCALAR_FAMILIES)),
    Gathered("theano.tensor.basic", homes=(*_TENSOR, *_TENSOR_OPS), renamed=_TENSOR_RENAMED),
    Gathered("theano.tensor.type", homes=("theano.tensor.comparison",)),
    Gathered("theano.tensor.var", homes=("theano.tensor.variable",), shadowed=True),
    Gathered("theano.tensor.elemwise", homes=(*_TENSOR, *_TENSOR_OPS), renamed=_TENSOR_RENAMED),
    Gathered("theano.tensor.sharedvar", homes=("theano.shared_variable", "theano.tensor.variable")),
    Gathered(
        "theano.tensor.raw_random",
        homes=(
            "theano.random.raw_random",
            "theano.random.random_streams",
            "theano.random.samplers",
            "theano.random.random_state",
        ),
        renamed={"_infer_ndim_bcast": "theano.random.raw_random.infer_size"},
    ),
    Gathered(
        "theano.tensor.shared_randomstreams",
        homes=("theano.random.random_streams", "theano.random.random_state"),
    ),
    Gathered(
        "theano.tensor.extra_ops",
        homes=(
            "theano.tensor.ops.repetition",
            "theano.tensor.ops.cumulation",
            "theano.tensor.ops.sets",
            "theano.tensor.ops.filling",
            "theano.tensor.ops.searching",
            "theano.tensor.ops.positions",
            "theano.tensor.ops.rearranging",
            "theano.tensor.ops.grids",
        ),
        renamed={"cpu_contiguous": "theano.tensor.tensor_copy"},
    ),
    Gathered("theano.tensor.blas", homes=("theano.tensor.ops.blas",)),
    # theano.tensor.sort was a function, like the module before it.
    Gathered("theano.tensor.sort", homes=("theano.tensor.ops.sorting",), shadowed=True),
    Gathered(
        "theano.tensor.subtensor",
        homes=(
            "theano.tensor.ops.advanced_index",
            "theano.tensor.ops.brackets",
            "theano.tensor.ops.indexing",
        ),
    ),
    Removed(
        "theano.tensor.opt",
        advice="graphs are rewritten by theano.rewriting, and XLA fuses what is left; "
        "functions that were imported from here for their own sake are in theano.tensor",
    ),
    Gathered("theano.tensor.nnet.nnet", homes=("theano.tensor.nnet", *_TENSOR)),
    Gathered("theano.tensor.nnet.sigm", homes=("theano.tensor.nnet", *_TENSOR)),
    Gathered("theano.tests"),
    Alias("theano.tests.unittest_tools", "theano.legacy.unittest_tools"),
    Gathered("theano.sandbox"),
    Gathered(
        "theano.sandbox.rng_mrg",
        homes=("theano.random.mrg", "theano.random.jumps"),
        renamed={
            "MRG_RandomStream": "theano.random.mrg.MRG_RandomStreams",
            "mrg_uniform": "theano.random.ops.Uniform",
        },
    ),
    *(
        Gathered(
            path,
            homes=("theano.tensor.nlinalg", "theano.tensor.slinalg", "theano.tensor.ops.hints"),
        )
        for path in ("theano.sandbox.linalg", "theano.sandbox.linalg.ops")
    ),
    Removed(
        "theano.sandbox.cuda",
        advice="leave it out: with THEANO_FLAGS=device=cuda programs run on the GPU as they stand, "
        "and functions that moved values to it and back are not needed",
    ),
)
