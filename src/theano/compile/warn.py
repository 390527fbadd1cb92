"""Warnings that point at the user's own line."""

from __future__ import annotations

import warnings

from theano.graph.provenance import user_line


def warn_user(message: str, category: type[Warning]) -> None:
    """Warn as if the innermost line of the user's own program did, every time."""
    line = user_line()
    if line is None:
        warnings.warn(message, category, stacklevel=2)
    else:
        warnings.warn_explicit(message, category, line.filename, line.line)
