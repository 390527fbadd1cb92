"""``Program``: a graph as text, which Theano 1.0.5 can read as well.

    x0 = given(array("float32", [[1.0, 2.0]]), (True, False))
    s0 = shared(array("float64", 0.5))
    v0 = T.exp(x0) * s0
    update(s0, T.sum(v0))
    result(v0)

Each line is a statement of Python. ``given`` makes an input of the graph with its value and which
of its dimensions are broadcastable (none, if left out), ``shared`` a shared variable; ``result``
and ``update`` say what is computed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

import theano
import theano.tensor as T
from theano.ifelse import ifelse


@dataclass
class Built:
    """The graph of a program.

    Attributes
    ----------
    inputs, arguments : list
        Variables, and the values that they are given.
    outputs : list of Variable
    updates : list of pairs
        Shared variables and their new values.
    state : list of pairs
        All shared variables and their values.
    """

    inputs: list[Any] = field(default_factory=list)
    arguments: list[Any] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    updates: list[tuple[Any, Any]] = field(default_factory=list)
    state: list[tuple[Any, Any]] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = {
            "T": T,
            "theano": theano,
            "np": np,
            "nan": np.nan,
            "inf": np.inf,
            "ifelse": ifelse,
            "array": array,
            "given": self.given,
            "shared": self.shared,
            "result": self.result,
            "update": self.update,
        }

    def given(self, value: np.ndarray, broadcastable: Sequence[bool] = ()) -> Any:
        pattern = tuple(broadcastable) or (False,) * value.ndim
        variable = T.TensorType(value.dtype.name, pattern)()
        self.inputs.append(variable)
        self.arguments.append(value)
        return variable

    def shared(self, value: np.ndarray) -> Any:
        variable = theano.shared(value)
        self.state.append((variable, value))
        return variable

    def result(self, *variables: Any) -> None:
        self.outputs.extend(map(T.as_tensor_variable, variables))

    def update(self, variable: Any, new: Any) -> None:
        self.updates.append((variable, new))

    def run(self, line: str) -> None:
        exec(line, self.names)

    def reset(self) -> None:
        for variable, value in self.state:
            variable.set_value(value)


@dataclass(frozen=True)
class Program:
    """Lines of text."""

    lines: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Program:
        return cls(tuple(line.strip() for line in text.strip().splitlines() if line.strip()))

    def __str__(self) -> str:
        return "\n".join(self.lines)

    @cached_property
    def built(self) -> Built:
        """Its graph, made once."""
        built = Built()
        built.run(str(self))
        return built


def array(dtype: str, values: Any, shape: Sequence[int] | None = None) -> np.ndarray:
    """Return an array; ``shape`` is for one that is empty."""
    with np.errstate(all="ignore"):
        found = np.array(values, dtype=dtype)
    return found if shape is None else found.reshape(shape)


def literal(value: np.ndarray) -> str:
    """Return the text of a call of ``array``."""
    dtype = value.dtype.name
    if not value.size:
        return f'array("{dtype}", [], {value.shape})'
    if value.dtype.kind not in "fc":
        return f'array("{dtype}", {value.tolist()})'
    kind = float if value.dtype.kind == "f" else complex
    numbers = np.vectorize(lambda x: kind(str(x)), otypes=[kind])(value).tolist()
    return f'array("{dtype}", {numbers})'


def names_of(line: str) -> list[str]:
    """Return the names that a line gives values to."""
    found = re.match(r"([\w, ]+) = ", line)
    return [name.strip() for name in found[1].split(",") if name.strip()] if found else []


def names_in(line: str) -> set[str]:
    """Return the names of variables that a line reads."""
    text = re.sub(r"^[\w, ]+ = ", "", line)
    return set(re.findall(r"\b[svwx]\d+\b", text))
