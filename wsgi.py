"""What a WSGI server, and ``flask --app wsgi``, load."""

from __future__ import annotations

from portal.app import create_app

app = create_app()
