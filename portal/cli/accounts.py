"""Make the first account of a fresh installation."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from models.rules.permissions import Role
from models.rules.refusals import Refused
from portal import current
from portal.actors import Act
from portal.services import accounts


@click.command("create-admin")
@click.argument("username")
@click.option("--name", default="", help="The person's name; the sign-in name when not given.")
@click.password_option(help="Asked for when not given; to be changed at the first sign-in.")
@with_appcontext
def create_admin(username: str, name: str, password: str) -> None:
    """Make an administrator, who then makes the other accounts."""
    try:
        with current.database().write() as session:
            accounts.add_user(
                session,
                act=Act(None, current.now()),
                username=username,
                name=name or username,
                role=Role.ADMIN,
                password=password,
            )
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    print(f"administrator {username} made; sign in and change the password")


COMMANDS = (create_admin,)
