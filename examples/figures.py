"""Parts of the examples' pictures: curves over the epochs, and images laid out as tiles."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

IMAGE_SHAPE = (28, 28)
# Wide enough to keep tiles apart, narrow enough to leave the pixels to them.
GAP = 2
PIXELS_PER_WEIGHT = 2
DPI = 120
MARGIN = 30
N_SHADES = 15


def draw_curve(path: str, epochs: Sequence[float], accuracies: Sequence[float]) -> None:
    """Draw accuracies, 0 to 1, over epochs as a PNG file; the best and the last are labelled."""
    percent = 100 * np.asarray(accuracies)
    figure = Figure(figsize=(8, 4.5), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.plot(epochs, percent, marker="o", markersize=3.5, linewidth=1.5, color="tab:blue")
    best = int(np.argmax(percent))
    axes.plot(epochs[best], percent[best], marker="o", color="tab:orange", linestyle="none")
    axes.set_title(
        f"best {percent[best]:.2f} % (epoch {epochs[best]:.4g}), last {percent[-1]:.2f} %",
        fontsize="medium",
    )
    axes.set_xlabel("epoch")
    axes.set_ylabel("accuracy on the test images (%)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.margins(x=0.03, y=0.08)
    open_grid(axes)
    figure.savefig(path, format="png")


def draw_filters(path: str, weights: np.ndarray) -> None:
    """Draw the columns of ``weights`` ``(784, n)`` as 28 x 28 tiles, one for each unit, as PNG.

    Red is positive, blue negative, white zero; all tiles share one scale, which leaves out the
    largest 1 % of the weights.
    """
    tiles = mosaic(weights.T.reshape(-1, *IMAGE_SHAPE))
    limit = np.quantile(np.abs(weights), 0.99) or 1.0
    inches = tuple(PIXELS_PER_WEIGHT * side / DPI for side in tiles.shape)
    figure = Figure(figsize=(inches[1], inches[0]), dpi=DPI, facecolor="0.35")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.imshow(tiles, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
    figure.savefig(path, format="png")


def mosaic(images: np.ndarray, n_columns: int | None = None) -> np.ndarray:
    """Images ``(n, height, width)`` row by row as one, with NaN between and around them.

    By default there are as many columns as rows, or one more.
    """
    n, height, width = images.shape
    n_columns = n_columns or math.ceil(math.sqrt(n))
    n_rows = math.ceil(n / n_columns)
    height, width = height + GAP, width + GAP
    whole = np.full((n_rows * height + GAP, n_columns * width + GAP), np.nan)
    for i, image in enumerate(images):
        top = i // n_columns * height + GAP
        left = i % n_columns * width + GAP
        whole[top : top + height - GAP, left : left + width - GAP] = image
    return whole


def draw_mosaics(parts: Sequence[tuple[str, np.ndarray, bool]]) -> Figure:
    """A figure of mosaics side by side, each number as a square of as many whole pixels.

    Parameters
    ----------
    parts : sequence of (str, numpy.ndarray, bool)
        Titles, mosaics, and whether a mosaic is signed: from blue over white to red, on a scale
        that leaves out the largest 1 % of the numbers, instead of grey from 0 to 1.
    """
    tops = [PIXELS_PER_WEIGHT * tiles.shape[0] for _, tiles, _ in parts]
    widths = [PIXELS_PER_WEIGHT * tiles.shape[1] for _, tiles, _ in parts]
    width = sum(widths) + MARGIN * (len(parts) + 1)
    height = max(tops) + 2 * MARGIN
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    left = MARGIN
    for (title, tiles, signed), part_width in zip(parts, widths, strict=True):
        limit = np.nanquantile(np.abs(tiles), 0.99) or 1.0
        name, lowest, highest = ("RdBu_r", -limit, limit) if signed else ("gray_r", 0, 1)
        # Few shades make a small file.
        colours = colormaps[name].resampled(N_SHADES)
        pixels = np.kron(tiles, np.ones((PIXELS_PER_WEIGHT, PIXELS_PER_WEIGHT)))
        top = height - 1.4 * MARGIN
        figure.figimage(
            pixels, left, top - len(pixels), cmap=colours, vmin=lowest, vmax=highest, origin="upper"
        )
        middle = (left + part_width / 2) / width
        figure.text(middle, 1 - 0.7 * MARGIN / height, title, ha="center", va="center")
        left += part_width + MARGIN
    return figure


def open_grid(axes: Axes) -> None:
    """A light grid, and lines only where the numbers stand."""
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
