"""``theano info``."""

from __future__ import annotations

import argparse
import platform

import jax
import jaxlib
import numpy as np
import scipy

import theano
from theano.cli.cache import cache_size
from theano.options import ConfigParam, config, flags_of


def info_report(options: argparse.Namespace) -> str:
    """Return versions, the flags that differ from their defaults (or all), and the cache."""
    versions = {
        "theano-xla": theano.__release__,
        "python": platform.python_version(),
        "jax": jax.__version__,
        "jaxlib": jaxlib.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }
    lines = [f"{name:<12} {version}" for name, version in versions.items()]
    lines.append("")
    lines.append("flags" if options.all else "flags that differ from their defaults")
    shown = 0
    for flag in flags_of(config):
        value = read_flag(flag.fullname)
        if options.all or (flag.effect and value != default_of(flag)):
            lines.append(f"  {flag.fullname} = {value!r}")
            shown += 1
    if not shown:
        lines.append("  none")
    lines += ["", "executables kept on disk", f"  {cache_size()}"]
    return "\n".join(lines)


def read_flag(fullname: str) -> object:
    """Return the value of a flag such as ``blas.ldflags``."""
    value: object = config
    for part in fullname.split("."):
        value = getattr(value, part)
    return value


def default_of(flag: ConfigParam) -> object:
    """Return the value that a flag has when nobody sets it."""
    default = flag.default() if callable(flag.default) else flag.default
    return flag.convert(default, "The default")
