"""``theano.config``: flags, where their values come from, and flags of a program's own.

A value comes from, by rising priority, the default, ``~/.theanorc`` (or the files that ``THEANORC``
names), ``THEANO_FLAGS``, and assignment by the program. Every value is checked.
"""

from __future__ import annotations

from theano.options.filters import local_bitwidth, python_int_bitwidth
from theano.options.params import (
    BoolParam,
    ConfigParam,
    EnumStr,
    FloatParam,
    IntParam,
    StrParam,
    TheanoConfigWarning,
    TypedParam,
)
from theano.options.sections import (
    TheanoConfigParser,
    change_flags,
    declare,
    flags_of,
    warn_unknown,
)
from theano.options.sources import parse_config_string
from theano.options.table import TABLE

__all__ = [
    "AddConfigVar",
    "BoolParam",
    "ConfigParam",
    "EnumStr",
    "FloatParam",
    "IntParam",
    "StrParam",
    "TheanoConfigParser",
    "TheanoConfigWarning",
    "TypedParam",
    "change_flags",
    "config",
    "flags_of",
    "local_bitwidth",
    "parse_config_string",
    "python_int_bitwidth",
]

config = TheanoConfigParser()


def AddConfigVar(
    name: str,
    doc: str,
    configparam: ConfigParam,
    root: TheanoConfigParser = config,
    in_c_key: bool = True,
) -> None:
    """Declare a flag of the program's own, read from the same places as the others.

    Parameters
    ----------
    name : str
        Dotted, ``"section.option"``.
    doc : str
    configparam : ConfigParam
        Such as ``StrParam("")`` or ``EnumStr("low", "high")``.
    root : TheanoConfigParser
    in_c_key : bool
        Accepted, without effect.

    Raises
    ------
    AttributeError
        If the name is taken.
    TypeError
        If a part of the name before the last is a flag.
    ValueError
        If the environment, a file or the default gives a value that the flag does not take.
    """
    declare(root, name, doc, configparam, in_c_key=in_c_key)


for _flag in TABLE:
    declare(config, _flag.name, _flag.doc, _flag.param, effect=_flag.effect)
warn_unknown(config)
# Programs that list all flags take them from here.
_config_var_list = config._listing
