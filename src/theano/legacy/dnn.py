"""The functions and ops that called cuDNN, in terms of the ops that run on every device.

What said how cuDNN was to compute (``algo``, ``workmem``, ``precision``, ``direction_hint``) is
taken and has no effect: on a GPU, XLA calls cuDNN and chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.nnet.bn import batch_normalization_test, batch_normalization_train
from theano.tensor.nnet.convolution.functions import (
    abstract_conv2d,
    conv2d_grad_wrt_inputs,
    conv2d_grad_wrt_weights,
    conv3d,
    conv3d_grad_wrt_inputs,
    conv3d_grad_wrt_weights,
)
from theano.tensor.nnet.softmaxes import logsoftmax_op, softmax_grad, softmax_op
from theano.tensor.nnet.spatial_transformer import spatial_transformer
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.reduction import sum as tensor_sum
from theano.tensor.ops.shape import reshape
from theano.tensor.signal.pool import Pool

VERSION = 7605
"""The latest cuDNN that Theano 1.0 knew, whose functions are all here."""


def dnn_available(context_name: Any = None) -> bool:
    """Whether these functions can be used: they always can, on every device."""
    return True


def dnn_present() -> bool:
    """Whether these functions can be used: they always can, on every device."""
    return True


dnn_spatialtf = spatial_transformer
dnn_available.msg = dnn_present.msg = None  # type: ignore[attr-defined]
dnn_available.avail = dnn_present.avail = True  # type: ignore[attr-defined]


def version(raises: bool = True) -> int:
    """Return the version of cuDNN that programs may count on the functions of."""
    return VERSION


def version_pair() -> tuple[int, int]:
    """Return the version of cuDNN's header and library, as ``theano.sandbox.cuda.dnn`` had it."""
    return VERSION, VERSION


# Convolutions.


def dnn_conv(
    img: Any,
    kerns: Any,
    border_mode: Any = "valid",
    subsample: Sequence[int] = (1, 1),
    dilation: Sequence[int] = (1, 1),
    conv_mode: str = "conv",
    direction_hint: Any = None,
    workmem: Any = None,
    algo: Any = None,
    precision: Any = None,
    num_groups: int = 1,
) -> Any:
    """Return a convolution of images: ``(b, c, h, w), (n, c, h, w) -> (b, n, h, w)``.

    Parameters
    ----------
    img, kerns : 4-d tensors
    border_mode, subsample, dilation, num_groups
        As ``border_mode``, ``subsample``, ``filter_dilation``, ``num_groups`` of
        ``theano.tensor.nnet.conv2d``.
    conv_mode : {"conv", "cross"}
        Whether filters are turned round, as in a convolution, or not, as in a cross-correlation.
    direction_hint, workmem, algo, precision
        No effect.

    Notes
    -----
    ``conv_mode`` may also stand where ``dilation`` does: it did before that came.

    Raises
    ------
    ValueError
        ``conv_mode`` is not known, or the convolution is none.
    """
    dilation, conv_mode = in_this_order(dilation, conv_mode, 2)
    return abstract_conv2d(
        img,
        kerns,
        border_mode=border_mode,
        subsample=subsample,
        filter_flip=flips(conv_mode),
        filter_dilation=dilation,
        num_groups=num_groups,
    )


def dnn_conv3d(
    img: Any,
    kerns: Any,
    border_mode: Any = "valid",
    subsample: Sequence[int] = (1, 1, 1),
    dilation: Sequence[int] = (1, 1, 1),
    conv_mode: str = "conv",
    direction_hint: Any = None,
    algo: Any = None,
    precision: Any = None,
    num_groups: int = 1,
    workmem: Any = None,
) -> Any:
    """Return a convolution in three dimensions; see :func:`dnn_conv`."""
    dilation, conv_mode = in_this_order(dilation, conv_mode, 3)
    return conv3d(
        img,
        kerns,
        border_mode=border_mode,
        subsample=subsample,
        filter_flip=flips(conv_mode),
        filter_dilation=dilation,
        num_groups=num_groups,
    )


def gradient_wrt_weights(convolve: Callable[..., Any], ndim: int) -> Callable[..., Any]:
    """Return a function that gives the gradient with respect to filters."""

    def dnn_gradweight(
        img: Any,
        topgrad: Any,
        kerns_shp: Sequence[Any],
        border_mode: Any = "valid",
        subsample: Sequence[int] = (1,) * ndim,
        dilation: Sequence[int] = (1,) * ndim,
        conv_mode: str = "conv",
        precision: Any = None,
        algo: Any = None,
        num_groups: int = 1,
    ) -> Any:
        """Return the gradient of a convolution with respect to filters of shape ``kerns_shp``."""
        dilation, conv_mode = in_this_order(dilation, conv_mode, ndim)
        return convolve(
            img,
            topgrad,
            lengths(kerns_shp, 2 + ndim),
            border_mode=border_mode,
            subsample=subsample,
            filter_flip=flips(conv_mode),
            filter_dilation=dilation,
            num_groups=num_groups,
        )

    return dnn_gradweight


def gradient_wrt_inputs(convolve: Callable[..., Any], ndim: int) -> Callable[..., Any]:
    """Return a function that gives the gradient with respect to images."""

    def dnn_gradinput(
        kerns: Any,
        topgrad: Any,
        img_shp: Sequence[Any],
        border_mode: Any = "valid",
        subsample: Sequence[int] = (1,) * ndim,
        dilation: Sequence[int] = (1,) * ndim,
        conv_mode: str = "conv",
        precision: Any = None,
        algo: Any = None,
        num_groups: int = 1,
    ) -> Any:
        """Return the gradient of a convolution with respect to images of shape ``img_shp``."""
        dilation, conv_mode = in_this_order(dilation, conv_mode, ndim)
        return convolve(
            topgrad,
            kerns,
            lengths(img_shp, 2 + ndim),
            border_mode=border_mode,
            subsample=subsample,
            filter_flip=flips(conv_mode),
            filter_dilation=dilation,
            num_groups=num_groups,
        )

    return dnn_gradinput


dnn_gradweight = gradient_wrt_weights(conv2d_grad_wrt_weights, 2)
dnn_gradweight3d = gradient_wrt_weights(conv3d_grad_wrt_weights, 3)
dnn_gradinput = gradient_wrt_inputs(conv2d_grad_wrt_inputs, 2)
dnn_gradinput3d = gradient_wrt_inputs(conv3d_grad_wrt_inputs, 3)


def in_this_order(dilation: Any, conv_mode: str, ndim: int) -> tuple[Any, str]:
    """Return dilation and mode, the first of which may be the second of an earlier version."""
    return ((1,) * ndim, dilation) if isinstance(dilation, str) else (dilation, conv_mode)


def flips(conv_mode: str) -> bool:
    """Whether filters are turned round.

    Raises
    ------
    ValueError
        ``conv_mode`` is neither "conv" nor "cross".
    """
    if conv_mode not in ("conv", "cross"):
        raise usage_error(
            ValueError,
            "a convolution was given a mode that it does not know",
            expected="'conv' or 'cross'",
            got=repr(conv_mode),
        )
    return conv_mode == "conv"


def lengths(shape: Any, n: int) -> list[Any]:
    """Return ``n`` lengths, of a sequence or a vector; those of the first two axes if known."""
    known = [n if isinstance(n, (int, np.integer)) else None for n in (shape[0], shape[1])]
    return [*known, *(shape[i] for i in range(2, n))]


class GpuDnnConvDesc:
    """How a convolution is made, for the ops below; called with shapes, it returns itself.

    Parameters
    ----------
    border_mode, subsample, dilation, conv_mode, num_groups
        As of :func:`dnn_conv`.
    precision : optional
        No effect.
    """

    def __init__(
        self,
        border_mode: Any,
        subsample: Sequence[int] = (1, 1),
        dilation: Any = None,
        conv_mode: str = "conv",
        precision: Any = "float32",
        num_groups: int = 1,
    ) -> None:
        dilation, conv_mode = in_this_order(dilation, conv_mode, len(subsample))
        self.how = {
            "border_mode": border_mode,
            "subsample": tuple(subsample),
            "dilation": (1,) * len(subsample) if dilation is None else tuple(dilation),
            "conv_mode": conv_mode,
            "num_groups": num_groups,
        }

    def __call__(self, *shapes: Any) -> GpuDnnConvDesc:
        """Return itself."""
        return self

    def pick(self, *functions: Any) -> Any:
        """Return the function for two dimensions, or the one for three."""
        return functions[len(self.how["subsample"]) - 2]


@dataclass(frozen=True)
class CudnnConv:
    """A convolution or a gradient of one, ``alpha`` times, plus ``beta`` times ``output``."""

    algo: Any = None
    inplace: bool = False
    num_groups: int = 1
    workmem: Any = None

    def _sum(self, z: Any, output: Any, alpha: Any, beta: Any) -> Any:
        if alpha is not None:
            z = ew.cast(alpha, z.type.dtype) * z
        return z if beta is None else z + ew.cast(beta, z.type.dtype) * output


class GpuDnnConv(CudnnConv):
    """``(img, kern, output, desc, alpha, beta)``: the convolution; see :class:`CudnnConv`."""

    def __call__(
        self, img: Any, kern: Any, output: Any, desc: Any, alpha: Any = None, beta: Any = None
    ) -> Any:
        """Return the convolution."""
        z = desc.pick(dnn_conv, dnn_conv3d)(img, kern, **desc.how)
        return self._sum(z, output, alpha, beta)


class GpuDnnConvGradW(CudnnConv):
    """``(img, topgrad, output, desc, alpha, beta)``: with respect to filters."""

    def __call__(
        self, img: Any, topgrad: Any, output: Any, desc: Any, alpha: Any = None, beta: Any = None
    ) -> Any:
        """Return the gradient."""
        gradient = desc.pick(dnn_gradweight, dnn_gradweight3d)
        shape = as_tensor_variable(output).shape
        return self._sum(gradient(img, topgrad, shape, **desc.how), output, alpha, beta)


class GpuDnnConvGradI(CudnnConv):
    """``(kern, topgrad, output, desc, alpha, beta)``: with respect to images."""

    def __call__(
        self, kern: Any, topgrad: Any, output: Any, desc: Any, alpha: Any = None, beta: Any = None
    ) -> Any:
        """Return the gradient."""
        gradient = desc.pick(dnn_gradinput, dnn_gradinput3d)
        shape = as_tensor_variable(output).shape
        return self._sum(gradient(kern, topgrad, shape, **desc.how), output, alpha, beta)


GpuDnnConv3d, GpuDnnConv3dGradW, GpuDnnConv3dGradI = GpuDnnConv, GpuDnnConvGradW, GpuDnnConvGradI


# Pooling.


def dnn_pool(img: Any, ws: Any, stride: Any = None, mode: str = "max", pad: Any = None) -> Any:
    """Return pooled images: their last two or three axes, as many as ``ws`` is long.

    Parameters
    ----------
    img : 4-d or 5-d tensor
    ws, stride, pad : sequences of int, or vectors
        Size of a window, distance between two (1), and how far they reach beyond the border (0).
        Windows that reach further are left out.
    mode : {"max", "sum", "average_inc_pad", "average_exc_pad"}
        ``average`` is ``average_inc_pad``, ``max_deterministic`` is ``max``.
    """
    n = len(ws) if isinstance(ws, (tuple, list, np.ndarray)) else as_tensor_variable(img).ndim - 2
    stride = (1,) * n if stride is None else stride
    pad = (0,) * n if pad is None else pad
    mode = {"average": "average_inc_pad", "max_deterministic": "max"}.get(mode, mode)
    return Pool(ignore_border=True, mode=mode, ndim=n)(img, ws, stride, pad)


@dataclass(frozen=True)
class GpuDnnPoolDesc:
    """How images are pooled, for ``GpuDnnPool()(img, desc)``; called, it returns itself."""

    ws: Sequence[int] = (1, 1)
    stride: Sequence[int] = (1, 1)
    mode: str = "max"
    pad: Sequence[int] = (0, 0)

    def __call__(self) -> GpuDnnPoolDesc:
        """Return itself."""
        return self


@dataclass(frozen=True)
class GpuDnnPool:
    """``(img, ws, stride, pad)``, or ``(img, desc)``: see :func:`dnn_pool`."""

    mode: str = "max"

    def __call__(self, img: Any, ws: Any, stride: Any = None, pad: Any = None) -> Any:
        """Return pooled images."""
        if isinstance(ws, GpuDnnPoolDesc):
            return dnn_pool(img, ws.ws, ws.stride, ws.mode, ws.pad)
        return dnn_pool(img, ws, stride, self.mode, pad)


# Softmax.


class SoftmaxOver:
    """What the softmax and its gradient share.

    Parameters
    ----------
    algo : {"fast", "accurate", "log"}
        ``log`` for the logarithm of the softmax.
    mode : {"channel", "instance"}
        Over the channels of each place, or over all of an image.

    tensor_format : str, optional
        ``"bc01"``; in earlier versions the first argument.
    """

    def __init__(self, *args: str, **named: str) -> None:
        free = [name for name in ("tensor_format", "algo", "mode") if name not in named]
        found = {"tensor_format": "bc01"} | named
        found |= dict(zip(free[len(free) - len(args) :], args, strict=False))
        self.algo, self.mode = found.get("algo", ""), found.get("mode", "")
        known = (
            self.algo in ("fast", "accurate", "log")
            and self.mode in ("channel", "instance")
            and found["tensor_format"] == "bc01"
            and len(found) == 3
            and len(args) <= len(free)
        )
        if not known:
            raise usage_error(
                ValueError,
                "a softmax of images was given a way that it does not know",
                expected="algo 'fast', 'accurate' or 'log', and mode 'channel' or 'instance'",
                got=str((*args, *named.items())),
            )

    def in_rows(self, op: Callable[..., Any], *images: Any) -> Any:
        """Return what ``op`` makes of images, each row of which is what is summed over."""
        images = tuple(as_tensor_variable(x) for x in images)
        if any(x.type.ndim != 4 for x in images):
            raise usage_error(
                ValueError, "a softmax of images takes images", expected="4 dimensions", got=images
            )
        if self.mode == "instance":
            rows = [x.reshape((x.shape[0], -1)) for x in images]
            return reshape(op(*rows), images[-1].shape, 4)
        moved = [x.dimshuffle(0, 2, 3, 1) for x in images]
        rows = [x.reshape((-1, x.shape[3])) for x in moved]
        return reshape(op(*rows), moved[-1].shape, 4).dimshuffle(0, 3, 1, 2)


class GpuDnnSoftmax(SoftmaxOver):
    """The softmax of images ``(b, c, h, w)``, of the same shape; see :class:`SoftmaxOver`."""

    def __call__(self, x: Any) -> Any:
        """Return the softmax of images."""
        return self.in_rows(logsoftmax_op if self.algo == "log" else softmax_op, x)


class GpuDnnSoftmaxGrad(SoftmaxOver):
    """Its gradient, of a gradient ``dy`` and the softmax ``sm``; see :class:`SoftmaxOver`."""

    def __call__(self, dy: Any, sm: Any) -> Any:
        """Return the gradient of images."""
        return self.in_rows(of_logarithm if self.algo == "log" else softmax_grad, dy, sm)


def of_logarithm(dy: Any, log_sm: Any) -> Any:
    """Return the gradient through the logarithm of a softmax."""
    return dy - tensor_sum(dy, axis=1, keepdims=True) * ew.FUNCTIONS["exp"](log_sm)


# Batch normalization.


def dnn_batch_normalization_train(
    inputs: Any,
    gamma: Any,
    beta: Any,
    mode: str = "per-activation",
    epsilon: float = 1e-4,
    running_average_factor: Any = 0.1,
    running_mean: Any = None,
    running_var: Any = None,
) -> tuple[Any, ...]:
    """Normalize with the mean and the variance of the inputs themselves.

    See ``theano.tensor.nnet.bn.batch_normalization_train``; ``mode`` is its ``axes``. Parameters
    have the dimensions of ``inputs``.
    """
    return batch_normalization_train(
        inputs, gamma, beta, mode, epsilon, running_average_factor, running_mean, running_var
    )


def dnn_batch_normalization_test(
    inputs: Any,
    gamma: Any,
    beta: Any,
    mean: Any,
    var: Any,
    mode: str = "per-activation",
    epsilon: float = 1e-4,
) -> Any:
    """Normalize with a mean and a variance that are given.

    See ``theano.tensor.nnet.bn.batch_normalization_test``; ``mode`` is its ``axes``.
    """
    return batch_normalization_test(inputs, gamma, beta, mean, var, mode, epsilon)
