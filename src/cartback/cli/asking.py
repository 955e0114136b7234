"""Asking before what cannot be taken back; where nobody can answer, how to do it without."""

import sys

import click

from cartback.cli.errors import Refusal


def ask(question: str, *, err: bool = False) -> None:
    """Go on only where somebody says yes. The command has a `yes_option`, which spares asking.

    Raises Abort where the answer is no, and Refusal where standard input ends without one.
    """
    try:
        is_meant = click.confirm(question, err=err)
    except click.Abort:
        if sys.stdin is not None and sys.stdin.isatty():
            raise  # Ctrl-C, or Ctrl-D: somebody was there
        click.echo(err=err)
        raise Refusal(
            "nobody answered, so nothing was done; --yes goes on without asking"
        ) from None
    if not is_meant:
        raise click.Abort
