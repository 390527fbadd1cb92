"""What single flags of the table take, and the defaults that are worked out when first read."""

from __future__ import annotations

import os
import platform
import re
import shutil
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from theano.options.params import ConfigParam, Refused, suggestion
from theano.options.sections import TheanoConfigParser

config = TheanoConfigParser()


def local_bitwidth() -> int:
    """Return the number of bits of a pointer."""
    return struct.calcsize("P") * 8


def python_int_bitwidth() -> int:
    """Return the number of bits of a C ``long``."""
    return struct.calcsize("l") * 8


def float_name(value: Any) -> Any:
    """Return the name of a floating-point type given by its bits, anything else as it is."""
    return f"float{value}" if value in ("16", "32", "64") else value


def device_among(*words: str, pattern: str) -> Callable[[Any], str]:
    """Return a filter that takes the name of a device, or one of ``words``."""

    def check(value: Any) -> str:
        if isinstance(value, str) and (value in words or re.fullmatch(pattern, value)):
            return value
        near = suggestion(str(value), ("cpu", "gpu", "cuda", "tpu", "opencl"))
        raise Refused(
            "cpu, gpu, cuda or tpu, the last three also with a number (cuda0), or opencl<p>:<d>",
            fix=near if "cpu" in words else "leave it out to use the default device",
        )

    return check


ACCELERATOR = r"(gpu|tpu)\d*|cuda[\da-f:.]*|opencl\S*"
MODES = ("Mode", "DebugMode", "FAST_RUN", "NanGuardMode", "FAST_COMPILE", "DEBUG_MODE")
OUTPUTS = (
    *("initial", "previous", "c_contiguous", "f_contiguous"),
    *("strided", "wrong_size", "ALL"),
)


def mode_or_name(value: Any) -> Any:
    """Return ``value`` if it is a mode, or the name of one."""
    # The class is looked up where it lives once it is loaded: this layer imports none above it.
    mode_class = getattr(sys.modules.get("theano.compile.mode"), "Mode", ())
    if (isinstance(value, str) and value in MODES) or isinstance(value, mode_class):
        return value
    raise Refused(
        "one of " + ", ".join(map(repr, MODES)) + ", or a Mode",
        fix="set the flag `profile` to True; ProfileMode became an option of any mode"
        if value in ("ProfileMode", "PROFILE_MODE")
        else suggestion(value, MODES)
        if isinstance(value, str)
        else None,
    )


def context_map(value: Any) -> str:
    """Return ``value`` if it is a list of names of devices, or empty."""
    for part in filter(None, str(value).split(";")):
        name, *device = part.split("->")
        if len(device) != 1 or name == "cpu" or name.startswith(("cuda", "opencl")):
            raise Refused("name->device;name->device, with names that are no devices")
    return str(value)


def true_false_none(value: Any) -> bool | None:
    """Return the constant that ``value`` is, or spells."""
    for answer in (True, False, None):
        if value is answer or (isinstance(value, str) and value == str(answer)):
            return answer
    raise Refused("True, False or None")


def retired(advice: str) -> ConfigParam:
    """Return the parameter of a flag that is no more: any value raises RuntimeError."""

    def refuse(value: Any) -> str:
        if value:
            raise Refused("nothing: the flag is no more", fix=advice, error=RuntimeError)
        return ""

    return ConfigParam("", refuse, allow_override=False)


def user_path(value: Any) -> str:
    """Return ``value`` as a path, with ``~`` expanded."""
    return os.path.expanduser(str(value))


def made_folder(value: Any) -> str:
    """Return ``value`` as an absolute path without links, of a folder made where that can be."""
    folder = os.path.realpath(user_path(value))
    # Whoever writes into it says why it cannot be.
    with suppress(OSError):
        os.makedirs(folder, exist_ok=True)
    return folder


def seed_is_valid(value: str) -> bool:
    """Say whether ``value`` is an integer, or ``random``."""
    return value == "random" or value.strip().lstrip("+-").isdigit()


def outputs_are_valid(value: str) -> bool:
    """Say whether ``value`` is a list of kinds of reserved memory."""
    return all(part in OUTPUTS for part in filter(None, value.split(":")))


def warns_since(version: str) -> Callable[[], bool]:
    """Return the default of a warning about results that were wrong before ``version``."""

    def numbers(text: str) -> tuple[int, ...]:
        return tuple(map(int, text.split(".")))

    def default() -> bool:
        asked = config.warn.ignore_bug_before
        return asked == "None" or (asked != "all" and numbers(asked) < numbers(version))

    return default


def cuda_root() -> str:
    """Return the folder of CUDA, or nothing."""
    named = os.environ.get("CUDA_ROOT") or os.environ.get("CUDA_PATH")
    nvcc = shutil.which("nvcc")
    return named or (os.path.dirname(os.path.dirname(os.path.abspath(nvcc))) if nvcc else "")


def below(flag: str, *parts: str) -> Callable[[], str]:
    """Return a default that lies below the folder that another flag names, or is empty."""

    def default() -> str:
        root: Any = config
        for name in flag.split("."):
            root = getattr(root, name)
        return os.path.join(root, *parts) if root else ""

    return default


def default_compiledir() -> str:
    """Return the folder for compiled programs, named after the machine."""
    described = {
        "platform": platform.platform(),
        "short_platform": f"{platform.system()}-{platform.machine()}",
        "processor": platform.processor(),
        "python_version": platform.python_version(),
        "python_bitwidth": local_bitwidth(),
        "python_int_bitwidth": python_int_bitwidth(),
        "hostname": platform.node(),
        "device": config.device,
    }
    name = str(config.compiledir_format) % described
    return os.path.join(config.base_compiledir, re.sub(r"[()\s,]+", "_", name))
