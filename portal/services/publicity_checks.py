"""What has to hold of photos of publicity: each is the picture that was kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.publicity import PublicityPhoto
from portal.services.findings import Finding

_AT_A_TIME = 20  # pictures


def photos(session: Session, _today: date) -> Iterator[Finding]:
    """Hold photos against their hashes."""
    pictures = select(PublicityPhoto.event_id, PublicityPhoto.sha256, PublicityPhoto.image).order_by(PublicityPhoto.id)
    for event_id, sha256, image in session.execute(pictures.execution_options(yield_per=_AT_A_TIME)):
        if hashlib.sha256(image).hexdigest() != sha256:
            yield Finding("publicity", f"publicity/{event_id}", "its photo is not the one that was kept")
