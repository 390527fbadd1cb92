"""Rows of the table for ``theano.sandbox.cuda`` and ``theano.gpuarray``."""

from __future__ import annotations

from theano.legacy.finder import Gathered, Removed, Row

ADVICE = (
    "leave it out: with THEANO_FLAGS=device=cuda programs run on the GPU as they stand, and what "
    "was written in CUDA C can be an op whose `lower` says it with jax.numpy"
)
CUDA = """
    basic_ops blas blocksparse cuda_ndarray cuda_ndarray.cuda_ndarray elemwise fftconv neighbours
    nnet opt rng_curand type var
"""
GPUARRAY = """
    basic_ops blas blocksparse ctc elemwise fft fp16_help linalg neighbours nnet opt pool subtensor
    type
"""
MODULES = (
    "gpuarray",
    "sandbox.gpuarray",
    *(f"sandbox.cuda.{name}" for name in CUDA.split()),
    *(f"gpuarray.{name}" for name in GPUARRAY.split()),
    *(f"sandbox.gpuarray.{name}" for name in GPUARRAY.split()),
)
DNN = ("theano.legacy.dnn", "theano.legacy.dnn_rnn")
# What ops of a GPU's own are today, in whichever module they were.
RENAMED = {
    "CURAND_RandomStreams": "theano.random.mrg.MRG_RandomStreams",
    **{
        f"{kind}{name}": f"theano.tensor.{today}"
        for kind in ("CudaNdarray", "GpuArray")
        for name, today in (
            ("Constant", "TensorConstant"),
            ("SharedVariable", "sharedvar.TensorSharedVariable"),
            ("Variable", "TensorVariable"),
        )
    },
    "GpuAdvancedIncSubtensor1": "theano.tensor.ops.advanced_index.AdvancedIncSubtensor1",
    "GpuAdvancedSubtensor1": "theano.tensor.ops.advanced_index.AdvancedSubtensor1",
    "GpuCholesky": "theano.tensor.slinalg.Cholesky",
    "GpuConnectionistTemporalClassification": (
        "theano.tensor.nnet.ctc.ConnectionistTemporalClassification"
    ),
    "GpuDimShuffle": "theano.tensor.DimShuffle",
    "GpuElemwise": "theano.tensor.Elemwise",
    "GpuImages2Neibs": "theano.tensor.nnet.neighbours.Images2Neibs",
    "GpuPool": "theano.tensor.signal.pool.Pool",
    "GpuSparseBlockGemv": "theano.tensor.nnet.blocksparse.SparseBlockGemv",
    "GpuSparseBlockOuter": "theano.tensor.nnet.blocksparse.SparseBlockOuter",
    **{
        f"Gpu{name}": f"theano.tensor.nnet.{name}"
        for name in (
            "CrossentropySoftmax1HotWithBiasDx",
            "CrossentropySoftmaxArgmax1HotWithBias",
            "Softmax",
            "SoftmaxWithBias",
        )
    },
    "cuirfft": "theano.tensor.fft.irfft",
    "curfft": "theano.tensor.fft.rfft",
    "gpu_cholesky": "theano.tensor.slinalg.cholesky",
    "gpu_ctc": "theano.tensor.nnet.ctc.ctc",
    "gpu_matrix_inverse": "theano.tensor.nlinalg.matrix_inverse",
    "gpu_softmax": "theano.tensor.nnet.softmax_op",
    "gpu_softmax_with_bias": "theano.tensor.nnet.softmax_with_bias",
    "gpu_sparse_block_gemv": "theano.tensor.nnet.blocksparse.sparse_block_gemv",
    "gpu_sparse_block_outer": "theano.tensor.nnet.blocksparse.sparse_block_outer",
    "gpu_svd": "theano.tensor.nlinalg.svd",
    "shared_constructor": "theano.legacy.gpu.float32_shared_constructor",
    "sparse_block_dot_SS": "theano.tensor.nnet.blocksparse.sparse_block_dot",
}

GPU_ROWS: tuple[Row, ...] = (
    *(
        Gathered(
            f"theano.{path}",
            homes=("theano.legacy.gpu", *homes),
            renamed=RENAMED | renamed,
            advice=ADVICE,
        )
        for paths, homes, renamed in (
            (
                ("sandbox.cuda",),
                ("theano.tensor.constructors",),
                {
                    "dnn_available": "theano.legacy.dnn.dnn_available",
                    "dnn_version": "theano.legacy.dnn.version",
                },
            ),
            (("sandbox.cuda.dnn",), DNN, {"version": "theano.legacy.dnn.version_pair"}),
            (("gpuarray.dnn", "sandbox.gpuarray.dnn"), DNN, {}),
            (MODULES, (), {}),
        )
        for path in paths
    ),
    *(
        Removed(path, advice="no C code is compiled for a GPU: XLA does; leave it out")
        for path in (
            "theano.gpuarray.kernel_codegen",
            "theano.gpuarray.opt_util",
            "theano.misc.pycuda_utils",
            "theano.sandbox.cuda.kernel_codegen",
            "theano.sandbox.cuda.nvcc_compiler",
        )
    ),
    Gathered("theano.misc.pycuda_init", homes=("theano.legacy.gpu",), advice=ADVICE),
)
