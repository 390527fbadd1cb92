"""What the environment and the user's files say about flags."""

from __future__ import annotations

import configparser
import os
import shlex
import sys
import warnings
from collections.abc import Iterator, Mapping

from theano.errors import usage_error
from theano.options.params import TheanoConfigWarning


def parse_config_string(config_string: str, issue_warnings: bool = True) -> dict[str, str]:
    """Split ``name=value,name=value``; a later value of a name replaces an earlier one.

    Quotes protect commas and spaces, as in a shell.

    Raises
    ------
    ValueError
        If a quote is not closed.
    """
    splitter = shlex.shlex(config_string, posix=True)
    splitter.whitespace = ","
    splitter.whitespace_split = True
    try:
        entries = [entry.strip() for entry in splitter]
    except ValueError:
        raise usage_error(
            ValueError,
            "THEANO_FLAGS could not be split into flags",
            expected="name=value,name=value with every quote closed",
            got=repr(config_string),
        ) from None
    flags = {}
    for entry in filter(None, entries):
        name, equals, value = entry.partition("=")
        if equals:
            flags[name] = value
        elif issue_warnings:
            warnings.warn(
                str(
                    usage_error(
                        TheanoConfigWarning,
                        f"THEANO_FLAGS names `{name}` without a value; it is left out",
                        fix=f"write {name}=value",
                    )
                ),
                TheanoConfigWarning,
                stacklevel=2,
            )
    return flags


class Sources:
    """The values that the environment and the files give.

    Parameters
    ----------
    environ : mapping
        ``THEANO_FLAGS`` and ``THEANORC`` are read, and the variables that files may interpolate.
    """

    def __init__(self, environ: Mapping[str, str]):
        self.flags = parse_config_string(environ.get("THEANO_FLAGS", ""))
        names = environ.get("THEANORC", "~/.theanorc").split(os.pathsep)
        if "THEANORC" not in environ and sys.platform == "win32":
            names.append("~/.theanorc.txt")
        usable = {name: environ.get(name, "") for name in ("LSCRATCH", "TMPDIR", "TEMP", "TMP")}
        home = os.path.expanduser("~")
        usable["USER"] = environ.get("USER", os.path.basename(home))
        usable["PID"] = str(os.getpid())
        self.parser = configparser.ConfigParser(usable)
        try:
            read = self.parser.read([os.path.expanduser(n) for n in names], encoding="utf-8")
        except configparser.MissingSectionHeaderError as error:
            error.add_note("  fix: begin the file with a line [global]")
            raise
        self.files = ", ".join(read)

    def find(self, name: str) -> tuple[str, str] | None:
        """Return the text given for the flag ``name`` and who gives it, or None."""
        if name in self.flags:
            return self.flags[name], "THEANO_FLAGS"
        section, _, option = name.rpartition(".")
        try:
            return self.parser.get(section or "global", option), self.files
        except configparser.InterpolationError:
            # Values such as format strings hold a % that is no interpolation.
            return self.parser.get(section or "global", option, raw=True), self.files
        except (configparser.NoOptionError, configparser.NoSectionError):
            return None

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield the name of each flag given and who gives it; names in files are lower case."""
        for name in self.flags:
            yield name, "THEANO_FLAGS"
        for section in self.parser.sections():
            for option in self.parser.options(section):
                if option not in self.parser.defaults():
                    yield option if section == "global" else f"{section}.{option}", self.files
