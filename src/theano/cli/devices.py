"""``theano devices``."""

from __future__ import annotations

import argparse

import jax

from theano.options import config


def devices_report(options: argparse.Namespace) -> str:
    """Return a line for each device: its name as a flag, its platform, and its kind."""
    rows = []
    for platform in ("cpu", "cuda", "tpu"):
        try:
            found = jax.local_devices(backend=platform)
        except RuntimeError:
            continue
        for i, device in enumerate(found):
            name = f"{platform}{i}" if platform != "cpu" else "cpu"
            mark = "*" if config.device in (name, platform if i == 0 else name) else " "
            rows.append(f"{mark} {name:<8} {device.platform:<6} {device.device_kind}")
    rows.append("Choose one with THEANO_FLAGS=device=NAME; * is the one in force.")
    return "\n".join(rows)
