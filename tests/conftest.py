"""What every test may count on: default flags, the CPU, and a generator with a known seed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

# Before anything imports theano or JAX: neither a developer's own flags nor executables of earlier
# runs may decide what the tests see (data/theanorc turns the cache off), and they give the same
# numbers on a machine with an accelerator (JAX_PLATFORMS=cuda asks for it).
os.environ.pop("THEANO_FLAGS", None)
os.environ["THEANORC"] = str(Path(__file__).parent / "data" / "theanorc")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("MPLBACKEND", "Agg")

# Flags are read from the environment when theano is first imported, so not above those lines.
from theano.options import config
from theano.options.sections import Section

# The same examples in every run: what a new one finds belongs into a run of its own (tests/fuzz).
settings.register_profile("suite", derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rng-seed",
        type=int,
        default=20161,
        help="seed of the `rng` fixture (default: %(default)s)",
    )


def pytest_report_header(config: pytest.Config) -> str:
    return f"rng seed: {config.getoption('--rng-seed')}"


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Return a generator that starts at the same state in every test."""
    return np.random.default_rng(request.config.getoption("--rng-seed"))


def sections(section: Section) -> Iterator[Section]:
    """Yield a group of flags and those within it."""
    yield section
    for value in vars(section).values():
        if isinstance(value, Section):
            yield from sections(value)


@pytest.fixture(autouse=True)
def _as_they_were() -> Iterator[None]:
    """Give flags and NumPy's global generator back, so that no test leaves its own to the next."""
    flags = [(section, dict(vars(section))) for section in sections(config)]
    state = np.random.get_state()
    yield
    np.random.set_state(state)
    for section, values in flags:
        vars(section).clear()  # one that was read or set for the first time is computed anew
        vars(section).update(values)
