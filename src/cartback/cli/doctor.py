"""`cartback doctor`: is everything in order, and what to mend where it is not."""

import click

from cartback.cli.finding import Finding
from cartback.cli.ground import config as read_config
from cartback.cli.ground import json_option
from cartback.cli.health import examine
from cartback.cli.output import clean, say_json
from cartback.config import BadConfig


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check the installation, and say what to mend. Exit code 1 where something is wrong.

    It changes nothing, and may run beside a Cartback that is up.

    \b
    Example:
      cartback doctor
    """
    try:
        findings = list(examine(read_config()))
    except BadConfig as bad:
        findings = [Finding("configuration", well=False, says=one) for one in bad.problems]
    if as_json:
        say_json([{"check": one.check, "well": one.well, "says": one.says} for one in findings])
    else:
        width = max(len(one.check) for one in findings)
        for one in findings:
            mark = click.style("✓", fg="green") if one.well else click.style("✗", fg="red")
            click.echo(f"{mark} {one.check:{width}}  {clean(one.says)}")
    if not all(one.well for one in findings):
        raise click.exceptions.Exit(1)
