"""Programs that name a GPU's values, types and ops."""

from __future__ import annotations

import importlib
import pickle

import numpy as np
import pytest
from tests.checks import check_raises

import theano
import theano.tensor as T
from theano import config, function
from theano.legacy import gpu
from theano.legacy.gpu_rows import GPU_ROWS, MODULES
from theano.tensor.sharedvar import TensorSharedVariable

NAMES = {
    "sandbox.cuda": """
        cuda_available cuda_enabled use unuse CudaNdarray CudaNdarrayType GpuOp basic_ops
        CudaNdarraySharedVariable CudaNdarrayVariable CudaNdarrayConstant GpuElemwise
        GpuFromHost HostFromGpu as_cuda_ndarray_variable gpu_from_host host_from_gpu
        cuda_ndarray mem_info dnn opt shared_constructor float32_shared_constructor ftensor4
        register_opt active_device_name type var active_device_number blas nnet rng_curand
        fftconv
    """,
    "sandbox.cuda.basic_ops": """
        gpu_from_host host_from_gpu gpu_contiguous as_cuda_ndarray_variable GpuContiguous
        gpu_alloc_empty gpu_alloc GpuFromHost HostFromGpu GpuDimShuffle
    """,
    "sandbox.cuda.dnn": """
        dnn_conv dnn_conv3d dnn_pool dnn_available version GpuDnnConv GpuDnnConvDesc
        GpuDnnConvGradI GpuDnnConvGradW GpuDnnConv3dGradI dnn_gradweight dnn_gradinput
        dnn_batch_normalization_train dnn_batch_normalization_test GpuDnnSoftmax
        gpu_contiguous
    """,
    "sandbox.cuda.var": """
        CudaNdarraySharedVariable CudaNdarrayVariable float32_shared_constructor
    """,
    "sandbox.cuda.type": """
        CudaNdarrayType
    """,
    "sandbox.cuda.opt": """
        register_opt
    """,
    "sandbox.cuda.blas": """
        GpuCorrMM GpuCorrMM_gradInputs GpuCorrMM_gradWeights GpuCorr3dMM
    """,
    "sandbox.cuda.blocksparse": """
        sparse_block_dot_SS
    """,
    "sandbox.cuda.nnet": """
        GpuSoftmax GpuSoftmaxWithBias
    """,
    "sandbox.cuda.fftconv": """
        conv2d_fft
    """,
    "sandbox.cuda.rng_curand": """
        CURAND_RandomStreams
    """,
    "gpuarray": """
        pygpu_activated use get_context dnn type basic_ops
    """,
    "gpuarray.basic_ops": """
        as_gpuarray_variable gpu_contiguous host_from_gpu infer_context_name GpuKernelBase
        Kernel GpuAllocEmpty GpuEye HideC GpuFromHost HostFromGpu GpuContiguous gpu_join
    """,
    "gpuarray.type": """
        GpuArrayType gpuarray_shared_constructor get_context list_contexts
        GpuArraySharedVariable GpuArrayConstant GpuArrayVariable gpu_context_type
        ContextNotDefined
    """,
    "gpuarray.dnn": """
        dnn_conv dnn_conv3d dnn_pool dnn_present dnn_available version RNNBlock
        dnn_batch_normalization_train dnn_batch_normalization_test dnn_spatialtf
        GpuDnnConvDesc
    """,
    "gpuarray.blas": """
        GpuCorrMM GpuCorr3dMM
    """,
    "gpuarray.fp16_help": """
        load_w write_w work_dtype
    """,
    "gpuarray.fft": """
        curfft cuirfft
    """,
    "gpuarray.linalg": """
        gpu_solve gpu_cholesky gpu_svd gpu_qr gpu_matrix_inverse GpuCholesky
    """,
    "gpuarray.nnet": """
        GpuSoftmax gpu_softmax GpuCrossentropySoftmax1HotWithBiasDx
    """,
    "gpuarray.opt": """
        register_opt register_opt2 op_lifter gpu_optimizer gpu_optimizer2
    """,
    "gpuarray.pool": """
        GpuPool
    """,
    "gpuarray.subtensor": """
        GpuAdvancedSubtensor1
    """,
    "gpuarray.neighbours": """
        GpuImages2Neibs
    """,
    "gpuarray.ctc": """
        gpu_ctc GpuConnectionistTemporalClassification
    """,
    "gpuarray.blocksparse": """
        GpuSparseBlockGemv gpu_sparse_block_gemv
    """,
    "sandbox.gpuarray": """
        pygpu_activated dnn
    """,
    "sandbox.gpuarray.dnn": """
        dnn_conv dnn_pool
    """,
    "misc.pycuda_init": """
        pycuda_available
    """,
}


@pytest.mark.parametrize("module", NAMES)
def test_names_that_programs_use(module):
    found = importlib.import_module(f"theano.{module}")
    for name in NAMES[module].split():
        assert getattr(found, name) is not None, name


def test_every_row_is_reached_and_every_new_home_exists():
    for row in GPU_ROWS:
        for name in getattr(row, "renamed", ()):
            assert getattr(importlib.import_module(row.path), name) is not None, (row.path, name)
    assert len(set(MODULES)) == len(MODULES)


def test_names_that_are_no_more_come_with_advice():
    with check_raises(AttributeError, "theano.sandbox.cuda.nonesuch", "THEANO_FLAGS=device=cuda"):
        _ = theano.sandbox.cuda.nonesuch
    with check_raises(ImportError, "theano.sandbox.cuda.nvcc_compiler", "XLA does"):
        importlib.import_module("theano.sandbox.cuda.nvcc_compiler")
    with check_raises(NotImplementedError, "a kernel in CUDA C", "jax.numpy"):
        gpu.Kernel(code="", name="k")


def test_what_moves_values_hands_them_on():
    x = T.matrix("x")
    for moved in (
        gpu.gpu_from_host(x),
        gpu.host_from_gpu(x),
        gpu.gpu_contiguous(x),
        gpu.as_gpuarray_variable(x, gpu.infer_context_name(x)),
        gpu.GpuFromHost(None)(x),
        gpu.HostFromGpu()(x),
    ):
        assert moved is x
    shapes = [gpu.gpu_alloc_empty(2, 3), gpu.GpuAllocEmpty("int8", None)(2), gpu.gpu_alloc(1.5, 2)]
    empty, small, full = function([], [*shapes])()
    assert (empty.shape, empty.dtype, small.dtype) == ((2, 3), "float32", "int8")
    assert full.tolist() == [1.5, 1.5]


def test_types():
    kind = gpu.CudaNdarrayType(broadcastable=(False, True))
    assert kind == T.TensorType("float32", (False, True))
    assert gpu.CudaNdarrayType((), dtype="float64") == T.dscalar
    assert gpu.GpuArrayType("int8", (True,), context_name="dev0") == T.TensorType("int8", (True,))
    assert isinstance(T.fmatrix, gpu.CudaNdarrayType)
    assert isinstance(T.fmatrix, gpu.GpuArrayType)
    assert not isinstance(3, gpu.CudaNdarrayType)
    assert gpu.CudaNdarray([1, 2]).dtype == "float32"


STATE = b"}(X\x05\x00\x00\x00dtypeX\x07\x00\x00\x00float32X\x0d\x00\x00\x00broadcastable(I00\ntu"


@pytest.mark.parametrize(
    "name", ["sandbox.cuda.type\nCudaNdarrayType", "gpuarray.type\nGpuArrayType"]
)
def test_types_in_pickles(name):
    """As earlier versions wrote them, in protocols 0 and 2."""
    cls = b"ctheano." + name.encode() + b"\n"
    oldest = b"ccopy_reg\n_reconstructor\n(" + cls + b"c__builtin__\nobject\nNtR"
    for text in (oldest, cls + b")\x81"):
        assert pickle.loads(text + STATE + b"b.") == T.fvector


def test_shared_variables():
    value = np.arange(3, dtype="float32")
    one = gpu.float32_shared_constructor(value, "one", borrow=True)
    two = gpu.gpuarray_shared_constructor(
        value.astype("int8"), target="dev0", broadcastable=[False]
    )
    assert isinstance(one, TensorSharedVariable)
    assert (one.name, one.dtype, two.dtype) == ("one", "float32", "int8")
    with check_raises(TypeError, "float32"):
        gpu.float32_shared_constructor(np.zeros(3))


def test_use_says_once_that_there_is_no_gpu():
    with pytest.warns(UserWarning, match="going on with cpu: the device 'gpu7'"):
        gpu.use("gpu7")
    with check_raises(ValueError, "gpu7"):
        gpu.use("gpu7", force=True)
    gpu.use("cpu")
    gpu.unuse()
    assert config.device == "cpu"
    assert (gpu.cuda_enabled, gpu.cuda_available, gpu.pygpu_activated) == (False, False, False)


def test_use_of_a_device_that_there_is(monkeypatch):
    """Which here is another name of the CPU."""
    device = gpu.find_device("cpu")
    monkeypatch.setattr(gpu, "find_device", lambda name: device)
    for name in ("cuda_available", "cuda_enabled", "pygpu_activated"):
        monkeypatch.setattr(gpu, name, False)
    monkeypatch.setitem(vars(config), "device", "cpu")
    gpu.use("cuda0")
    assert config.device == "cuda0"
    assert theano.sandbox.cuda.cuda_enabled
    assert theano.gpuarray.pygpu_activated


def test_contexts():
    assert gpu.list_contexts() == []
    with check_raises(gpu.ContextNotDefined, "device=cpu", "THEANO_FLAGS=device=cuda"):
        gpu.get_context(None)
    free, total = gpu.mem_info()
    assert 0 < free <= total
    assert gpu.active_device_number() == 0
    assert isinstance(gpu.active_device_name(), str)


def test_ops_of_users(rng):
    """One that was written for a GPU runs by its ``perform``; its rules are taken and not used."""

    class Twice(gpu.GpuOp):
        __props__ = ()

        def make_node(self, x):
            return theano.Apply(self, [x], [x.type()])

        def perform(self, node, inputs, output_storage):
            output_storage[0][0] = 2 * inputs[0]

    @gpu.register_opt("fast_run")
    def rule(node):
        return None

    gpu.gpu_optimizer.register("rule", rule, "fast_run")
    assert Twice()(T.constant(np.float32([1, 2]))).eval().tolist() == [2, 4]


def test_functions_that_a_gpu_had_its_own_of(rng):
    a, b = rng.normal(size=(3, 3)), rng.normal(size=(3, 2))
    x, w = rng.normal(size=(1, 2, 4, 4)), rng.normal(size=(3, 2, 3, 3))
    correlated = T.nnet.conv2d(T.constant(x), T.constant(w), border_mode=(1, 1), filter_flip=False)
    pairs = [
        (gpu.gpu_solve(a, b), np.linalg.solve(a, b)),
        (gpu.gpu_solve(a, b, trans="T"), np.linalg.solve(a.T, b)),
        (gpu.gpu_qr(T.constant(a), complete=False), np.linalg.qr(a, "r")),
        (gpu.GpuEye("int8")(2, 3, 0), np.eye(2, 3)),
        (gpu.GpuCorrMM(pad=(1, 1))(x, w), correlated.eval()),
        (gpu.conv2d_fft(x, w), T.nnet.conv2d(T.constant(x), T.constant(w)).eval()),
    ]
    for value, (_, expected) in zip(function([], [p[0] for p in pairs])(), pairs, strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-9)
    assert (gpu.work_dtype("float16"), gpu.load_w("float32")) == ("float32", "")
    assert gpu.write_w("float16") == "ga_float2half"
