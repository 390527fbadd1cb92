"""``theano COMMAND``: reads the command line and calls the command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from theano.cli.devices import devices_report
from theano.cli.info import info_report


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="theano", description="Theano's documented language on XLA."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    devices = commands.add_parser("devices", help="list the devices that programs can run on")
    devices.set_defaults(report=devices_report)
    info = commands.add_parser("info", help="show versions and the flags in force")
    info.add_argument("--all", action="store_true", help="show flags that have their defaults too")
    info.set_defaults(report=info_report)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0, or 2 for a wrong command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.
    """
    options = build_parser().parse_args(arguments)
    sys.stdout.write(options.report(options) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
