"""The first notices of a selection as they would be printed today: nothing is numbered, stored or recorded."""

from __future__ import annotations

from sqlalchemy.orm import Session

from models.rules.refusals import Refused
from notices import samples
from portal.actors import Act
from portal.queries.notice_batches import Place
from portal.queries.notice_facts import office
from portal.services.drop_outs import FIRST
from portal.services.notice_drafts import Terms, content
from portal.services.notice_previews import preview


def sample_file(session: Session, *, act: Act, where: Place, terms: Terms) -> bytes:
    """Return the first notices of a selection as a PDF, in the order of the walk, each page marked as a sample.

    Raises:
        Refused: nobody in the place is due for a notice, or the centre's mark for serials is not set.

    """
    found = preview(session, act=act, where=where, fresh_days=terms.fresh_days)
    if not found.ready:
        raise Refused("Nobody in “%(place)s” is due for a notice now.", place=where.name)
    centre = office(session)
    return samples.samples(
        [
            content(one.dossier, centre, number=1, check_code="", check_url="", today=act.today, pay_by=found.pay_by)
            for one in found.ready[:FIRST]
        ],
        check_url=f"{terms.public_url}/check",
    )
