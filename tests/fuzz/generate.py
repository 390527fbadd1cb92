"""Graphs at random: statements are chosen one by one, and evaluated as they come.

A statement is taken if its value is one that can be compared. So every statement knows the values
of what it is applied to, and can be made legal, and of shapes, indices and sizes that fit.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from tests.fuzz.programs import Built, Program, literal, names_in

from theano.graph.interpreter import run_node
from theano.graph.ordering import toposort
from theano.tensor.variable import TensorVariable

SIGNED, UNSIGNED = ("int8", "int16", "int32", "int64"), ("uint8", "uint16", "uint32", "uint64")
INTEGERS = (*SIGNED, *UNSIGNED)
FLOATS, COMPLEX = ("float16", "float32", "float64"), ("complex64", "complex128")
DTYPES = ("float64",) * 6 + ("float32",) * 6 + ("float16",) * 2 + COMPLEX + ("bool",) * 2
DTYPES += ("int64",) * 3 + ("int32",) * 3 + ("int8", "int16", *UNSIGNED)
LENGTHS = (2, 3, 3, 4, 1, 1, 5, 2, 3, 4, 1, 2, 3, 2, 5, 3, 0)
RANKS = (1, 2, 2, 0, 3, 2, 1, 4)
GRID = (1.0, 0.5, -1.0, 2.0, 0.0, -0.5, 0.25, -2.0, 3.0, 1.5, -1.5, -0.25, 0.75, -3.0, 2.5, 4.0)
OFF_GRID = (0.1, 0.3, -0.7, 1.1, 0.9, -1.3, 2.7, -2.2, 0.01, 3.3)
ODD = (float("nan"), float("inf"), -float("inf"), -0.0, 1e30, -1e30, 1e-30, 6e4)
LARGEST = {"float16": 1e2, "float32": 1e4, "float64": 1e6, "complex64": 1e4, "complex128": 1e6}
SIZE = 150
"""Elements of a value, at most."""


def words(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


OPERATIONS: list[tuple[Callable[[Generator], str | None], int]] = []
"""What statements are made by, and how often."""


def operation(weight: int) -> Callable[[Any], Any]:
    """Add a function to ``OPERATIONS``: it returns an expression, or None."""

    def add(function: Callable[[Generator], str | None]) -> Any:
        OPERATIONS.append((function, weight))
        return function

    return add


@dataclass(frozen=True)
class Item:
    """A variable of the program that is being made."""

    name: str
    variable: Any
    value: np.ndarray

    @property
    def kind(self) -> str:
        return self.value.dtype.kind

    @property
    def dtype(self) -> str:
        return self.value.dtype.name

    @property
    def ndim(self) -> int:
        return self.value.ndim

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def broadcastable(self) -> tuple[bool, ...]:
        return tuple(self.variable.broadcastable)

    def __str__(self) -> str:
        return self.name


class Generator:
    """Makes one program.

    Parameters
    ----------
    random : Random
        All that is chosen comes from it.
    n_statements : int
    wild : bool
        Whether NaN, infinities and huge numbers are allowed.
    errors : bool
        Whether a statement that cannot be built may end the program.
    """

    def __init__(
        self, random: Random, n_statements: int, wild: bool = False, errors: bool = False
    ) -> None:
        self.random, self.wild, self.errors = random, wild, errors
        self.items: list[Item] = []
        self.lines: list[str] = []
        self.built = Built()
        self.values: dict[Any, Any] = {}
        self.shared: list[Item] = []
        self.raised = False
        self.count = 0
        table = [function for function, weight in OPERATIONS for _ in range(weight)]
        for _ in range(random.choice((1, 1, 2, 3))):
            self.new_input()
        for _ in range(8 * n_statements):
            if self.count >= n_statements or self.raised:
                break
            text = random.choice(table)(self)
            if text is not None:
                self.add(text)
        self.finish()

    @property
    def program(self) -> Program:
        return Program(tuple(self.lines))

    # What is chosen

    def chance(self, probability: float) -> bool:
        return self.random.random() >= 1 - probability

    def choice(self, among: Sequence[Any]) -> Any:
        return self.random.choice(among)

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def pick(
        self,
        kinds: str = "biufc",
        ndim: int | Sequence[int] | None = None,
        where: Callable[[Item], bool] = lambda item: True,
        new: bool = True,
    ) -> Item | None:
        """Return one of the variables so far, later ones rather, or a new input."""
        ranks = range(6) if ndim is None else [ndim] if isinstance(ndim, int) else ndim
        found = [v for v in self.items if v.kind in kinds and v.ndim in ranks and where(v)]
        if found and not (new and len(self.lines) < 24 and self.chance(0.08)):
            return self.choice(found + found[-2:] * 2)
        if not new:
            return None
        dtypes = [d for d in DTYPES if np.dtype(d).kind in kinds]
        shape = tuple(self.choice(LENGTHS) for _ in range(self.choice(list(ranks)[:5])))
        item = self.new_input(self.choice(dtypes), shape)
        return item if where(item) else None

    def array(self, dtype: str, shape: Sequence[int]) -> np.ndarray:
        """Return numbers at random."""
        size = int(np.prod(shape))
        kind = np.dtype(dtype).kind
        if kind == "b":
            numbers: list[Any] = [self.choice((True, False)) for _ in range(size)]
        elif kind in "iu":
            whole: list[Any] = [1, 2, 0, 3, 4, 5, 7, 1, 2]
            if kind == "i":
                whole += [-1, -2, -3, -7]
            if self.chance(0.15):
                limits = np.iinfo(dtype)
                whole += [limits.max, limits.min, limits.max // 2, 100]
            numbers = [self.choice(whole) for _ in range(size)]
        else:
            among: tuple[Any, ...] = GRID if self.chance(0.5) else GRID + OFF_GRID
            if self.wild and kind == "f":
                among = (*among, *ODD)
            numbers = [self.choice(among) for _ in range(size)]
            if kind == "c":
                numbers = [complex(a, self.choice(GRID)) for a in numbers]
        with np.errstate(all="ignore"):
            return np.array(numbers, dtype=dtype).reshape(shape)

    def new_input(self, dtype: str | None = None, shape: Sequence[int] | None = None) -> Item:
        if dtype is None:
            dtype = self.choice(DTYPES)
        if shape is None:
            shape = tuple(self.choice(LENGTHS) for _ in range(self.choice(RANKS)))
        return self.input_of(self.array(dtype, shape))

    def input_of(self, value: np.ndarray, pattern: Sequence[bool] | None = None) -> Item:
        """Add an input, or a shared variable, with a value."""
        if pattern is None and self.chance(0.1):
            return self.define("s", f"shared({literal(value)})")
        if pattern is None:
            pattern = [n == 1 and self.chance(0.6) for n in value.shape]
        said = f", {tuple(pattern)}" if any(pattern) else ""
        return self.define("x", f"given({literal(value)}{said})")

    def constant(self, value: np.ndarray) -> str:
        """Return the text of a constant."""
        if value.ndim == 0 and self.chance(0.6):
            if value.dtype.kind in "bi" or value.dtype.name in ("uint8", "uint16"):
                return str(value.item())
            if np.isfinite(value):
                return repr(value.item())
        return literal(value)

    def define(self, prefix: str, text: str) -> Item:
        """Add a line that cannot fail."""
        name = f"{prefix}{len(self.lines)}"
        line = f"{name} = {text}"
        self.built.run(line)
        self.lines.append(line)
        variable = self.built.names[name]
        value = (self.built.state[-1] if prefix == "s" else (0, self.built.arguments[-1]))[1]
        self.values[variable] = value
        item = Item(name, variable, value)
        self.items.append(item)
        if prefix == "s":
            self.shared.append(item)
        return item

    def size(self, n: int) -> str:
        """Return an expression whose value is ``n``, which may be one of the graph."""
        if self.chance(0.4):
            return str(n)
        found: list[tuple[str, int]] = []
        for item in self.items[-8:]:
            if item.kind in "iu" and item.ndim == 0 and item.dtype != "uint64":
                found += [(item.name, int(item.value))] * 3
            if item.kind in "iu" and item.ndim == 1 and item.dtype in SIGNED:
                found += [(f"{item}[{i}]", int(k)) for i, k in enumerate(item.value[:3])]
            found += [(f"{item}.shape[{i}]", k) for i, k in enumerate(item.shape)]
        found = [(text, k) for text, k in found if abs(n - k) <= 3]
        exact = [(text, k) for text, k in found if k == n]
        if exact and self.chance(0.7):
            return self.choice(exact)[0]
        if found and self.chance(0.7):
            text, k = self.choice(found)
            return text if n == k else f"({text} {'+' if n > k else '-'} {abs(n - k)})"
        if abs(n) > 100:
            return str(n)
        dtype = self.choice(("int64", "int32", "int8", "int16"))
        return self.input_of(np.array(n, dtype)).name

    def axis(self, item: Item) -> int:
        """Return an axis of ``item``, which must have one, from either end."""
        k = self.number(0, item.ndim - 1)
        return k - item.ndim if self.chance(0.3) else k

    def partner(self, item: Item, kinds: str = "biufc") -> str:
        """Return an expression that may be broadcast with ``item``."""
        fits = [v for v in self.items if v.kind in kinds and v.ndim <= 4 and may_broadcast(item, v)]
        if self.chance(0.03):
            fits += [v for v in self.items if v.kind in kinds]
        if fits and self.chance(0.6):
            return self.choice(fits + fits[-2:]).name
        dtypes = [d for d in DTYPES if np.dtype(d).kind in kinds]
        dtype = self.choice(dtypes)
        if self.chance(0.4):
            return self.constant(self.array(dtype, ()))
        shape = list(item.shape)
        pattern = list(item.broadcastable)
        for i in range(len(shape)):
            if self.chance(0.2):
                shape[i], pattern[i] = 1, True
        keep = self.number(0, len(shape)) if self.chance(0.3) else 0
        value = self.array(dtype, shape[keep:])
        if self.chance(0.2) and value.ndim:
            return literal(value)
        return self.input_of(value, pattern[keep:]).name

    # What is made of it

    def evaluate(self, variable: Any) -> np.ndarray:
        known = self.values
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for node in toposort([variable], set(known)):
                run_node(node, known)
        if variable not in known:
            return np.asarray(variable.data)
        return known[variable]

    def acceptable(self, value: Any) -> bool:
        if not isinstance(value, np.ndarray | np.generic):
            return False
        value = np.asarray(value)
        if value.ndim > 5 or value.size > SIZE or value.dtype.kind not in "biufc":
            return False
        if value.dtype.kind in "fc" and not self.wild:
            with np.errstate(all="ignore"):
                return bool((np.abs(value) <= LARGEST[value.dtype.name]).all())
        return True

    def add(self, text: str) -> None:
        """Add a statement, if it has a value that can be compared, or raises."""
        start = len(self.lines)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                made = eval(text, self.built.names)
            except Exception:
                if self.errors and self.chance(0.3):
                    self.lines.append(f"result({text})")
                    self.raised = True
                return
        several = isinstance(made, list | tuple)
        variables = list(made) if several else [made]
        if not variables or not all(isinstance(v, TensorVariable) for v in variables):
            return
        names = [f"v{start + k}" if not k else f"w{start}{k}" for k in range(len(variables))]
        try:
            values = [self.evaluate(v) for v in variables]
        except Exception:
            if self.chance(0.5):
                self.lines.append(f"{', '.join(names)}{',' * several} = {text}")
                self.lines.append(f"result({', '.join(names)})")
                self.raised = True
            return
        if not all(map(self.acceptable, values)):
            return
        self.lines.append(f"{', '.join(names)}{',' * several} = {text}")
        self.count += 1
        self.built.names.update(zip(names, variables, strict=True))
        for name, variable, value in zip(names, variables, values, strict=True):
            self.items.append(Item(name, variable, np.asarray(value)))

    def finish(self) -> None:
        """Say what the results are: everything that is not used, and something that is."""
        if self.raised:
            return
        read = set().union(*map(names_in, self.lines))
        computed = [v for v in self.items if v.name[0] in "vw"]
        last = [v for v in computed if v.name not in read]
        more = [v for v in computed if v not in last and self.chance(0.15)]
        for item in self.shared:
            new = [v for v in computed if v.dtype == item.dtype and v.shape == item.shape]
            new = [v for v in new if not any(v.broadcastable) or v.ndim == 0]
            if new and self.chance(0.8):
                self.lines.append(f"update({item}, {self.choice(new)})")
        self.lines.append(f"result({', '.join(map(str, last + more))})")


def may_broadcast(a: Item, b: Item) -> bool:
    """Whether two variables may be added, by lengths and patterns."""
    for i in range(1, min(a.ndim, b.ndim) + 1):
        if a.shape[-i] != b.shape[-i]:
            one = a if a.shape[-i] == 1 else b
            if not one.broadcastable[-i]:
                return False
    return True
