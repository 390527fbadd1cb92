"""``Function``: what ``theano.function`` returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from theano.compile.executor import Executor
from theano.compile.io import In
from theano.errors import usage_error
from theano.graph import FunctionGraph
from theano.runtime.devices import to_host
from theano.runtime.executable import Compilation
from theano.shared_variable import SharedVariable
from theano.tensor.type import TensorType


class Maker:
    """What a function was made from: ``fgraph``, ``inputs``, ``outputs``, ``mode``."""

    def __init__(
        self, fgraph: FunctionGraph, inputs: Sequence[In], outputs: Any, mode: Any
    ) -> None:
        self.fgraph = fgraph
        self.inputs = list(inputs)
        self.outputs = outputs
        self.mode = mode


class Function:
    """A compiled function.

    Call it with values for its inputs, in order or by name. It returns what ``outputs`` was given as:
    one array, a list, or a dict; and updates its shared variables.

    Attributes
    ----------
    name : str or None
    maker : Maker
        The rewritten graph is ``maker.fgraph``.
    trust_input : bool
        Skip all checks of the arguments. They must then be ndarrays of the right dtype and rank.
    """

    def __init__(
        self,
        executor: Executor,
        maker: Maker,
        shared: Sequence[SharedVariable],
        wrap: Callable[[list[Any]], Any],
        name: str | None = None,
    ) -> None:
        self.executor = executor
        self.maker = maker
        self.name = name
        self.trust_input = False
        self._shared = list(shared)
        self._wrap = wrap
        self._filters = [argument_filter(i) for i in maker.inputs]
        self._defaults = [i.value for i in maker.inputs]

    @property
    def compilations(self) -> list[Compilation]:
        """What was compiled so far: shapes of the inputs, and seconds."""
        return self.executor.compilations

    def get_shared(self) -> list[SharedVariable]:
        """Return the shared variables that the function uses."""
        return list(self._shared)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs and apply the updates.

        Raises
        ------
        TypeError
            An argument is missing, is one too many, or does not fit its type.
        ValueError
            The shapes do not fit together.
        """
        if kwargs or len(args) != len(self._filters):
            args = self._bind(args, kwargs)
        if self.trust_input:
            arguments: list[Any] = list(args)
        else:
            arguments = []
            for i, (check, value) in enumerate(zip(self._filters, args, strict=True)):
                try:
                    arguments.append(check(value))
                except (TypeError, ValueError) as error:
                    raise self._bad_argument(error, i) from None
        borrowed = any(a is b for a, b in zip(arguments, args, strict=True))
        results = self.executor(arguments, borrowed)
        return self._wrap([to_host(r) for r in results])

    def _bad_argument(self, error: Exception, i: int) -> Exception:
        label = self.maker.inputs[i].name
        named = f' with name "{label}"' if label else ""
        function = f' with name "{self.name}"' if self.name else ""
        variable = self.maker.inputs[i].variable
        created = f"\n  created:  {variable.source}" if variable.source else ""
        return type(error)(
            f"Bad input argument{named} to theano function{function} at index {i} (0-based): "
            f"{error}{created}"
        )

    def _bind(self, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any]:
        inputs = self.maker.inputs
        if len(args) > len(inputs):
            raise usage_error(
                TypeError,
                f"the function {self.name or ''} was called with too many arguments",
                expected=f"at most {len(inputs)}",
                got=f"{len(args)}",
            )
        missing = object()
        values: list[Any] = list(args) + [missing] * (len(inputs) - len(args))
        for name, value in kwargs.items():
            places = [i for i, one in enumerate(inputs) if one.name == name]
            if not places:
                raise usage_error(
                    TypeError,
                    f"the function has no input named {name!r}",
                    expected=", ".join(repr(one.name) for one in inputs if one.name) or "no names",
                    got=name,
                )
            if len(places) > 1:
                raise TypeError(f"several inputs are named {name!r}: give them by position")
            if values[places[0]] is not missing:
                raise TypeError(f"the input {name!r} was given twice")
            values[places[0]] = value
        for i, value in enumerate(values):
            if value is missing:
                if self._defaults[i] is None:
                    raise usage_error(
                        TypeError,
                        f"the function {self.name or ''} was called without a value for input {i}",
                        expected=inputs[i].variable,
                        got="nothing",
                    )
                values[i] = self._defaults[i]
        return values

    def __repr__(self) -> str:
        return f"<theano.function {self.name or ''} of {self.maker.inputs}>"


def argument_filter(one: In) -> Callable[[Any], Any]:
    """Return what turns an argument into an array of the input's type."""
    kind, strict, allow_downcast = one.variable.type, one.strict, one.allow_downcast
    if not isinstance(kind, TensorType) or any(kind.broadcastable):
        return lambda value: kind.filter(value, strict, allow_downcast)
    dtype, ndim, ndarray = np.dtype(kind.dtype), kind.ndim, np.ndarray

    def check(value: Any) -> Any:
        if type(value) is ndarray and value.dtype == dtype and value.ndim == ndim:
            return value
        return kind.filter(value, strict, allow_downcast)

    return check
