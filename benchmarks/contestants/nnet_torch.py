"""The networks by hand in PyTorch; variants ``eager`` and ``compile`` (all of a call at once)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from common import Unavailable
from nnet_cases import (
    AVERAGE,
    AVERAGES,
    DROP,
    EPSILON,
    MOMENTUM,
    RATE,
    RHO,
    SGD_RATE,
    SMALL,
    Built,
    Problem,
)
from torch import Tensor

Weights = dict[str, Tensor]
Update = Callable[[Weights, Weights, Weights], None]
"""Changes weights and states in place, from gradients."""


def rmsprop(w: Weights, state: Weights, gradients: Weights) -> None:
    for name, g in gradients.items():
        state[name].mul_(RHO).addcmul_(g, g, value=1 - RHO)
        w[name].addcdiv_(g, (state[name] + SMALL).sqrt_(), value=-RATE)


def momentum(w: Weights, state: Weights, gradients: Weights) -> None:
    for name, g in gradients.items():
        state[name].mul_(MOMENTUM).add_(g, alpha=-SGD_RATE)
        w[name].add_(state[name])


def sgd(w: Weights, state: Weights, gradients: Weights) -> None:
    for name, g in gradients.items():
        w[name].add_(g, alpha=-SGD_RATE)


def compiled(f: Any, gradient: bool = False) -> Any:
    compilers = [os.environ.get("CXX"), "g++", "clang++", "c++"]
    if not any(shutil.which(name) for name in compilers if name):
        raise Unavailable("torch.compile needs a C++ compiler; no g++ or clang++ is on PATH")
    return torch.compile(f if gradient else torch.no_grad()(f))


def step_of(
    loss: Callable[..., Tensor], update: Update, problem: Problem, variant: str
) -> tuple[Callable[..., Tensor], Callable[[], dict[str, np.ndarray]]]:
    """A step, from data to the cost, and what gives the weights.

    Compiled are the loss, with its gradient, and the update; a gradient by ``torch.func`` within
    one compiled function came out wrong where convolutions have biases.
    """
    w = {name: torch.tensor(v) for name, v in problem.weights.items()}
    learned = {name: v.requires_grad_() for name, v in w.items() if name not in AVERAGES}
    state = {name: torch.zeros_like(v) for name, v in learned.items()}
    if variant == "compile":
        loss, update = compiled(loss, gradient=True), compiled(update)
    else:
        update = torch.no_grad()(update)

    def step(*data: Tensor) -> Tensor:
        cost = loss(w, *data)
        gradients = torch.autograd.grad(cost, list(learned.values()))
        update(learned, state, dict(zip(learned, gradients, strict=True)))
        return cost.detach()

    def values() -> dict[str, np.ndarray]:
        return {name: v.detach().numpy() for name, v in w.items()}

    return step, values


def program(
    loss: Callable[..., Tensor],
    update: Update,
    problem: Problem,
    variant: str,
    batches: Sequence[Sequence[np.ndarray]],
) -> Built:
    """Steps over batches that follow one another."""
    step, values = step_of(loss, update, problem, variant)
    data = [[torch.from_numpy(v) for v in batch] for batch in batches]
    turn = [0]

    def call() -> list[Any]:
        turn[0] = (turn[0] + 1) % len(data)
        return [np.float32(step(*data[turn[0]]).item())]

    return Built(call, values)


def by_batch(problem: Problem) -> list[tuple[np.ndarray, np.ndarray]]:
    x, y = problem.data["x"], problem.data["y"]
    y = y.astype("int64") if y.dtype == "int32" else y
    return list(zip(x, y, strict=True))


def mnist(problem: Problem, variant: str, drops: Sequence[float] = DROP) -> Built:
    def loss(w: Weights, x: Tensor, y: Tensor) -> Tensor:
        for k, p in enumerate(drops[:3], start=1):
            x = F.relu(F.conv2d(x, w[f"w{k}"], padding=2 if k == 1 else 0))
            x = F.dropout(F.max_pool2d(x, 2, ceil_mode=True), p)
        x = F.dropout(F.relu(x.flatten(1) @ w["w4"]), drops[3])
        return F.cross_entropy(x @ w["w_o"], y)

    return program(loss, rmsprop, problem, variant, by_batch(problem))


def mnist_plain(problem: Problem, variant: str) -> Built:
    return mnist(problem, variant, (0, 0, 0, 0))


def lenet(problem: Problem, variant: str) -> Built:
    batch = problem.sizes["batch"]

    def loss(w: Weights, x: Tensor, y: Tensor) -> Tensor:
        x = x.reshape(batch, 1, 28, 28)
        for k in "12":
            x = torch.tanh(F.max_pool2d(F.conv2d(x, w["w" + k], w["b" + k]), 2))
        x = torch.tanh(torch.addmm(w["b3"], x.flatten(1), w["w3"]))
        return F.cross_entropy(torch.addmm(w["b_o"], x, w["w_o"]), y)

    data = problem.data
    shaped = Problem(
        problem.weights,
        {"x": data["x"].reshape(4, batch, 784), "y": data["y"].reshape(4, batch)},
        problem.sizes,
    )
    return program(loss, sgd, problem, variant, by_batch(shaped))


def vgg_block(w: Weights, x: Tensor) -> Tensor:
    for k in "12":
        x = F.relu(F.conv2d(x, w["w" + k], w["b" + k], padding=1))
    return F.max_pool2d(x, 2)


def cost_of_means(w: Weights, h: Tensor, y: Tensor) -> Tensor:
    return F.cross_entropy(h.mean((2, 3)) @ w["w_o"], y)


def one_batch(problem: Problem) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(problem.data["x"], problem.data["y"].astype("int64"))]


def vgg(problem: Problem, variant: str) -> Built:
    return forward(vgg_block, problem, variant)


def vgg_step(problem: Problem, variant: str) -> Built:
    def loss(w: Weights, x: Tensor, y: Tensor) -> Tensor:
        return cost_of_means(w, vgg_block(w, x), y)

    return program(loss, momentum, problem, variant, one_batch(problem))


def resnet_block(w: Weights, x: Tensor, training: bool = False) -> Tensor:
    h = x
    for k in "12":
        h = F.batch_norm(
            F.conv2d(h, w["w" + k], padding=1),
            w["mean" + k],
            w["var" + k],
            w["gamma" + k],
            w["beta" + k],
            training,
            AVERAGE,
            EPSILON,
        )
        h = F.relu(h if k == "1" else h + x)
    return h


def resnet(problem: Problem, variant: str) -> Built:
    return forward(resnet_block, problem, variant)


def resnet_step(problem: Problem, variant: str) -> Built:
    def loss(w: Weights, x: Tensor, y: Tensor) -> Tensor:
        return cost_of_means(w, resnet_block(w, x, training=True), y)

    return program(loss, momentum, problem, variant, one_batch(problem))


def text(problem: Problem, variant: str) -> Built:
    def loss(w: Weights, x: Tensor, y: Tensor) -> Tensor:
        seen = F.embedding(x, w["embedding"]).transpose(1, 2)
        parts = []
        for k in (3, 4, 5):
            filters = w[f"w{k}"][:, 0].transpose(1, 2)
            parts.append(F.relu(F.conv1d(seen, filters, w[f"b{k}"])).amax(2))
        return F.cross_entropy(torch.cat(parts, 1) @ w["w_o"], y)

    return program(loss, sgd, problem, variant, by_batch(problem))


def forward(f: Callable[..., Tensor], problem: Problem, variant: str) -> Built:
    """What a network gives, without gradients."""
    w = {name: torch.tensor(v) for name, v in problem.weights.items()}
    f = compiled(f) if variant == "compile" else torch.no_grad()(f)
    return Built(partial(called, f, w, torch.from_numpy(problem.data["x"])), dict)


def called(f: Callable[..., Any], *arguments: Any) -> list[np.ndarray]:
    results = f(*arguments)
    results = results if isinstance(results, (tuple, list)) else [results]
    return [v.detach().numpy() for v in results]


def pool(problem: Problem, variant: str, mode: str, gradient: bool) -> Built:
    window, stride = problem.sizes["window"], problem.sizes["stride"]

    def pooled(x: Tensor) -> Tensor:
        kinds: dict[str, Any] = {"max": F.max_pool2d, "mean": F.avg_pool2d}
        return kinds[mode](x, window, stride)

    return alone(pooled, [problem.data["x"]], problem, variant, gradient)


def norm(problem: Problem, variant: str, gradient: bool) -> Built:
    def normed(x: Tensor, gamma: Tensor, beta: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, mean, invstd = torch.native_batch_norm(x, gamma, beta, None, None, True, 0.0, EPSILON)
        return z, mean, invstd

    arguments = [problem.data["x"], problem.weights["gamma"], problem.weights["beta"]]
    return alone(normed, arguments, problem, variant, gradient)


def alone(
    f: Callable[..., Any],
    arguments: Sequence[np.ndarray],
    problem: Problem,
    variant: str,
    gradient: bool,
) -> Built:
    """An operation, and with ``gradient`` also the gradients of its arguments."""
    values = [torch.from_numpy(v) for v in arguments]
    if not gradient:
        f = compiled(f) if variant == "compile" else torch.no_grad()(f)
        return Built(partial(called, f, *values), dict)
    g = torch.from_numpy(problem.data["g"])

    def eager(*values: Tensor) -> list[Tensor]:
        outputs: Any = f(*values)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        return [*outputs, *torch.autograd.grad(outputs[0], values, g)]

    def functional(*values: Tensor) -> list[Tensor]:
        def first(*values: Tensor) -> tuple[Tensor, Any]:
            outputs = f(*values)
            outputs = outputs if isinstance(outputs, tuple) else (outputs,)
            return outputs[0], outputs[1:]

        z, back, more = torch.func.vjp(first, *values, has_aux=True)  # type: ignore[misc]
        return [z, *more, *back(g)]

    if variant == "compile":
        return Built(partial(called, compiled(functional), *values), dict)
    for v in values:
        v.requires_grad_()
    return Built(partial(called, eager, *values), dict)


CASES = {
    f.__name__: f for f in (mnist, mnist_plain, lenet, vgg, vgg_step, resnet, resnet_step, text)
}


def build(case: str, problem: Problem, variant: str) -> Built:
    """The program of a case."""
    torch.manual_seed(0)
    if case in CASES:
        return CASES[case](problem, variant)
    name, _, gradient = case.partition("_")
    if name == "norm":
        return norm(problem, variant, bool(gradient))
    return pool(problem, variant, name[:-1], bool(gradient))
