"""What surrounds training in the examples: options, progress, Ctrl-C, files at the end.

Nothing here imports theano, because its flags are settled here first.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np

# Training goes on without them, and says what is left out.
try:
    from tqdm import tqdm
except ModuleNotFoundError:
    tqdm = None
try:
    import figures
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "matplotlib":
        raise
    figures = None  # type: ignore[assignment]

LARGEST_SEED = 2147462578
"""One below the modulus of the smaller component of MRG31k3p."""
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""

_P = TypeVar("_P", bound="Progress")


def read_options(
    description: str | None, arguments: Sequence[str] | None = None
) -> argparse.Namespace:
    """Read the command line, and put the flags that it implies into ``THEANO_FLAGS``.

    It must be called before theano is imported. floatX is float32 unless ``THEANO_FLAGS`` names
    another; ``--device`` overrides the device named there.

    Parameters
    ----------
    description : str, optional
        What ``--help`` says about the program.
    arguments : sequence of str, optional
        By default those of the process.

    Returns
    -------
    argparse.Namespace
        ``epochs``, ``batch_size``, ``seed`` (int), ``lr`` (float), ``device``, ``data_dir`` (str
        or None), ``out`` (Path of a directory that exists).

    Raises
    ------
    SystemExit
        For ``--help``, or if an option is wrong; the text says which.
    """
    parser = argparse.ArgumentParser(
        description=description,
        epilog="Ctrl-C ends training; what was learnt so far is saved and evaluated, and the exit "
        f"code is {INTERRUPTED}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--epochs", type=count_option, default=50, metavar="N", help="default: %(default)s")
    add("--batch-size", type=count_option, default=128, metavar="N", help="default: %(default)s")
    add(
        "--seed",
        type=seed_option,
        default=0,
        metavar="N",
        help="seeds the weights and the dropout masks; 0, the default, leaves the masks at the "
        "seed that their generator has by itself",
    )
    add(
        "--lr",
        type=rate_option,
        default=0.001,
        metavar="X",
        help="learning rate, default: %(default)s",
    )
    add(
        "--device",
        type=_device,
        metavar="NAME",
        help="cpu, cuda, gpu or tpu, the last three also with a number; default: cpu, or what "
        "THEANO_FLAGS says",
    )
    add(
        "--data-dir",
        metavar="DIR",
        help="where the data is: IDX files or mnist.pkl.gz; by default MNIST is fetched and kept",
    )
    add(
        "--out",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="where parameters.npz, accuracy.png and filters.png go, default: here",
    )
    options = parser.parse_args(arguments)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"argument --out: {error}")
    given = os.environ.get("THEANO_FLAGS", "")
    device = f"device={options.device}" if options.device else ""
    # Of two values for one flag the later counts.
    os.environ["THEANO_FLAGS"] = ",".join(filter(None, ["floatX=float32", given, device]))
    return options


def count_option(text: str) -> int:
    """An integer above 0, as ``type=`` of an option."""
    if not re.fullmatch("0*[1-9][0-9]*", text):
        raise argparse.ArgumentTypeError(f"expected an integer above 0, got {text!r}")
    return int(text)


def seed_option(text: str) -> int:
    """A seed of MRG31k3p, as ``type=`` of an option."""
    if not re.fullmatch("[0-9]+", text) or int(text) > LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"expected an integer, 0 to {LARGEST_SEED}, got {text!r}")
    return int(text)


def rate_option(text: str) -> float:
    """A number above 0, as ``type=`` of an option."""
    try:
        rate = float(text)
    except ValueError:
        rate = float("nan")
    if not 0 < rate < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return rate


def _device(text: str) -> str:
    if not re.fullmatch(r"cpu|(cuda|gpu|tpu)\d*", text):
        raise argparse.ArgumentTypeError(f"expected cpu, cuda, gpu, cuda1 and so on, got {text!r}")
    return text


@contextmanager
def plain_errors() -> Iterator[None]:
    """Within it, missing or bad data ends the program with the error's text alone.

    Ctrl-C, while data is being fetched for instance, ends it without any.
    """
    try:
        yield
    except (OSError, ValueError) as error:
        raise SystemExit(str(error)) from error
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


class Progress:
    """Follows a training run: ``with Progress(options, n_batches) as progress``.

    Each step is told to `step`, the end of each epoch to `end_epoch`. On a terminal a bar shows how
    far the run is and the mean cost of the epoch so far; elsewhere there is one line for each
    epoch. Ctrl-C leaves the ``with`` block; the program goes on behind it, with what was learnt.

    Parameters
    ----------
    options : argparse.Namespace
        With ``epochs`` and ``batch_size``.
    n_batches : int
        Steps in an epoch.

    Attributes
    ----------
    costs : list of float
        One for each step.
    n_epochs : int
        How many epochs are complete.
    interrupted : bool
        Whether Ctrl-C ended the run.

    Raises
    ------
    SystemExit
        If there is no whole batch to train on.
    """

    data = "examples to learn from"

    def __init__(self, options: argparse.Namespace, n_batches: int) -> None:
        if n_batches < 1:
            raise SystemExit(
                f"there are fewer than --batch-size {options.batch_size} {self.data}.\n"
                "  fix: give a smaller --batch-size"
            )
        self.options = options
        self.n_batches = n_batches
        self.costs: list[float] = []
        self.n_epochs = 0
        self.interrupted = False
        self._bar: Any = None

    def __enter__(self: _P) -> _P:
        if tqdm is None:
            _say("tqdm is not installed: no progress bar. (pip install tqdm)")
        elif sys.stderr.isatty():
            n_steps = self.options.epochs * self.n_batches
            self._bar = tqdm(desc=self._title(), total=n_steps, unit="step", dynamic_ncols=True)
        self._begin_epoch()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if self._bar is not None:
            self._bar.close()
        self.interrupted = kind is not None and issubclass(kind, KeyboardInterrupt)
        return self.interrupted

    def _begin_epoch(self) -> None:
        self._began = time.monotonic()
        self._first_step = len(self.costs)
        if self._bar is not None and self.n_epochs < self.options.epochs:
            self._bar.set_description(self._title(), refresh=False)

    def _title(self) -> str:
        return f"epoch {self.n_epochs + 1}/{self.options.epochs}"

    def _mean_cost(self) -> float:
        return float(np.mean(self.costs[self._first_step :]))

    def step(self, cost: Any) -> None:
        """Take note of a step's cost, a number or a 0-d array."""
        self.costs.append(float(cost))
        # The bar draws itself now and then, and tells when it did: often enough for a new mean.
        if self._bar is not None and self._bar.update():
            self._bar.set_postfix_str(f"cost {self._mean_cost():.4f}", refresh=False)

    def end_epoch(self, result: str) -> None:
        """Take note of the end of an epoch, and print the line ``result``."""
        self.n_epochs += 1
        if self._bar is None:
            seconds = time.monotonic() - self._began
            n_steps = len(self.costs) - self._first_step
            _say(
                f"epoch {self.n_epochs}/{self.options.epochs}: {n_steps} steps in {seconds:.1f} s, "
                f"mean cost {self._mean_cost():.4f}"
            )
        write = print if self._bar is None else tqdm.write
        write(result)
        sys.stdout.flush()
        self._begin_epoch()


def counted(n: int, unit: str) -> Iterable[int]:
    """0 to n-1, with a bar on a terminal that shows how far it is."""
    if tqdm is None or not sys.stderr.isatty():
        return range(n)
    bar: Iterable[int] = tqdm(range(n), unit=unit, dynamic_ncols=True)
    return bar


class Run(Progress):
    """Follows the training of a classifier of images, and keeps what it has learnt.

    The end of each epoch is told to `epoch`, and behind the ``with`` block comes `finish`.

    Attributes
    ----------
    accuracies : list of float
        One for each epoch, 0 to 1.
    """

    data = "training images"

    def __init__(self, options: argparse.Namespace, n_batches: int) -> None:
        super().__init__(options, n_batches)
        self.accuracies: list[float] = []

    def __enter__(self) -> Run:
        if figures is None:
            _say("matplotlib is not installed: no plots at the end. (pip install matplotlib)")
        return super().__enter__()

    def epoch(self, accuracy: float) -> None:
        """Take note of the end of an epoch, and print its ``accuracy``, 0 to 1."""
        self.accuracies.append(float(accuracy))
        self.end_epoch(f"iter {len(self.accuracies):03d} accuracy: {_shown(accuracy)}")

    def finish(self, accuracy: Callable[[], float], **weights: np.ndarray) -> None:
        """Save and draw what was learnt; evaluate it if that was not done yet.

        ``parameters.npz`` holds the weights by name, ``costs`` (one for each step) and
        ``accuracies`` (one for each epoch).

        Parameters
        ----------
        accuracy : callable
            Returns the accuracy now, 0 to 1.
        **weights : numpy.ndarray
            The first one is the first layer, ``(784, units)``, of which the tiles are drawn.

        Raises
        ------
        SystemExit
            With code 130, if Ctrl-C ended the run.
        """
        out = self.options.out
        arrays: dict[str, Any] = {"costs": self.costs, "accuracies": self.accuracies, **weights}
        with whole_file(out / "parameters.npz") as temporary, open(temporary, "wb") as stream:
            np.savez(stream, **arrays)
        written = ["parameters.npz"]
        n_steps = len(self.costs)
        epochs = [float(i) for i in range(1, len(self.accuracies) + 1)]
        accuracies = list(self.accuracies)
        if not epochs or n_steps != len(epochs) * self.n_batches:
            epochs.append(n_steps / self.n_batches)
            accuracies.append(float(accuracy()))
            print(
                f"stopped in epoch {len(epochs)} after {n_steps} steps, "
                f"accuracy: {_shown(accuracies[-1])}",
                flush=True,
            )
        if figures is not None:
            with whole_file(out / "accuracy.png") as temporary:
                figures.draw_curve(temporary, epochs, accuracies)
            with whole_file(out / "filters.png") as temporary:
                figures.draw_filters(temporary, next(iter(weights.values())))
            written += ["accuracy.png", "filters.png"]
        _say(f"{', '.join(written)} written to {out.resolve()}")
        if self.interrupted:
            raise SystemExit(INTERRUPTED)


def _shown(accuracy: float) -> float:
    return round(float(accuracy), 4)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@contextmanager
def whole_file(path: Path) -> Iterator[str]:
    """Yield a name to write to, which becomes ``path`` when all is written."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield str(temporary)
        os.replace(str(temporary), str(path))
    finally:
        if temporary.exists():
            temporary.unlink()
