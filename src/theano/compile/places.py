"""Where a function's inputs and shared variables are found: by position, variable, or name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theano.compile.io import In
from theano.errors import usage_error
from theano.shared_variable import Container, SharedVariable


class Places:
    """The containers of a function's inputs, then of its shared variables.

    A key is a position, a variable, or a name that only one of them has.
    """

    def __init__(
        self,
        inputs: Sequence[In],
        containers: Sequence[Container],
        shared: Sequence[SharedVariable],
    ) -> None:
        self._containers = [*containers, *(s.container for s in shared)]
        self._indices: dict[Any, int] = {}
        self._ambiguous: set[str] = set()
        keys = [(one.variable, one.name) for one in inputs] + [(s, s.name) for s in shared]
        for i, (variable, name) in enumerate(keys):
            self._indices[variable] = i
            if name is not None and name in self._indices:
                self._ambiguous.add(name)
            elif name is not None:
                self._indices[name] = i
        self._indices.update({i: i for i in range(len(keys))})

    def index(self, key: Any) -> int:
        """Return the position that ``key`` means.

        Raises
        ------
        TypeError
            It means none, or several.
        """
        if key in self._ambiguous:
            raise usage_error(
                TypeError,
                f"several inputs or shared variables of the function are named {key!r}",
                fix="use positions or the variables themselves, or give them different names",
            )
        if key not in self._indices:
            names = [repr(k) for k in self._indices if isinstance(k, str)]
            raise usage_error(
                TypeError,
                f"the function has no input or shared variable {key!r}",
                expected=", ".join(names) or "no names: its inputs and shared variables have none",
                got=key,
            )
        return self._indices[key]

    def __contains__(self, key: Any) -> bool:
        return key in self._indices and key not in self._ambiguous

    def __getitem__(self, key: Any) -> Container:
        return self._containers[self.index(key)]
