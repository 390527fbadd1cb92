"""The names by which programs moved values to a GPU and back.

Programs run on the device that ``config.device`` names, all of them and as they stand. Nothing in
a graph is on the one side or the other, so what moved values hands them on, the type of a value on
a GPU is that of any tensor, and rules for ops of a GPU's own have nothing to do.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Op
from theano.graph.generic_type import generic
from theano.options import config
from theano.runtime.devices import current_device, find_device
from theano.shared_variable import shared
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.nnet.convolution.corr import (
    Corr3dMM,
    Corr3dMM_gradInputs,
    Corr3dMM_gradWeights,
    CorrMM,
    CorrMM_gradInputs,
    CorrMM_gradWeights,
)
from theano.tensor.nnet.convolution.functions import conv2d, conv3d
from theano.tensor.ops.factorizations import qr
from theano.tensor.ops.joining import join
from theano.tensor.ops.shape import alloc
from theano.tensor.ops.solving import TRANSPOSED, Solve
from theano.tensor.ops.triangles import Eye
from theano.tensor.type import TensorType

NO_KERNELS = (
    "compute it with the functions of theano.tensor, which XLA compiles for the GPU, or write an "
    "op whose `lower` says it with jax.numpy or a Pallas kernel"
)


def is_active() -> bool:
    """Whether ``config.device`` is a GPU."""
    return config.device.startswith(("cuda", "gpu"))


cuda_available = cuda_enabled = pygpu_activated = is_active()
pycuda_available = False


def use(device: str, force: bool = False, **options: Any) -> None:
    """Compute on ``device`` from now on; to be called before shared variables are made.

    Where this machine has no such device, programs go on with ``config.device``, with a warning.

    Parameters
    ----------
    device : str
        ``gpu``, ``cuda0`` and the like; ``cpu`` changes nothing.
    force : bool
        Raise where there is no such device.
    **options
        What earlier versions took besides; no effect.

    Raises
    ------
    ValueError
        ``force`` is given, and there is no such device.
    """
    global cuda_available, cuda_enabled, pygpu_activated
    if device == "cpu" or device == config.device:
        return
    try:
        find_device(device)
    except ValueError as error:
        if force:
            raise
        warnings.warn(f"going on with {config.device}: {error}", stacklevel=2)
        return
    # The flag is otherwise read only: variables that were made before stay where they are.
    vars(config)["device"] = device
    cuda_available = cuda_enabled = pygpu_activated = is_active()


def unuse() -> None:
    """Do nothing: the device is that of ``config.device``."""


def active_device_name() -> str:
    """Return what the device that computes is called."""
    return str(current_device().device_kind)


def active_device_number() -> int:
    """Return which of several devices of a kind computes."""
    return int(current_device().id)


def mem_info() -> tuple[int, int]:
    """Return how many bytes of the device's memory are free, and how many it has."""
    stats = current_device().memory_stats()
    if stats and "bytes_limit" in stats:
        return stats["bytes_limit"] - stats["bytes_in_use"], stats["bytes_limit"]
    page = os.sysconf("SC_PAGE_SIZE")
    return page * os.sysconf("SC_AVPHYS_PAGES"), page * os.sysconf("SC_PHYS_PAGES")


# Values and their types.


class AnyTensor(type(TensorType)):  # type: ignore[misc]
    """Makes every tensor type an instance of the types that tensors on a GPU had."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, TensorType)


class EarlierType(TensorType, metaclass=AnyTensor):
    """What an old pickle says is of a subclass becomes a ``TensorType``."""

    def __setstate__(self, state: Any) -> None:
        self.__class__ = TensorType  # type: ignore[assignment]
        vars(self).update(state)


class CudaNdarrayType(EarlierType):
    """Makes a ``TensorType``, of float32 unless ``dtype`` says otherwise."""

    def __new__(
        cls, broadcastable: Sequence[bool] | None = None, name: Any = None, dtype: Any = None
    ) -> Any:
        """Return the type; without arguments, as a pickle calls it, one still to be filled."""
        if broadcastable is None:
            return object.__new__(cls)
        return TensorType(dtype or "float32", broadcastable, name)


class GpuArrayType(EarlierType):
    """Makes a ``TensorType``; a context says nothing."""

    def __new__(
        cls,
        dtype: Any = None,
        broadcastable: Sequence[bool] | None = None,
        context_name: Any = None,
        name: Any = None,
    ) -> Any:
        """Return the type; without arguments, as a pickle calls it, one still to be filled."""
        if dtype is None or broadcastable is None:
            return object.__new__(cls)
        return TensorType(dtype, broadcastable, name)


class CudaNdarray:
    """Makes an ndarray of float32."""

    def __new__(cls, value: Any) -> Any:
        """Return a copy of ``value``."""
        return np.array(value, dtype="float32")


def gpuarray_shared_constructor(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    borrow: bool = False,
    broadcastable: Sequence[bool] | None = None,
    target: Any = None,
) -> Any:
    """Return a shared variable, as ``theano.shared`` does; ``target`` says nothing."""
    more = {} if broadcastable is None else {"broadcastable": broadcastable}
    return shared(value, name, strict, allow_downcast, borrow=borrow, **more)


def float32_shared_constructor(value: Any, *args: Any, **kwargs: Any) -> Any:
    """Return a shared variable of an array of float32.

    Raises
    ------
    TypeError
        ``value`` is of another dtype.
    """
    if np.asarray(value).dtype != "float32":
        raise usage_error(
            TypeError, "a float32 shared variable was made", expected="float32", got=value
        )
    return gpuarray_shared_constructor(np.asarray(value), *args, **kwargs)


# What moved values, and what made them.


class Transfer:
    """What moved a value, or saw to its memory: hands it on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __call__(self, x: Any) -> Any:
        """Return ``x`` as a tensor variable."""
        return as_tensor_variable(x)


GpuFromHost = HostFromGpu = GpuToGpu = GpuContiguous = Transfer
gpu_from_host = host_from_gpu = gpu_contiguous = Transfer()


def as_gpuarray_variable(x: Any, context_name: Any = None) -> Any:
    """Return ``x`` as a tensor variable; a context says nothing."""
    return as_tensor_variable(x)


as_cuda_ndarray_variable = as_gpuarray_variable


@dataclass(frozen=True)
class GpuAllocEmpty:
    """A tensor of given lengths whose contents do not matter: zeros."""

    dtype: str = "float32"
    context_name: Any = None

    def __call__(self, *shape: Any) -> Any:
        """Return the tensor."""
        return alloc(np.zeros((), dtype=self.dtype), *shape)


gpu_alloc_empty = GpuAllocEmpty()


class GpuAlloc:
    """See ``theano.tensor.alloc``."""

    def __init__(self, context_name: Any = None, memset_0: bool = False) -> None:
        pass

    def __call__(self, value: Any, *shape: Any) -> Any:
        """Return a tensor full of ``value``."""
        return alloc(value, *shape)


class GpuEye:
    """See ``theano.tensor.eye``."""

    def __new__(cls, dtype: str | None = None, context_name: Any = None) -> Any:
        """Return the op of today."""
        return Eye(dtype or config.floatX)


gpu_alloc = GpuAlloc()
gpu_join = join


# Contexts.


class ContextNotDefined(ValueError):
    """There is no such context."""


@dataclass(frozen=True)
class GpuContext:
    """The device that computes."""

    devname: str
    free_gmem: int
    total_gmem: int


def infer_context_name(*variables: Any) -> None:
    """Return None: there is one context."""
    return


def list_contexts() -> list[None]:
    """Return the names of all contexts: one, None, where ``config.device`` is a GPU."""
    return [None] if is_active() else []


def get_context(name: Any = None) -> GpuContext:
    """Return the device that computes.

    Raises
    ------
    ContextNotDefined
        ``config.device`` is no GPU.
    """
    if not is_active():
        raise usage_error(
            ContextNotDefined,
            f"the context {name!r} of a GPU was asked for",
            got=f"device={config.device}",
            fix="set THEANO_FLAGS=device=cuda",
        )
    return GpuContext(active_device_name(), *mem_info())


gpu_context_type = generic


# Ops that users wrote for a GPU, and rules for them.


class GpuOp(Op):
    """The base class of ops in CUDA C: one that has ``perform`` or ``lower`` runs by it."""


class HideC:
    """A base class of ops that had no C code."""


class GpuKernelBase:
    """A base class of ops that made kernels: one that has ``perform`` or ``lower`` runs by it."""


CGpuKernelBase = GpuKernelBase


class Kernel:
    """Raises NotImplementedError: kernels in CUDA C are not compiled."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise usage_error(
            NotImplementedError, "a kernel in CUDA C was made, and none is compiled", fix=NO_KERNELS
        )


class NoRules:
    """A collection of rules for ops of a GPU: takes them, and has none."""

    def register(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing."""


gpu_optimizer = gpu_optimizer2 = gpu_seqopt = NoRules()


def register_opt(*tags: Any, **kwargs: Any) -> Callable[[Any], Any]:
    """Return a decorator that leaves a rule as it is: there are no ops that it could apply to."""
    return lambda rule: rule


register_opt2 = op_lifter = register_opt


def work_dtype(dtype: str) -> str:
    """Return the dtype that kernels compute in: float32 for float16."""
    return "float32" if dtype == "float16" else dtype


def load_w(dtype: str) -> str:
    """Return the function that kernels read float16 with."""
    return "ga_half2float" if dtype == "float16" else ""


def write_w(dtype: str) -> str:
    """Return the function that kernels write float16 with."""
    return "ga_float2half" if dtype == "float16" else ""


# Functions of which a GPU had its own.


def with_padding(op: type[Any]) -> type[Any]:
    """Return a correlation that takes the padding by its old name as well."""

    class GpuCorr(op):  # type: ignore[misc]
        def __init__(
            self, border_mode: Any = "valid", *args: Any, pad: Any = (0, 0), **kwargs: Any
        ) -> None:
            if border_mode == "valid" and pad != (0, 0):
                border_mode = pad
            super().__init__(border_mode, *args, **kwargs)

    GpuCorr.__name__ = GpuCorr.__qualname__ = f"Gpu{op.__name__}"
    GpuCorr.__doc__ = op.__doc__
    return GpuCorr


GpuCorrMM, GpuCorrMM_gradWeights, GpuCorrMM_gradInputs = map(
    with_padding, (CorrMM, CorrMM_gradWeights, CorrMM_gradInputs)
)
GpuCorr3dMM, GpuCorr3dMM_gradWeights, GpuCorr3dMM_gradInputs = (
    Corr3dMM,
    Corr3dMM_gradWeights,
    Corr3dMM_gradInputs,
)


def conv2d_fft(
    input: Any,
    filters: Any,
    image_shape: Any = None,
    filter_shape: Any = None,
    border_mode: Any = "valid",
    pad_last_dim: bool = False,
) -> Any:
    """Return ``conv2d`` of these; how it is computed, XLA decides."""
    return conv2d(input, filters, image_shape, filter_shape, border_mode)


def conv3d_fft(
    input: Any,
    filters: Any,
    image_shape: Any = None,
    filter_shape: Any = None,
    border_mode: Any = "valid",
    pad_last_dim: bool = False,
) -> Any:
    """Return ``conv3d`` of these; how it is computed, XLA decides."""
    return conv3d(input, filters, image_shape, filter_shape, border_mode)


def gpu_solve(A: Any, b: Any, A_structure: str = "general", trans: str = "N") -> Any:
    """Return the solution of ``A x = b``, or of ``A.T x = b`` for ``trans="T"``."""
    A = as_tensor_variable(A)
    if trans != "N":
        A, A_structure = A.T, TRANSPOSED.get(A_structure, A_structure)
    return Solve(A_structure)(A, b)


def gpu_qr(a: Any, complete: bool = True) -> Any:
    """Return ``q`` and ``r`` of a matrix, or ``r`` alone."""
    return qr(a, "reduced" if complete else "r")
