"""Constructors of input variables: ``matrix``, ``fvector``, ``tensor3`` and so on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from theano.options import config
from theano.tensor.type import TensorType

PATTERNS = {
    "scalar": (),
    "vector": (False,),
    "row": (True, False),
    "col": (False, True),
    "matrix": (False, False),
    "tensor3": (False,) * 3,
    "tensor4": (False,) * 4,
    "tensor5": (False,) * 5,
    "tensor6": (False,) * 6,
    "tensor7": (False,) * 7,
}
PREFIXES = {
    "b": "int8",
    "w": "int16",
    "i": "int32",
    "l": "int64",
    "f": "float32",
    "d": "float64",
    "c": "complex64",
    "z": "complex128",
}


def flexible(kind: str, pattern: tuple[bool, ...]) -> Callable[..., Any]:
    """Return the constructor of variables of one pattern in any dtype."""

    def constructor(name: str | None = None, dtype: Any = None) -> Any:
        return TensorType(config.floatX if dtype is None else dtype, pattern)(name)

    constructor.__name__ = constructor.__qualname__ = kind
    constructor.__doc__ = (
        f"Return a new symbolic {kind}, by default in ``floatX``.\n\n"
        "Parameters\n----------\nname : str, optional\ndtype : str, optional\n"
    )
    return constructor


def several(make: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return a constructor of several variables at once, by number or by names."""

    def constructor(*args: Any, **kwargs: Any) -> Any:
        names: Any = args
        if len(args) == 1:
            # The letters of one string are names: x, y = vectors("xy").
            names = [None] * args[0] if isinstance(args[0], int) else args[0]
        made = [make(name, **kwargs) for name in names]
        return made[0] if len(made) == 1 else made

    constructor.__name__ = constructor.__qualname__ = name
    constructor.__doc__ = (
        "Return several new variables: as many as a number says, or one for each name of several\n"
        "or of a list, or for each letter of a string. One variable is returned without a list.\n"
    )
    return constructor


def tensor(*args: Any, **kwargs: Any) -> Any:
    """Return a new symbolic tensor: ``tensor(dtype, broadcastable, name=None)``."""
    name = kwargs.pop("name", None)
    return TensorType(*args, **kwargs)(name)


CONSTRUCTORS: dict[str, Any] = {"tensor": tensor}
for _kind, _pattern in PATTERNS.items():
    _kinds = "matrices" if _kind == "matrix" else f"{_kind}s"
    CONSTRUCTORS[_kind] = flexible(_kind, _pattern)
    CONSTRUCTORS[_kinds] = several(CONSTRUCTORS[_kind], _kinds)
    for _prefix, _dtype in PREFIXES.items():
        CONSTRUCTORS[f"{_prefix}{_kind}"] = TensorType(_dtype, _pattern)
        CONSTRUCTORS[f"{_prefix}{_kinds}"] = several(
            CONSTRUCTORS[f"{_prefix}{_kind}"], f"{_prefix}{_kinds}"
        )
globals().update(CONSTRUCTORS)
__all__ = list(CONSTRUCTORS)
