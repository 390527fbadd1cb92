"""Names that only pickles of earlier versions hold: private functions, and what is left of classes.

The import hook serves them after the table of old import paths, so that a row of the table wins.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from theano.graph.scratchpad import Scratchpad
from theano.legacy.pickles import array_of_gpu, make_function, make_maker
from theano.legacy.relics import EarlierOp, Relic
from theano.scalar.exponential import Sigmoid, Softplus
from theano.tensor.sharedvar import TensorSharedVariable
from theano.tensor.type import TensorType
from theano.tensor.variable import TensorConstant, TensorVariable

GPU = ("theano.sandbox.cuda", "theano.gpuarray", "theano.sandbox.gpuarray")
OPS = {
    "theano.sandbox.multinomial": "MultinomialFromUniform ChoiceFromUniform",
    "theano.scan_module.scan_op": "Scan",
    "theano.tensor.nnet.nnet": "ScalarSoftsign",
    "theano.sandbox.rng_mrg": "GPUA_mrg_uniform GPU_mrg_uniform",
    "theano.tensor.blas_c": "CGemv CGer",
    "theano.tensor.blas_scipy": "ScipyGer",
    "theano.tensor.extra_ops": "CumprodOp CumsumOp",
    "theano.tensor.nnet.bn": "BNComposite",
    "theano.tensor.nnet.conv": "ConvOp",
    "theano.tensor.nnet.corr": "CorrMM CorrMM_gradInputs CorrMM_gradWeights",
    "theano.tensor.nnet.corr3d": "Corr3dMM Corr3dMM_gradInputs Corr3dMM_gradWeights",
    "theano.tensor.nnet.sigm": "UltraFastScalarSigmoid",
    "theano.tensor.slinalg": "CholeskyGrad",
}
"""By module, ops that graphs have after rewriting, or that are made otherwise today."""
OBJECTS = {
    "theano.compile.debugmode": "DebugMode _Linker _Maker",
    "theano.compile.function_module": "Supervisor",
    "theano.compile.mode": "AddDestroyHandler AddFeatureOptimizer AddNoOutputFromInplace",
    "theano.compile.profiling": "ProfileStats ScanProfileStats",
    "theano.gof.cc": "CLinker DualLinker OpWiseCLinker",
    "theano.gof.destroyhandler": "DestroyHandler",
    "theano.gof.link": "LocalLinker PerformLinker WrapLinker",
    "theano.gof.opt": "ChangeTracker MergeFeature _metadict",
    "theano.gof.optdb": "Query",
    "theano.gof.toolbox": "Bookkeeper History NoOutputFromInplace NodeFinder PreserveNames "
    "PreserveVariableAttributes ReplaceValidate Validator",
    "theano.gof.vm": "VM_Linker",
    "theano.misc.frozendict": "FrozenOrderedDict frozendict",
    "theano.misc.ordered_set": "Link OrderedSet",
    "theano.sparse.basic": "SparseConstantSignature",
    "theano.tensor.opt": "ShapeFeature",
    "theano.tensor.var": "TensorConstantSignature",
}
"""By module, what else was in the pickles of functions."""


GPUARRAY = {
    "GpuArrayConstant": TensorConstant,
    "GpuArraySharedVariable": TensorSharedVariable,
    "GpuArrayType": TensorType,
    "GpuArrayVariable": TensorVariable,
    "GpuArray_unpickler": array_of_gpu,
}
HERE: dict[str, dict[str, Any]] = {
    "theano.compile.function_module": {
        "_constructor_Function": make_function,
        "_constructor_FunctionMaker": make_maker,
    },
    "theano.gof.utils": {"ValidatingScratchpad": Scratchpad, "scratchpad": Scratchpad},
    "theano.sandbox.cuda.type": {
        "CudaNdarrayType": TensorType,
        "CudaNdarray_unpickler": array_of_gpu,
    },
    "theano.sandbox.cuda.var": {
        "CudaNdarrayConstant": TensorConstant,
        "CudaNdarraySharedVariable": TensorSharedVariable,
        "CudaNdarrayVariable": TensorVariable,
    },
    "theano.tensor.nnet.sigm": {"ScalarSigmoid": Sigmoid, "ScalarSoftplus": Softplus},
    "theano.gpuarray.type": GPUARRAY,
    "theano.sandbox.gpuarray.type": GPUARRAY,
}
"""By module, names with what stands for them today."""
PATHS = sorted(
    {
        ".".join(path.split(".")[:n])
        for path in (*OPS, *OBJECTS, *HERE)
        for n in range(2, 1 + len(path.split(".")))
    }
)
"""The modules that have them, and those above."""


@cache
def pickled_name(module: str, name: str) -> Any:
    """Return what stands for a name in a pickle of earlier versions, or None if nothing does."""
    if name in HERE.get(module, ()):
        return HERE[module][name]
    gpu = name.startswith("Gpu") and module.startswith(GPU)
    for names, base in ((OPS, EarlierOp), (OBJECTS, Relic)):
        if name in names.get(module, "").split() or (gpu and base is EarlierOp):
            return type(name, (base,), {"__module__": module, "__doc__": base.__doc__})
    return None
