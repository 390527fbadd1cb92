"""Pictures of a trained network: its accuracy over the epochs, and its first layer as tiles."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

IMAGE_SHAPE = (28, 28)
# Wide enough to keep tiles apart, narrow enough to leave the pixels to them.
GAP = 2
PIXELS_PER_WEIGHT = 2
DPI = 120


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
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, format="png")


def draw_filters(path: str, weights: np.ndarray) -> None:
    """Draw the columns of ``weights`` ``(784, n)`` as 28 x 28 tiles, one for each unit, as PNG.

    Red is positive, blue negative, white zero; all tiles share one scale, which leaves out the
    largest 1 % of the weights.
    """
    n_units = weights.shape[1]
    n_columns = math.ceil(math.sqrt(n_units))
    n_rows = math.ceil(n_units / n_columns)
    height, width = (side + GAP for side in IMAGE_SHAPE)
    mosaic = np.full((n_rows * height + GAP, n_columns * width + GAP), np.nan)
    for unit, column in enumerate(weights.T):
        top = unit // n_columns * height + GAP
        left = unit % n_columns * width + GAP
        tile = column.reshape(IMAGE_SHAPE)
        mosaic[top : top + IMAGE_SHAPE[0], left : left + IMAGE_SHAPE[1]] = tile
    limit = np.quantile(np.abs(weights), 0.99) or 1.0
    inches = tuple(PIXELS_PER_WEIGHT * side / DPI for side in mosaic.shape)
    figure = Figure(figsize=(inches[1], inches[0]), dpi=DPI, facecolor="0.35")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.imshow(mosaic, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
    figure.savefig(path, format="png")
