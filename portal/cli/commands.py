"""Every command of the portal, one module per noun."""

from __future__ import annotations

from flask import Flask

from portal.cli import accounts, backups, demo, explain, fsck, imports, jobs, rates, readme, schema

_MODULES = (accounts, backups, demo, explain, fsck, imports, jobs, rates, readme, schema)


def install(app: Flask) -> None:
    """Add the commands to ``flask --app wsgi``."""
    for module in _MODULES:
        for command in module.COMMANDS:
            app.cli.add_command(command)
