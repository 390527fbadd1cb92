"""``theano COMMAND``: reads the command line and calls the command."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from theano import __release__
from theano.cli.cache import add_cache_arguments, cache_report
from theano.cli.check import add_check_arguments, check_command
from theano.cli.completion import add_completion_arguments, completion_script
from theano.cli.devices import devices_report
from theano.cli.info import info_report
from theano.cli.port import add_port_arguments, port_command
from theano.cli.run import add_run_arguments, run_command

INTERRUPTED, UNREAD = 130, 141


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="theano", description="Theano's documented language on XLA."
    )
    parser.add_argument("--version", action="version", version=f"theano-xla {__release__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    devices = commands.add_parser("devices", help="list the devices that programs can run on")
    devices.set_defaults(report=devices_report)
    info = commands.add_parser("info", help="show versions and the flags in force")
    info.add_argument("--all", action="store_true", help="show flags that have their defaults too")
    info.set_defaults(report=info_report)
    cache = commands.add_parser("cache", help="show or delete the executables kept on disk")
    add_cache_arguments(cache)
    cache.set_defaults(report=cache_report)
    run = commands.add_parser("run", help="run a program of Python 2 or 3, a notebook or document")
    add_run_arguments(run)
    run.set_defaults(execute=run_command)
    port = commands.add_parser("port", help="write a program as one of Python 3 and today's NumPy")
    add_port_arguments(port)
    port.set_defaults(execute=port_command)
    check = commands.add_parser("check", help="list the names of Theano's that a program uses")
    add_check_arguments(check)
    check.set_defaults(execute=check_command)
    completion = commands.add_parser("completion", help="write a script for the shell's completion")
    add_completion_arguments(completion)
    completion.set_defaults(report=lambda options: completion_script(parser, options.shell))
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0, 2 for a wrong command line, 130 after Ctrl-C.

    ``run`` returns the program's own; ``port`` and ``check`` say theirs in their help.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.
    """
    options = build_parser().parse_args(arguments)
    try:
        if hasattr(options, "execute"):
            status: int = options.execute(options)
            sys.stdout.flush()
            return status
        sys.stdout.write(options.report(options) + "\n")
        sys.stdout.flush()
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Nobody reads on, as after `| head`; Python would say so again as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD


if __name__ == "__main__":
    sys.exit(main())
