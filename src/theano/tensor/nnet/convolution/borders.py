"""How borders, strides and dilation of a convolution are given."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from theano.errors import NotScalarConstantError, usage_error
from theano.graph import Variable
from theano.tensor.ops.facts import get_scalar_constant_value

NAMED_BORDERS = ("valid", "full", "half")


def checked_border_mode(mode: Any, convdim: int) -> Any:
    """Return a border mode in its plainest form: a name, or a tuple of names, numbers and pairs.

    Raises
    ------
    ValueError
        It is no border mode for ``convdim`` dimensions.
    NotImplementedError
        It has different borders before and after in three dimensions.
    """
    if isinstance(mode, str):
        if mode not in NAMED_BORDERS:
            raise wrong_border(mode, convdim)
        return mode
    entries = mode if isinstance(mode, tuple) else (mode,) * convdim
    if len(entries) != convdim:
        raise wrong_border(mode, convdim)
    plain: list[Any] = []
    for entry in entries:
        if isinstance(entry, str) and entry in NAMED_BORDERS:
            plain.append(0 if entry == "valid" else entry)
            continue
        pair = entry if isinstance(entry, tuple) else (entry, entry)
        try:
            before, after = (operator.index(n) for n in pair)
        except (TypeError, ValueError) as error:
            raise wrong_border(mode, convdim) from error
        if min(before, after) < 0:
            raise wrong_border(mode, convdim)
        if isinstance(entry, tuple) and convdim != 2:
            raise NotImplementedError(
                f"different borders before and after are not there in {convdim} dimensions"
            )
        plain.append(before if before == after else (before, after))
    if len(set(plain)) == 1 and plain[0] in (0, "half", "full"):
        return plain[0] or "valid"
    return tuple(plain)


def wrong_border(mode: Any, convdim: int) -> ValueError:
    """Return the error for a border mode that is none."""
    pairs = ", or pairs of them" if convdim == 2 else ""
    return usage_error(
        ValueError,
        f"invalid border_mode {mode}",
        expected=f'"valid", "full", "half", a non-negative integer, or a tuple of {convdim} '
        f"non-negative integers{pairs}",
        got=mode,
    )


def checked_steps(name: str, steps: Sequence[Any] | None, convdim: int) -> tuple[int, ...]:
    """Return strides or dilation as integers, 1 where none are given.

    Raises
    ------
    ValueError
        Another number of them, or one below 1.
    TypeError
        They are no integers.
    """
    if steps is None:
        return (1,) * convdim
    expected = f"a tuple of {convdim} positive integers"
    try:
        numbers = tuple(whole(step) for step in steps)
    except TypeError as error:
        raise usage_error(
            TypeError, f"{name} of a convolution is no tuple of integers", expected=expected,
            got=steps,
        ) from error  # fmt: skip
    if len(numbers) != convdim or min(numbers) < 1:
        raise usage_error(
            ValueError, f"{name} must have {convdim} elements", expected=expected, got=steps
        )
    return numbers


def whole(number: Any) -> int:
    """Return an integer or an integer constant as a Python integer."""
    if isinstance(number, Variable):
        try:
            number = get_scalar_constant_value(number).item()
        except NotScalarConstantError as error:
            raise TypeError("it is not known before the function is called") from error
    return operator.index(number)


def border_mode_to_pad(mode: Any, convdim: int, kshp: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return the number of zeros before and after each spatial dimension.

    Parameters
    ----------
    mode : {"valid", "full", "half"}, or tuple of int and pairs of int
    convdim : int
        The number of spatial dimensions.
    kshp : sequence of int
        How far filters reach in each of them, dilation included.

    Raises
    ------
    ValueError
        It is no border mode.
    """
    if isinstance(mode, str) and mode in NAMED_BORDERS:
        return tuple(borders(mode, span) for span in kshp)
    if not isinstance(mode, tuple):
        raise wrong_border(mode, convdim)
    mode = checked_border_mode(mode, convdim)
    entries = (0,) * convdim if mode == "valid" else mode
    return tuple(borders(entry, span) for entry, span in zip(entries, kshp, strict=True))


def borders(mode: Any, span: Any) -> tuple[Any, Any]:
    """Return the zeros before and after one dimension.

    Parameters
    ----------
    mode : str, int, pair of int, or symbolic
    span : int or symbolic
        How far filters reach.

    Raises
    ------
    ValueError
        A number is negative.
    """
    if isinstance(mode, str):
        zeros = {"valid": 0, "half": span // 2, "full": span - 1}[mode]
        return zeros, zeros
    before, after = mode if isinstance(mode, tuple) else (mode, mode)
    for zeros in (before, after):
        if not isinstance(zeros, Variable) and zeros < 0:
            raise usage_error(
                ValueError, "border_mode must be >= 0", expected="non-negative borders", got=mode
            )
    return before, after
