"""``theano cache``, and ``theano-cache`` as old instructions have it."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from theano.runtime.cache import MIB, executable_cache


def add_cache_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``theano cache`` takes to a parser."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=("size", "list", "clear", "purge"),
        default="size",
        help="size: where executables are kept, and how much they take (the default); list: each "
        "of them, the last used first; clear, purge: delete them",
    )


def cache_report(options: argparse.Namespace) -> str:
    """Do what was asked and return a text about it."""
    cache = executable_cache()
    size = cache_size()
    if options.action in ("clear", "purge"):
        cache.clear()
        return f"deleted from {size}"
    lines = []
    if options.action == "list":
        for entry in reversed(cache.entries()):
            used = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.last_used))
            lines.append(f"{used}  {entry.n_bytes / 1024:8.0f} KiB  {entry.path.stem}")
    return "\n".join([*lines, size])


def cache_size() -> str:
    """Return where executables are kept, how many, and how much they take."""
    cache = executable_cache()
    entries = cache.entries()
    n_bytes = sum(entry.n_bytes for entry in entries)
    return f"{cache.folder}: {len(entries)} executables, {n_bytes / MIB:.1f} MiB"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``theano-cache`` and return its exit status: 0, or 2 for a wrong command line."""
    parser = argparse.ArgumentParser(
        prog="theano-cache", description="Executables that are kept on disk."
    )
    add_cache_arguments(parser)
    sys.stdout.write(cache_report(parser.parse_args(arguments)) + "\n")
    return 0
