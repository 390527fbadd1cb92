"""Batch normalization (Ioffe & Szegedy, ICML 2015)."""

from __future__ import annotations

from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.options import config
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.nnet.batch_norm import (
    AbstractBatchNormInference,
    AbstractBatchNormTrain,
    AbstractBatchNormTrainGrad,
    check_axes,
)
from theano.tensor.rebroadcast import addbroadcast, patternbroadcast

__all__ = [
    "AbstractBatchNormInference",
    "AbstractBatchNormTrain",
    "AbstractBatchNormTrainGrad",
    "batch_normalization",
    "batch_normalization_test",
    "batch_normalization_train",
]

LEAST_EPSILON = 1e-5


def batch_normalization(
    inputs: Any, gamma: Any, beta: Any, mean: Any, std: Any, mode: str = "low_mem"
) -> Any:
    """Return ``(inputs - mean) * (gamma / std) + beta``, element by element.

    Parameters
    ----------
    inputs : tensor
    gamma, beta, mean, std : tensors that broadcast against ``inputs``
        Scale, shift, and what is normalized with.
    mode : {"low_mem", "high_mem"}
        ``low_mem`` divides before it scales. Which needs less memory, XLA decides.

    Raises
    ------
    ValueError
        ``mode`` is not known.
    """
    inputs, gamma, beta, mean, std = (
        as_tensor_variable(v) for v in (inputs, gamma, beta, mean, std)
    )
    if mode == "low_mem":
        return (inputs - mean) / std * gamma + beta
    if mode == "high_mem":
        return (inputs - mean) * (gamma / std) + beta
    raise usage_error(
        ValueError,
        "batch_normalization was given a mode that it does not know",
        expected="'low_mem' or 'high_mem'",
        got=repr(mode),
    )


def batch_normalization_train(
    inputs: Any,
    gamma: Any,
    beta: Any,
    axes: Any = "per-activation",
    epsilon: float = 1e-4,
    running_average_factor: Any = 0.1,
    running_mean: Any = None,
    running_var: Any = None,
) -> tuple[Any, ...]:
    """Normalize with the mean and the variance of the inputs themselves.

    Parameters
    ----------
    inputs : float tensor
    gamma, beta : tensors
        Scale and shift. They have the dimensions of ``inputs`` without ``axes``, or all of them
        with length 1 along ``axes``.
    axes : {"per-activation", "spatial"} or sequence of int
        What mean and variance are taken over: the first axis, all but the second, or those given.
    epsilon : float
        Added to the variance; at least 1e-5.
    running_average_factor : float or 0-d tensor
        How much of a running average is replaced by the value of this batch.
    running_mean, running_var : tensors, optional
        Running averages so far, of the dimensions of ``gamma``. Both or none.

    Returns
    -------
    out : as ``inputs``
        ``(inputs - mean) * gamma * invstd + beta``
    mean, invstd : as ``gamma``
        ``invstd`` is ``1 / sqrt(var + epsilon)``.
    new_running_mean, new_running_var : as ``gamma``
        If running averages were given. Of the variance ``var * m / (m - 1)`` is averaged, where
        ``m`` is the number of elements that each mean is taken over.

    Raises
    ------
    ValueError
        Dimensions do not fit, an axis does not exist, or ``epsilon`` is too small.
    """
    inputs, gamma, beta = (as_tensor_variable(v) for v in (inputs, gamma, beta))
    layout = Layout(axes, inputs.type.ndim, gamma.type.ndim)
    layout.check(gamma=gamma, beta=beta)
    if (running_mean is None) != (running_var is None):
        raise usage_error(
            ValueError,
            "batch_normalization_train was given one running average",
            expected="running_mean and running_var, or neither",
        )
    running = []
    if running_mean is not None:
        running = [as_tensor_variable(running_mean), as_tensor_variable(running_var)]
        layout.check(running_mean=running[0], running_var=running[1])
    outputs = AbstractBatchNormTrain(layout.axes)(
        inputs,
        layout.spread(gamma),
        layout.spread(beta),
        checked_epsilon(epsilon),
        running_average_factor,
        *[layout.spread(v) for v in running],
    )
    averages = [
        patternbroadcast(new, layout.spread(old).type.broadcastable)
        for new, old in zip(outputs[3:], running, strict=True)
    ]
    return (outputs[0], *[layout.gather(v) for v in (*outputs[1:3], *averages)])


def batch_normalization_test(
    inputs: Any,
    gamma: Any,
    beta: Any,
    mean: Any,
    var: Any,
    axes: Any = "per-activation",
    epsilon: float = 1e-4,
) -> Any:
    """Return ``(inputs - mean) * gamma / sqrt(var + epsilon) + beta``.

    Parameters
    ----------
    inputs : float tensor
    gamma, beta, mean, var : tensors
        Scale, shift, and running averages. They have the dimensions of ``inputs`` without ``axes``,
        or all of them with length 1 along ``axes``.
    axes, epsilon
        As for :func:`batch_normalization_train`.

    Raises
    ------
    ValueError
        Dimensions do not fit, an axis does not exist, or ``epsilon`` is too small.
    """
    inputs, gamma, beta, mean, var = (
        as_tensor_variable(v) for v in (inputs, gamma, beta, mean, var)
    )
    layout = Layout(axes, inputs.type.ndim, gamma.type.ndim)
    layout.check(gamma=gamma, beta=beta, mean=mean, var=var)
    parameters = [layout.spread(v) for v in (gamma, beta, mean, var)]
    return AbstractBatchNormInference(layout.axes)(inputs, *parameters, checked_epsilon(epsilon))


class Layout:
    """Which axes are normalized over, and where the dimensions of the parameters belong.

    Parameters
    ----------
    axes : {"per-activation", "spatial"} or sequence of int
    ndim, n_given : int
        Numbers of dimensions of the inputs and of the parameters.
    """

    def __init__(self, axes: Any, ndim: int, n_given: int) -> None:
        if isinstance(axes, str) and axes == "per-activation":
            axes = (0,)
        elif isinstance(axes, str) and axes == "spatial":
            axes = (0, *range(2, ndim))
        if not isinstance(axes, (tuple, list, np.ndarray)) or not len(axes):
            raise usage_error(
                ValueError,
                "batch normalization was given axes that it does not know",
                expected="'per-activation', 'spatial', or at least one number",
                got=axes,
            )
        self.axes = tuple(sorted(int(a) for a in axes))
        self.kept = tuple(i for i in range(ndim) if i not in self.axes)
        check_axes(self.axes, ndim)
        self.ndim = ndim
        self.is_full = n_given == ndim

    def check(self, **parameters: Any) -> None:
        """Raise ValueError unless parameters have the dimensions that the first one has."""
        expected = self.ndim if self.is_full else len(self.kept)
        for name, v in parameters.items():
            if v.type.ndim != expected:
                raise usage_error(
                    ValueError,
                    f"batch normalization was given a {name} of another number of dimensions",
                    expected=f"{len(self.kept)}, one for each axis that is not normalized over, or "
                    f"{self.ndim} as the inputs; the same for all parameters",
                    got=v,
                )

    def spread(self, v: Any) -> Any:
        """Return a parameter with the dimensions of the inputs."""
        if self.is_full:
            return addbroadcast(v, *self.axes)
        place = {axis: i for i, axis in enumerate(self.kept)}
        return v.dimshuffle(*[place.get(i, "x") for i in range(self.ndim)])

    def gather(self, v: Any) -> Any:
        """Return a result with the dimensions of the parameters."""
        return v if self.is_full else v.dimshuffle(*self.kept)


def checked_epsilon(epsilon: float) -> np.ndarray:
    """Return ``epsilon`` in ``floatX``, in which it must not be too small."""
    value = np.asarray(epsilon, dtype=config.floatX)
    if value < LEAST_EPSILON:
        raise usage_error(
            ValueError,
            "batch normalization was given an epsilon that is too small",
            expected=f"at least {LEAST_EPSILON} in {config.floatX}",
            got=repr(epsilon),
        )
    return value
