"""What the programs of the gallery share: options, digits, minibatches, Adam, the picture."""

from __future__ import annotations

import argparse
import io
import os
import webbrowser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import theano
import theano.tensor as T
from load import mnist
from training import (
    INTERRUPTED,
    count_option,
    plain_errors,
    rate_option,
    seed_option,
    whole_file,
)

try:
    from matplotlib.figure import Figure
    from PIL import Image  # which matplotlib needs, and brings

    from figures import DPI, draw_mosaics, mosaic, open_grid
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "matplotlib":
        raise
    raise SystemExit(
        "the gallery draws its pictures with matplotlib, which is not installed.\n"
        "  fix: pip install matplotlib"
    ) from error

__all__ = [
    "N_CLASSES",
    "Options",
    "adam",
    "digits",
    "draw_mosaics",
    "finish",
    "minibatches",
    "mosaic",
    "new_figure",
    "open_grid",
    "parameter",
    "share_option",
]

N_CLASSES = 10
N_COLOURS = 128


class Options(argparse.ArgumentParser):
    """The command line of a program in the gallery.

    Every program has ``--seed``, ``--out`` and ``--show``, and those of the following for which a
    default is given; what is its own it adds with ``add_argument``.

    Parameters
    ----------
    description : str, optional
        What ``--help`` says; a program passes its ``__doc__``.
    epochs, batch_size : int, optional
    lr : float, optional
        Learning rate.
    digits : bool
        Whether it reads MNIST, and so has ``--data-dir``.
    """

    def __init__(
        self,
        description: str | None,
        *,
        epochs: int | None = None,
        batch_size: int | None = None,
        lr: float | None = None,
        digits: bool = False,
    ) -> None:
        super().__init__(
            description=description,
            epilog="Numbers are float32 and computed on the CPU; "
            "THEANO_FLAGS=floatX=float64,device=cuda chooses otherwise.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if epochs is not None:
            self.number("--epochs", count_option, epochs, "passes through the data")
        if batch_size is not None:
            self.number("--batch-size", count_option, batch_size, "examples in a step")
        if lr is not None:
            self.number("--lr", rate_option, lr, "learning rate")
        # MRG_RandomStreams, which some programs seed with it, takes no 0.
        self.number("--seed", positive_seed, 1, "seeds everything that is drawn at random")
        if digits:
            self.add_argument(
                "--data-dir",
                metavar="DIR",
                help="where the digits are: IDX files or mnist.pkl.gz; by default MNIST is fetched "
                "and kept",
            )
        self.add_argument(
            "--out",
            type=Path,
            default=Path(),
            metavar="DIR",
            help="where the picture goes, default: here",
        )
        self.add_argument("--show", action="store_true", help="open the picture at the end")

    def number(self, name: str, kind: Any, default: float, meaning: str) -> None:
        """Add an option for a number, of which ``--help`` tells the meaning and the default."""
        self.add_argument(
            name, type=kind, default=default, metavar="N", help=f"{meaning}, default: %(default)s"
        )

    def read(self, arguments: Sequence[str] | None = None) -> argparse.Namespace:
        """Read the command line, make the directory ``--out``, and choose float32.

        Parameters
        ----------
        arguments : sequence of str, optional
            By default those of the process.

        Raises
        ------
        SystemExit
            For ``--help``, or if an option is wrong; the text says which.
        """
        options = self.parse_args(arguments)
        try:
            options.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.error(f"argument --out: {error}")
        if "floatX" not in os.environ.get("THEANO_FLAGS", ""):
            theano.config.floatX = "float32"
        return options


def positive_seed(text: str) -> int:
    """A seed above 0, as ``type=`` of an option."""
    return seed_option(str(count_option(text)))


def share_option(text: str) -> float:
    """A number from 0 up to, but without, 1, as ``type=`` of an option."""
    try:
        share = float(text)
    except ValueError:
        share = float("nan")
    if not 0 <= share < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to below 1, got {text!r}")
    return share


def parameter(values: Any, name: str) -> Any:
    """A shared variable that holds ``values`` in the precision of ``theano.config.floatX``."""
    return theano.shared(np.asarray(values, dtype=theano.config.floatX), name=name)


def digits(options: argparse.Namespace) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """MNIST for a program with the option ``--data-dir``.

    Returns
    -------
    train_images, test_images : numpy.ndarray
        floatX ``(n, 784)``, in [0, 1].
    train_labels, test_labels : numpy.ndarray
        int32 ``(n,)``, 0 to 9.

    Raises
    ------
    SystemExit
        If there is no data, or it is damaged; the text says what can be done.
    """
    with plain_errors():
        images = mnist(ntrain=None, ntest=None, onehot=False, data_dir=options.data_dir)
    train_x, test_x, train_y, test_y = images
    floatX = theano.config.floatX
    return (
        train_x.astype(floatX),
        test_x.astype(floatX),
        train_y.astype("int32"),
        test_y.astype("int32"),
    )


def minibatches(n: int, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield int32 vectors ``(size,)`` of places 0 to n-1, shuffled, each at most once."""
    order = rng.permutation(n).astype("int32")
    for start in range(0, n - size + 1, size):
        yield order[start : start + size]


def adam(
    cost: Any,
    parameters: Sequence[Any],
    lr: Any = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> list[tuple[Any, Any]]:
    """Updates of shared variables that make the scalar ``cost`` smaller.

    Each number moves by about ``lr`` a step, whatever the size of its gradient. ``lr`` is a number
    or a scalar variable.

    Reference: Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    """
    n_steps = parameter(0, "n_steps")
    t = n_steps + 1
    step = lr * T.sqrt(1 - beta2**t) / (1 - beta1**t)
    updates = [(n_steps, t)]
    for p, g in zip(parameters, T.grad(cost, parameters), strict=True):
        mean = parameter(np.zeros_like(p.get_value()), f"{p.name}_mean")
        square = parameter(np.zeros_like(p.get_value()), f"{p.name}_square")
        new_mean = beta1 * mean + (1 - beta1) * g
        new_square = beta2 * square + (1 - beta2) * g**2
        updates += [
            (mean, new_mean),
            (square, new_square),
            (p, p - step * new_mean / (T.sqrt(new_square) + epsilon)),
        ]
    return updates


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches."""
    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def finish(
    picture: Figure, name: str, options: argparse.Namespace, *, interrupted: bool = False
) -> None:
    """Write the picture to the file ``name`` in the directory ``--out``, and print where it is.

    Raises
    ------
    SystemExit
        With code 130, if Ctrl-C interrupted the training.
    """
    path = (options.out / name).resolve()
    drawn = io.BytesIO()
    picture.savefig(drawn, format="png")
    # Few colours make a small file.
    image = Image.open(drawn).convert("RGB").quantize(N_COLOURS, dither=Image.Dither.NONE)
    with whole_file(path) as temporary:
        image.save(temporary, format="png", optimize=True)
    print(path)
    if options.show and not webbrowser.open(path.as_uri()):
        print("  no program was found that shows it")
    if interrupted:
        raise SystemExit(INTERRUPTED)
