"""What XLA says of a program: memory and floating-point operations."""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
from jax import numpy as jnp

from theano.runtime.devices import current_device

SHAPED = re.compile(r"%([\w.\-]+) = (\w+)\[([\d,]*)\]")
PRODUCT = re.compile(
    r"%[\w.\-]+ = \w+\[([\d,]*)\]\S* dot\(([^)]*)\).*?lhs_contracting_dims=\{([\d,]*)\}"
)


@dataclass(frozen=True)
class Costs:
    """What one executable takes.

    Attributes
    ----------
    arguments, results, in_place, temporaries : int
        Bytes; ``in_place`` of the results lie in the memory of arguments.
    flops, product_flops : float
        Floating-point operations of a call, and those of products of matrices among them. What is
        inside of a loop counts once.
    traffic : float
        Bytes that operations read and write.
    """

    arguments: int
    results: int
    in_place: int
    temporaries: int
    flops: float
    product_flops: float
    traffic: float

    @property
    def bytes_at_once(self) -> int:
        """Memory that a call takes in all."""
        return self.arguments + self.results - self.in_place + self.temporaries


def costs_of(compiled: Any) -> Costs:
    """Return what XLA says of a compiled program; zeros for what it does not."""
    memory = compiled.memory_analysis()
    work = compiled.cost_analysis() or {}

    def size(what: str) -> int:
        return int(getattr(memory, f"{what}_size_in_bytes", 0))

    products = product_flops(compiled.as_text() or "")
    return Costs(
        size("argument"),
        size("output"),
        size("alias"),
        size("temp"),
        max(float(work.get("flops", 0)), products),
        products,
        float(work.get("bytes accessed", 0)),
    )


def product_flops(hlo: str) -> float:
    """Return the operations of the products of matrices in a program, two for each term."""
    shapes = {name: numbers(lengths) for name, _, lengths in SHAPED.findall(hlo)}
    total = 0
    for lengths, operands, contracted in PRODUCT.findall(hlo):
        first = operands.split("%")[1].split(",")[0].strip() if "%" in operands else ""
        of_first = shapes.get(first, [])
        terms = math.prod(of_first[d] for d in numbers(contracted) if d < len(of_first))
        total += 2 * math.prod(numbers(lengths)) * terms
    return float(total)


def numbers(text: str) -> list[int]:
    """Return the numbers in ``"3,4"``."""
    return [int(part) for part in text.split(",") if part]


SIDE = 1024
"""Of the matrices whose product tells how fast products can be."""


@cache
def product_speed() -> float:
    """Return how many operations a second a large float32 product makes on the current device."""
    device = current_device()
    a = jax.device_put(jnp.ones((SIDE, SIDE), "float32"), device)
    with jax.default_matmul_precision("highest"):
        jnp.dot(a, a).block_until_ready()
        best = math.inf
        for _ in range(5):
            started = time.perf_counter()
            jnp.dot(a, a).block_until_ready()
            best = min(best, time.perf_counter() - started)
    return 2 * SIDE**3 / best
