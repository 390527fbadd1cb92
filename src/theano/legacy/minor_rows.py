"""Rows of the table for modules that few programs import, or that were Theano's own affair."""

from __future__ import annotations

from theano.legacy.compat import NAMES
from theano.legacy.finder import Gathered, Removed, Row
from theano.legacy.sparse_names import NOT_BUILT

NO_C_CODE = "leave it out: nothing is compiled by a C compiler here, but all by XLA"
OWN_SCRIPT = (
    "leave it out: it was a script of Theano's developers; `theano info` says what is in force"
)
ANOTHER_LIBRARY = (
    "leave it out: with THEANO_FLAGS=device=cuda programs run on the GPU as they stand"
)
RULES = "write rules with theano.rewriting; those of Theano's own have no names here"
MODULES = "use theano.shared and theano.function in a class of Python's"
REMOVED: dict[str, tuple[str, ...]] = {
    NO_C_CODE: (
        "theano.gof.callcache",
        "theano.gof.compiledir",
        "theano.gof.lazylinker_c",
        "theano.scalar.basic_sympy",
        "theano.scan_module.scan_perform_ext",
        "theano.tensor.blas_headers",
        "theano.tensor.elemwise_cgen",
        "theano.tensor.inc_code",
    ),
    OWN_SCRIPT: tuple(
        f"theano.misc.{name}"
        for name in (
            *("buildbot_filter", "burn_gpu", "check_blas", "check_duplicate_key"),
            *("check_multi_gpu", "cpucount", "doubleop", "elemwise_openmp_speedup"),
            *("elemwise_time_test", "gh_api", "hooks", "latence_gpu_transfert", "windows"),
        )
    ),
    ANOTHER_LIBRARY: tuple(
        f"theano.misc.{name}" for name in ("cudamat_utils", "gnumpy_utils", "pycuda_example")
    ),
    RULES: (
        "theano.gof.unify",
        "theano.sandbox.linalg.opt",
        "theano.scan_module.scan_opt",
        "theano.tensor.opt_uncanonicalize",
        "theano.typed_list.opt",
    ),
    MODULES: (
        "theano.compile.module",
        "theano.sandbox.symbolic_module",
        "theano.sandbox.theano_object",
    ),
    "use theano.tensor.shared_randomstreams.RandomStreams": (
        "theano.tensor.deprecated",
        "theano.tensor.randomstreams",
    ),
    "use theano.tensor.fft": ("theano.sandbox.fourier", "theano.tensor.fourier"),
    "use theano.grad": ("theano.tensor.tensor_grad",),
    "use theano.ifelse.ifelse": ("theano.lazycond",),
    "set theano.config.floatX": ("theano.floatx",),
    "docs/extending.md shows how an op is written": ("theano.sandbox.minimal",),
    "use pathlib": ("theano.pathparse",),
    "run the tests of the project with pytest": ("theano.tests.main",),
}
MINOR_ROWS: tuple[Row, ...] = (
    Gathered("theano.compile.sandbox"),
    Gathered("theano.gof.python25", homes=("theano.legacy.compat",), renamed=NAMES),
    Gathered("theano.misc.safe_asarray", renamed={"_asarray": "theano._asarray"}),
    Gathered("theano.printing", renamed={"pydotprint_variables": "theano.printing.pydotprint"}),
    Gathered("theano.raise_op", homes=("theano.legacy.raising",)),
    Gathered("theano.sandbox.conv", homes=("theano.tensor.nnet.convolution.conv_op",)),
    Gathered("theano.sandbox.linalg.kron", renamed={"kron": "theano.tensor.slinalg.kron"}),
    Gathered("theano.sandbox.solve", homes=("theano.tensor.slinalg",)),
    *(
        Gathered(path, homes=("theano.legacy.sparse_names",), advice=NOT_BUILT)
        for path in ("theano.sparse", "theano.sparse.basic", "theano.sparse.type")
    ),
    *(Removed(path, advice=advice) for advice, paths in REMOVED.items() for path in paths),
)
