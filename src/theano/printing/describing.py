"""Short texts that tell one variable, or one array, from another."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Variable
from theano.printing.naming import TagGenerator, op_text

__all__ = ["hex_digest", "min_informative_str", "position_independent_str", "var_descriptor"]


def min_informative_str(
    obj: Any,
    indent_level: int = 0,
    _prev_obs: dict[int, str] | None = None,
    _tag_generator: Any = None,
) -> str:
    """Return how ``obj`` is computed, down to constants and variables that have a name.

    Parameters
    ----------
    obj : variable, or any object
    indent_level : int
        How many spaces the first line begins with.
    _prev_obs, _tag_generator : optional
        What was described in earlier calls, by ``id``, and where letters come from.

    Returns
    -------
    str
        A line for each operation and each name, with a letter; ``<B>`` where it was shown before.

    Examples
    --------
    >>> print(min_informative_str(C + (D + E)))
    A. Elemwise{add,no_inplace}
     B. C
     C. Elemwise{add,no_inplace}
      D. D
      E. E
    """
    tags = {} if _prev_obs is None else _prev_obs
    generator = TagGenerator() if _tag_generator is None else _tag_generator
    lines = []
    todo = [(obj, indent_level)]
    while todo:
        one, level = todo.pop()
        indent = " " * level
        if id(one) in tags:
            lines.append(f"{indent}<{tags[id(one)]}>")
            continue
        tag = tags[id(one)] = generator.get_tag()
        node = getattr(one, "owner", None)
        if hasattr(one, "__array__") and not isinstance(one, Variable):
            text = "<ndarray>"
        elif getattr(one, "name", None) is not None:
            text = one.name
        elif node is not None:
            text = op_text(node.op)
            todo.extend((x, level + 1) for x in reversed(node.inputs))
        else:
            text = str(one)
        lines.append(f"{indent}{tag}. {text}")
    return "\n".join(lines)


def var_descriptor(
    obj: Any, _prev_obs: dict[int, str] | None = None, _tag_generator: Any = None
) -> str:
    """Return, in one line, all of how ``obj`` is computed.

    Names of computed variables are left out, and so is whatever differs between two runs.

    Parameters
    ----------
    obj : variable, ndarray, or any object
    _prev_obs, _tag_generator : optional
        As in ``min_informative_str``.

    Returns
    -------
    str
        ``A=op(B=x,C=y)``; ``<B>`` where something was described before.
    """
    tags = {} if _prev_obs is None else _prev_obs
    generator = TagGenerator() if _tag_generator is None else _tag_generator
    parts: list[str] = []
    todo: list[Any] = [obj]
    while todo:
        one = todo.pop()
        if isinstance(one, Verbatim):
            parts.append(one)
            continue
        if id(one) in tags:
            parts.append(f"<{tags[id(one)]}>")
            continue
        tag = tags[id(one)] = generator.get_tag()
        node = getattr(one, "owner", None)
        if node is not None:
            parts.append(f"{tag}={op_text(node.op)}(")
            pieces: list[Any] = []
            for i, x in enumerate(node.inputs):
                pieces += [Verbatim(",")] * (i > 0) + [x]
            todo.extend(reversed([*pieces, Verbatim(")")]))
        else:
            parts.append(f"{tag}={leaf_text(one)}")
    return "".join(parts)


class Verbatim(str):
    """Text that is to be written as it is."""

    __slots__ = ()


def leaf_text(obj: Any) -> str:
    """Return the text of something that no operation computes."""
    if isinstance(obj, np.ndarray):
        return (
            f"<ndarray:strides=[{joined(obj.strides)}],"
            f"digest={hashlib.sha256(obj.tobytes()).hexdigest()}>"
        )
    if getattr(obj, "name", None) is not None:
        return str(obj.name)
    text = str(obj)
    return position_independent_str(obj) if " at 0x" in text else text


def joined(numbers: Sequence[int]) -> str:
    """Return numbers with commas between them."""
    return ",".join(map(str, numbers))


def position_independent_str(obj: Any) -> str:
    """Return a text of a variable that does not tell where it lies in memory.

    Raises
    ------
    NotImplementedError
        ``obj`` is no variable.
    """
    if not isinstance(obj, Variable):
        raise usage_error(
            NotImplementedError,
            "only variables have a text that does not tell where they lie in memory",
            got=obj,
        )
    return f"theano_var{{type={obj.type}}}"


def hex_digest(x: np.ndarray) -> str:
    """Return a hash of an array: of its bytes, its strides (bytes) and its shape.

    Raises
    ------
    TypeError
        ``x`` is no array.
    """
    if not isinstance(x, np.ndarray):
        raise usage_error(
            TypeError,
            "hex_digest was given something else than an array",
            expected="ndarray",
            got=x,
        )
    digest = hashlib.sha256(x.tobytes()).hexdigest()
    return f"{digest}|strides=[{joined(x.strides)}]|shape=[{joined(x.shape)}]"
