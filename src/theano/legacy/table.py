"""The import paths of earlier versions, and where their names live today."""

from __future__ import annotations

from theano.legacy.compat import MOVES, NAMES
from theano.legacy.finder import Alias, Gathered, Removed, Row
from theano.legacy.gpu_rows import GPU_ROWS
from theano.legacy.minor_rows import MINOR_ROWS
from theano.scalar.type import ALL_DTYPES

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
_GOF_OPT = tuple(
    f"theano.legacy.gof.{home}"
    for home in ("local_rules", "patterns", "global_rules", "navigators", "equilibrium", "helpers")
)
_GOF_DATABASES = ("theano.legacy.gof.databases",)
_GOF_FEATURES = ("theano.legacy.gof.features",)
_NO_C_CODE = {
    f"register_{op}_c_code": "theano.legacy.leftovers.register_c_code"
    for op in (
        "OutputGuard",
        "deep_copy_op",
        "rebroadcast",
        "shape",
        "shape_i",
        "specify_shape",
        "view_op",
    )
}
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
    "ComplexError": "theano.errors.ComplexError",
    "BinaryBitOp": "theano.scalar.comparison.BitwiseOp",
    "FixedLogicalComparison": "theano.scalar.comparison.FloatTest",
    "Inv": "theano.scalar.arithmetic.Reciprocal",
    "LogicalComparison": "theano.scalar.comparison.Comparison",
    "NumpyAutocaster": "theano.scalar.literals.Autocaster",
    "OR": "theano.scalar.comparison.Or",
    "UnaryBitOp": "theano.scalar.comparison.BitwiseOp",
    "XOR": "theano.scalar.comparison.Xor",
    "_scalar_py_operators": "theano.scalar.variable.ScalarOperators",
    "floor_div": "theano.scalar.int_div",
    "inv": "theano.scalar.reciprocal",
    "mod_check": "theano.scalar.mod",
    "round_half_away_from_zero_vec": "theano.scalar.rounding.round_half_away_from_zero.impl",
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
        "ops.diagonals",
        "ops.triangles",
        "ops.sizes",
        "comparison",
        "sharedvar",
    )
)
# What a mask selects is read by the places of its ones.
_MASKED = {
    "AdvancedBooleanIncSubtensor": "theano.tensor.AdvancedIncSubtensor",
    "AdvancedBooleanSubtensor": "theano.tensor.AdvancedSubtensor",
}
_TENSOR_RENAMED = {
    **_MASKED,
    **{name: f"theano.graph.{name}" for name in ("Apply", "Constant", "Op", "Type", "Variable")},
    **{
        name: f"theano.legacy.former_ops.{name}"
        for name in (
            "AllocEmpty",
            "Choose",
            "Default",
            "Flatten",
            "Mean",
            "Nonzero",
            "PermuteRowElements",
            "Tile",
            "_dot",
            "default",
            *(f"_convert_to_{dtype}" for dtype in ALL_DTYPES),
        )
    },
    "All": "theano.tensor.ops.careduce.LogicalAll",
    "Any": "theano.tensor.ops.careduce.LogicalAny",
    "ComplexError": "theano.errors.ComplexError",
    "DisconnectedType": "theano.graph.DisconnectedType",
    "Generic": "theano.graph.generic_type.Generic",
    "MethodNotDefined": "theano.errors.MethodNotDefined",
    "ParamsType": "theano.graph.params_type.ParamsType",
    "Tensor": "theano.tensor.TensorType",
    "_allclose": "theano.tensor.comparison.all_close",
    "_shared": "theano.shared",
    "_tensor_py_operators": "theano.tensor.variable.TensorOperators",
    "compile": "theano.compile",
    "config": "theano.config",
    "gof": "theano.gof",
    "np": "numpy",
    "scal": "theano.scalar",
    "theano": "theano",
    "all_dtypes": "theano.scalar.ALL_DTYPES",
    "complex_dtypes": "theano.scalar.COMPLEX_DTYPES",
    "continuous_dtypes": "theano.scalar.CONTINUOUS_DTYPES",
    "discrete_dtypes": "theano.scalar.DISCRETE_DTYPES",
    "float_dtypes": "theano.scalar.FLOAT_DTYPES",
    "int_dtypes": "theano.scalar.type.INT_DTYPES",
    "hashtype": "theano.legacy.gof.utilities.hashtype",
    "integer_dtypes": "theano.scalar.INTEGER_DTYPES",
    "isinf_": "theano.tensor.isinf",
    "isnan_": "theano.tensor.isnan",
    "makeKeepDims": "theano.tensor.utils.makeKeepDims",
    "mod_check": "theano.tensor.mod",
    "uint_dtypes": "theano.scalar.type.UINT_DTYPES",
}

_NNET_RENAMED = {
    **{name: f"theano.legacy.conv3d.{name}" for name in ("conv3D", "convGrad3D", "convTransp3D")},
    "ScalarSigmoid": "theano.scalar.exponential.Sigmoid",
    "ScalarSoftplus": "theano.scalar.exponential.Softplus",
    "ScalarSoftsign": "theano.tensor.nnet.activation.ScalarSoftsign",
    "UltraFastScalarSigmoid": "theano.tensor.nnet.activation.UltraFastScalarSigmoid",
    "scalar_sigmoid": "theano.scalar.exponential.sigmoid",
    "scalar_softplus": "theano.scalar.exponential.softplus",
    "sigmoid_inplace": "theano.tensor.inplace.sigmoid_inplace",
    "ultra_fast_scalar_sigmoid": "theano.tensor.nnet.activation.ultra_fast_scalar_sigmoid",
    "ultra_fast_sigmoid_inplace": "theano.tensor.nnet.ultra_fast_sigmoid",
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
    Gathered(
        "theano",
        homes=("theano.legacy.linkers",),
        renamed={
            "InconsistencyError": "theano.errors.InconsistencyError",
            "np": "numpy",
            "os": "os",
            "sys": "sys",
            "theano": "theano",
            "warnings": "warnings",
        },
        starred=("gof", "np", "os", "sys", "theano", "warnings"),
    ),
    Alias("theano.configdefaults", "theano.options"),
    Alias("theano.configparser", "theano.options"),
    # The function of this name, in the package, was written in a module of the same name.
    Gathered("theano.d3viz.d3viz", homes=("theano.d3viz.page",), shadowed=True),
    Gathered(
        "theano.gof",
        homes=(
            *_GRAPH,
            *_GOF_OPT,
            *_GOF_DATABASES,
            *_GOF_FEATURES,
            "theano.legacy.gof.destroying",
            "theano.legacy.gof.enum_types",
            "theano.legacy.linkers",
            "theano.rewriting",
        ),
        renamed={"Container": "theano.shared_variable.Container"},
    ),
    Gathered("theano.gof.cc", homes=("theano.legacy.linkers",)),
    Gathered(
        "theano.gof.link",
        homes=("theano.legacy.linkers",),
        renamed={"Container": "theano.shared_variable.Container"},
        advice="a function is compiled as a whole, so there is no storage between its nodes; to "
        "run or watch them one by one use WrapLinker, or theano.compile.MonitorMode",
    ),
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
    Gathered(
        "theano.gof.type",
        homes=("theano.graph.type", "theano.graph.generic_type", "theano.legacy.gof.enum_types"),
    ),
    Gathered("theano.gof.sched", homes=("theano.legacy.gof.schedule",)),
    Gathered("theano.gof.vm", homes=("theano.legacy.linkers",)),
    Gathered("theano.gof.fg", homes=("theano.graph.function_graph", "theano.errors")),
    Gathered(
        "theano.gof.opt",
        homes=(*_GOF_OPT, "theano.legacy.gof.features", "theano.rewriting", *_GRAPH),
        renamed={"config": "theano.config", "theano": "theano"},
        advice="which of several ways is the fastest is measured by XLA where it has a choice; a "
        "rule of your own is a theano.gof.local_optimizer, registered with theano.compile.optdb",
    ),
    Gathered("theano.gof.optdb", homes=_GOF_DATABASES, renamed={"opt": "theano.gof.opt"}),
    Gathered(
        "theano.gof.toolbox",
        homes=_GOF_FEATURES,
        renamed={"BadOptimization": "theano.compile.debugmode.errors.BadOptimization"},
    ),
    Gathered("theano.gof.destroyhandler", homes=("theano.legacy.gof.destroying", "theano.errors")),
    Gathered("theano.compile.mode", homes=("theano.legacy.gof.main_database",)),
    Gathered("theano.gof.null_type", homes=("theano.graph.null_type",)),
    Gathered(
        "theano.gof.utils",
        homes=("theano.legacy.gof.utilities", *_GRAPH),
        renamed={
            "object2": "theano.graph.props.HasProps",
            "scratchpad": "theano.graph.scratchpad.Scratchpad",
        },
    ),
    Gathered(
        "theano.compile",
        homes=(
            "theano.compile.function_object",
            "theano.compile.mode",
            "theano.legacy.gof.main_database",
            "theano.tensor.rebroadcast",
            "theano.tensor.ops.assertions",
            "theano.tensor.ops.sizes",
            "theano.errors",
        ),
        renamed={
            **_NO_C_CODE,
            "FunctionMaker": "theano.compile.maker.Maker",
            "Shape_i": "theano.tensor.ops.sizes.ShapeI",
            "SymbolicInput": "theano.compile.io.In",
            "SymbolicOutput": "theano.compile.io.Out",
            "config": "theano.config",
            "orig_function": "theano.compile.make_function.function",
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
        renamed={**_NO_C_CODE, "Shape_i": "theano.tensor.ops.sizes.ShapeI"},
    ),
    Gathered(
        "theano.compile.sharedvalue", homes=("theano.shared_variable", "theano.graph.generic_type")
    ),
    Gathered(
        "theano.tensor",
        homes=_TENSOR_OPS,
        renamed=_TENSOR_RENAMED,
        starred=(
            *(name for name in _TENSOR_RENAMED if not name.startswith("_")),
            *("basic", "blas", "extra_ops", "opt", "raw_random", "subtensor", "xlogx"),
        ),
    ),
    Gathered("theano.scalar", homes=_SCALAR_FAMILIES, renamed=_SCALAR_RENAMED),
    Gathered(
        "theano.scalar.basic", homes=("theano.scalar", *_SCALAR_FAMILIES), renamed=_SCALAR_RENAMED
    ),
    Gathered(
        "theano.scalar.sharedvar",
        homes=("theano.shared_variable",),
        renamed={"ScalarSharedVariable": "theano.shared_variable.SharedVariable"},
    ),
    Gathered("theano.scalar.basic_scipy", homes=("theano.scalar", *_SCALAR_FAMILIES)),
    Gathered("theano.tensor.basic", homes=(*_TENSOR, *_TENSOR_OPS), renamed=_TENSOR_RENAMED),
    Gathered("theano.tensor.type", homes=("theano.tensor.comparison",)),
    Gathered(
        "theano.tensor.var",
        homes=("theano.tensor.variable", "theano.errors"),
        renamed={"_tensor_py_operators": "theano.tensor.variable.TensorOperators"},
        shadowed=True,
    ),
    Gathered("theano.tensor.elemwise", homes=(*_TENSOR, *_TENSOR_OPS), renamed=_TENSOR_RENAMED),
    Gathered(
        "theano.tensor.sharedvar",
        homes=("theano.shared_variable", "theano.tensor.variable"),
        renamed={"_tensor_py_operators": "theano.tensor.variable.TensorOperators"},
    ),
    Gathered(
        "theano.tensor.raw_random",
        homes=(
            "theano.random.raw_random",
            "theano.random.random_streams",
            "theano.random.samplers",
            "theano.random.random_state",
        ),
        renamed={
            "_infer_ndim_bcast": "theano.random.raw_random.infer_size",
            "np": "numpy",
            "tensor": "theano.tensor",
            "theano": "theano",
        },
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
        renamed={
            "Bartlett": "theano.legacy.former_ops.Bartlett",
            "CpuContiguous": "theano.legacy.former_ops.CpuContiguous",
            "DiffOp": "theano.legacy.former_ops.DiffOp",
            "cpu_contiguous": "theano.tensor.tensor_copy",
        },
    ),
    Gathered("theano.tensor.blas", homes=("theano.tensor.ops.blas",)),
    Gathered(
        "theano.tensor.nlinalg",
        renamed={"_zero_disconnected": "theano.legacy.former_functions.zero_disconnected"},
    ),
    Gathered("theano.tensor.type_other", homes=("theano.tensor.ops.slices",)),
    # theano.tensor.sort was a function, like the module before it.
    Gathered("theano.tensor.sort", homes=("theano.tensor.ops.sorting",), shadowed=True),
    Gathered(
        "theano.tensor.subtensor",
        homes=(
            "theano.tensor.ops.advanced_index",
            "theano.tensor.ops.brackets",
            "theano.tensor.ops.indexing",
            "theano.legacy.former_functions",
        ),
        renamed=_MASKED,
    ),
    Gathered(
        "theano.tensor.opt",
        homes=(
            "theano.legacy.gof.main_database",
            *_GOF_OPT,
            "theano.tensor.ops.sizes",
            "theano.tensor.ops.assertions",
            "theano.tensor.ops.facts",
            "theano.rewriting",
            *_TENSOR,
            *_TENSOR_OPS,
        ),
        renamed={
            **_TENSOR_RENAMED,
            "Shape_i": "theano.tensor.ops.sizes.ShapeI",
            "assert_": "theano.tensor.ops.assertions.assert_op",
            "make_vector": "theano.legacy.former_ops.make_vector",
        },
        advice="graphs are rewritten by the rules of theano.tensor.rewrites, and XLA fuses what is"
        " left; a rule of your own is written with theano.rewriting",
    ),
    Gathered(
        "theano.tensor.nnet.abstract_conv",
        homes=tuple(
            f"theano.tensor.nnet.convolution.{home}"
            for home in (
                "functions",
                "ops",
                "base",
                "shapes",
                "borders",
                "separable",
                "upsampling",
            )
        ),
        renamed={
            "conv2d": "theano.tensor.nnet.abstract_conv2d",
            "imported_scipy_signal": "theano.tensor.nnet.convolution.conv_op.imported_scipy_signal",
        },
    ),
    Gathered(
        "theano.tensor.nnet.conv",
        homes=("theano.tensor.nnet.convolution.conv_op",),
        renamed={
            "get_conv_output_shape": "theano.tensor.nnet.convolution.shapes.get_conv_output_shape"
        },
    ),
    Gathered(
        "theano.tensor.nnet.opt",
        homes=(
            *(f"theano.tensor.nnet.convolution.{home}" for home in ("ops", "corr", "conv_op")),
            "theano.tensor.nnet.blocksparse",
        ),
        advice="how a convolution is computed is chosen where it is lowered, by its shape; leave "
        "it out",
    ),
    Gathered("theano.tensor.nnet.corr", homes=("theano.tensor.nnet.convolution.corr",)),
    Gathered("theano.tensor.nnet.corr3d", homes=("theano.tensor.nnet.convolution.corr",)),
    Gathered(
        "theano.tensor.nnet.conv3d2d",
        homes=(
            "theano.tensor.nnet.convolution.conv3d2d",
            "theano.tensor.nnet.convolution.diagonal_bands",
        ),
    ),
    *(
        Gathered(f"theano.tensor.nnet.{name}", homes=("theano.legacy.conv3d",))
        for name in ("Conv3D", "ConvGrad3D", "ConvTransp3D")
    ),
    Gathered("theano.tensor.nnet", renamed=_NNET_RENAMED),
    *(
        Gathered(
            f"theano.tensor.nnet.{name}",
            homes=("theano.tensor.nnet", *_TENSOR),
            renamed=_NNET_RENAMED,
        )
        for name in ("nnet", "sigm")
    ),
    Gathered(
        "theano.sandbox.softsign", renamed={"softsign": "theano.tensor.nnet.activation.softsign"}
    ),
    Gathered("theano.sandbox.blocksparse", homes=("theano.tensor.nnet.blocksparse",)),
    *(
        Gathered(
            path,
            homes=("theano.tensor.signal.pool",),
            renamed={
                "DownsampleFactorMax": "theano.tensor.signal.pool.DownsampleFactorMax",
                "max_pool_2d": "theano.tensor.signal.pool.pool_2d",
            },
        )
        for path in ("theano.tensor.signal.downsample", "theano.sandbox.downsample")
    ),
    *(
        Gathered(
            path,
            homes=("theano.loops", "theano.loops.loop", "theano.loops.step", "theano.graph"),
            renamed={"Scan": "theano.loops.Loop", "clone": "theano.clone"},
        )
        for path in (
            "theano.scan_module",
            "theano.scan_module.scan_op",
            "theano.scan_module.scan_views",
        )
    ),
    Gathered(
        "theano.scan_module.scan_utils",
        homes=("theano.legacy.scan_utils", "theano.loops.step"),
        renamed={"clone": "theano.clone"},
    ),
    *(
        Gathered(f"theano.scan_module.{name}", homes=("theano.loops",), shadowed=True)
        for name in ("scan", "scan_checkpoints")
    ),
    Gathered("theano.misc"),
    Gathered(
        "theano.misc.may_share_memory",
        renamed={"may_share_memory": "theano.tensor.type.TensorType.may_share_memory"},
    ),
    *(
        Gathered(path, homes=("theano.legacy.leftovers",))
        for path in (
            "theano.gof.cmodule",
            "theano.gof.compilelock",
            "theano.misc.strutil",
            "theano.tests.disturb_mem",
        )
    ),
    Removed("theano.gof.cutils", advice="leave it out: nothing is compiled by a C compiler here"),
    Removed(
        "theano.tests.record",
        advice="compare runs with theano.compile.MonitorMode, or theano.config.mode=DebugMode",
    ),
    Removed(
        "theano.compile.profilemode",
        advice="give profile=True to theano.function, or set the flag `profile`",
    ),
    Removed("theano.sandbox.scan", advice="use theano.scan: `states` are its `outputs_info`"),
    Gathered("theano.scan", homes=("theano.loops",), shadowed=True),
    Gathered(
        "theano.graph.basic",
        homes=(
            "theano.graph.queries",
            "theano.graph.variable",
            "theano.graph.apply",
            "theano.graph.traversal",
        ),
        renamed={"graph_inputs": "theano.graph.queries.inputs"},
    ),
    Gathered("theano.graph.fg", homes=("theano.graph.function_graph", "theano.errors")),
    Gathered("theano.graph.utils", homes=_GRAPH),
    Gathered(
        "theano.version",
        renamed={
            "full_version": "theano.__version__",
            "short_version": "theano.__version__",
            "version": "theano.__version__",
        },
    ),
    Alias("theano.misc.pkl_utils", "theano.legacy.pkl_utils"),
    Gathered("theano.tests"),
    Alias("theano.tests.unittest_tools", "theano.legacy.unittest_tools"),
    Alias("theano.tests.breakpoint", "theano.printing.breakpoints"),
    Gathered("theano.sandbox"),
    Gathered("theano.sandbox.neighbours", homes=("theano.tensor.nnet.neighbours",)),
    Gathered(
        "theano.sandbox.rng_mrg",
        homes=("theano.random.mrg", "theano.random.jumps"),
        renamed={
            "MRG_RandomStream": "theano.random.mrg.MRG_RandomStreams",
            "mrg_uniform": "theano.random.ops.Uniform",
        },
    ),
    Gathered(
        "theano.sandbox.multinomial",
        renamed={
            "ChoiceFromUniform": "theano.random.ops.Choice",
            "MultinomialFromUniform": "theano.random.ops.Multinomial",
            "MultinomialWOReplacementFromUniform": "theano.random.ops.Choice",
        },
    ),
    *(
        Gathered(
            path,
            homes=("theano.tensor.nlinalg", "theano.tensor.slinalg", "theano.tensor.ops.hints"),
        )
        for path in ("theano.sandbox.linalg", "theano.sandbox.linalg.ops")
    ),
    *GPU_ROWS,
    *MINOR_ROWS,
)
