"""Images as arrays, which ``scipy.misc`` read and wrote by way of Pillow."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "lanczos": Image.Resampling.LANCZOS,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "cubic": Image.Resampling.BICUBIC,
}


def bytescale(
    data: Any, cmin: float | None = None, cmax: float | None = None, high: int = 255, low: int = 0
) -> np.ndarray:
    """Scale values linearly to bytes; bytes stay what they are.

    Parameters
    ----------
    data : array_like
    cmin, cmax : float, optional
        What becomes ``low`` and ``high``; the least and the greatest value by default.
    high, low : int
        In 0..255.
    """
    data = np.asarray(data)
    if data.dtype == np.uint8:
        return data
    least = data.min() if cmin is None else cmin
    greatest = data.max() if cmax is None else cmax
    scale = (high - low) / ((greatest - least) or 1)
    return np.asarray(((data - least) * scale + low).clip(low, high) + 0.5, np.uint8)


def toimage(arr: Any, **scaling: Any) -> Image.Image:
    """Return an image of an array ``(height, width)`` or ``(height, width, 3 or 4)``.

    Colours may be the first axis too, where the last is not of their number.
    """
    data = bytescale(arr, **{k: v for k, v in scaling.items() if k in ("cmin", "cmax")})
    if data.ndim == 3 and data.shape[-1] not in (3, 4) and data.shape[0] in (3, 4):
        data = np.moveaxis(data, 0, -1)
    return Image.fromarray(np.ascontiguousarray(data))


def fromimage(im: Image.Image, flatten: bool = False, mode: str | None = None) -> np.ndarray:
    """Return an image as an array; ``flatten`` makes it grey, float32."""
    if mode is not None:
        im = im.convert(mode)
    return np.asarray(im.convert("F") if flatten else im)


def imread(name: Any, flatten: bool = False, mode: str | None = None) -> np.ndarray:
    """Read an image file into an array."""
    with Image.open(name) as image:
        return fromimage(image, flatten, mode).copy()


def imsave(name: Any, arr: Any, format: str | None = None) -> None:
    """Write an array to an image file."""
    toimage(arr).save(name, format)


def imresize(arr: Any, size: Any, interp: str = "bilinear", mode: str | None = None) -> np.ndarray:
    """Resize an image to a percentage (int), a fraction (float) or ``(height, width)``."""
    image = toimage(arr)
    if isinstance(size, int | np.integer):
        new = int(image.width * size / 100), int(image.height * size / 100)
    elif isinstance(size, float):
        new = int(image.width * size), int(image.height * size)
    else:
        new = int(size[1]), int(size[0])
    return np.asarray(image.resize(new, FILTERS[interp]))


def imrotate(arr: Any, angle: float, interp: str = "bilinear") -> np.ndarray:
    """Rotate an image counter-clockwise by degrees."""
    return np.asarray(toimage(arr).rotate(angle, FILTERS[interp]))


def imshow(arr: Any) -> None:
    """Show an image in the viewer of the desktop."""
    toimage(arr).show()
