"""What a step gives, in the type that the next step takes."""

from __future__ import annotations

from typing import Any

from theano.errors import usage_error
from theano.tensor.rebroadcast import unbroadcast


def fitted(new: Any, state: Any) -> Any:
    """Return the new state in the type of the old one.

    Raises
    ------
    TypeError
        A dimension of the initial state is always of length 1, and that of the new one is not.
    """
    kinds = [getattr(v.type, "broadcastable", ()) for v in (state, new)]
    if kinds[0] == kinds[1]:
        return new
    if any(b and not a for b, a in zip(*kinds, strict=True)):
        raise usage_error(
            TypeError,
            "a state of a scan has a dimension that is always of length 1, where what the step "
            "returns for it has one of any length",
            expected=str(new.type),
            got=str(state.type),
            fix="T.unbroadcast(initial, axis) lets the initial state have any length",
        )
    axes = [i for i, (b, a) in enumerate(zip(*kinds, strict=True)) if a and not b]
    return unbroadcast(new, *axes)
