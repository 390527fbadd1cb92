"""PyTorch by hand; variants ``eager`` and ``compile`` (the whole step in ``torch.compile``)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import torch
import torch.nn.functional as F
from common import (
    DROP_HIDDEN,
    DROP_INPUT,
    EPSILON,
    LEARNING_RATE,
    RHO,
    Program,
    Setup,
    Unavailable,
    first_weights,
)
from torch import Tensor

INPUT_DTYPE = "float32"

Step = Callable[[list[Tensor], list[Tensor], Tensor, Tensor], Tensor]


def loss(weights: list[Tensor], x: Tensor, y: Tensor) -> Tensor:
    w_h1, w_h2, w_o = weights
    h1 = F.relu(F.dropout(x, DROP_INPUT) @ w_h1)
    h2 = F.relu(F.dropout(h1, DROP_HIDDEN) @ w_h2)
    return F.cross_entropy(F.dropout(h2, DROP_HIDDEN) @ w_o, y)


def eager_step(weights: list[Tensor], squares: list[Tensor], x: Tensor, y: Tensor) -> Tensor:
    cost = loss(weights, x, y)
    grads = torch.autograd.grad(cost, weights)
    with torch.no_grad():
        for w, s, g in zip(weights, squares, grads, strict=True):
            s.mul_(RHO).addcmul_(g, g, value=1 - RHO)
            w.addcdiv_(g, (s + EPSILON).sqrt_(), value=-LEARNING_RATE)
    return cost


def functional_step(weights: list[Tensor], squares: list[Tensor], x: Tensor, y: Tensor) -> Tensor:
    """The same step with gradients inside the graph, so that all of it is compiled as one."""
    grads, cost = torch.func.grad_and_value(loss)(weights, x, y)
    for w, s, g in zip(weights, squares, grads, strict=True):
        s.copy_(RHO * s + (1 - RHO) * g * g)
        w.sub_(LEARNING_RATE * g * torch.rsqrt(s + EPSILON))
    return cost


def compiled_step() -> Step:
    compilers = [os.environ.get("CXX"), "g++", "clang++", "c++"]
    if not any(shutil.which(name) for name in compilers if name):
        raise Unavailable("torch.compile needs a C++ compiler; no g++ or clang++ is on PATH")
    return torch.compile(torch.no_grad()(functional_step))


def build(setup: Setup) -> Program:
    torch.set_num_threads(setup.threads)
    torch.manual_seed(0)
    weights = [torch.from_numpy(w) for w in first_weights()]
    squares = [torch.zeros_like(w) for w in weights]
    if setup.variant == "compile":
        step = compiled_step()
    else:
        step = eager_step
        for w in weights:
            w.requires_grad_()

    def train(k: int) -> float:
        images, labels = setup.batch(k)
        return step(weights, squares, torch.from_numpy(images), torch.from_numpy(labels)).item()

    return Program(train)
