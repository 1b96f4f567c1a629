"""What a school must have done before it reports or escalates, written straight into the small district."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from models.casework import Contact
from models.notices import Notice, Receipt, Service
from models.rules.contacts import ContactMethod, Outcome, Reached
from models.rules.service_of_notice import ServiceMethod, SignerRelation, Strength
from models.rules.suspicions import QUESTIONS, Answer, Answered, Ground
from models.rules.workflows import NoticeState
from tests.world import DATA_ON, World

ANSWERS = {one: Answered(Answer.NO, "村委会2026年11月10日口头证实") for one in QUESTIONS}
GROUNDS = {Ground.EXPLICIT_REFUSAL: "11月12日入户时当着两人说有钱也不还"}


def contacts(session: Session, world: World, who: str = "overdue", *, reached: Reached = Reached.BORROWER) -> None:
    """Log three contacts by two methods."""
    outcome = Outcome.NO_ANSWER if reached is Reached.NOBODY else Outcome.REFUSES
    for days, method in ((12, ContactMethod.CALL), (11, ContactMethod.CALL), (10, ContactMethod.VISIT)):
        at = world.at - timedelta(days=days)
        session.add(
            Contact(
                borrower_id=world.borrowers[who].id,
                at=at,
                logged_at=at,
                by_id=world.users["member"].id,
                second_visitor="同事" if method is ContactMethod.VISIT else "",
                method=method,
                reached=reached,
                outcome=outcome,
                note="他说1,171.50元太多，电话13300000001",
            )
        )


def receipt(session: Session, world: World, who: str = "overdue", *, signed: bool = True) -> None:
    """Serve a notice with the borrower's own signature; without it nothing is proved."""
    at = world.at - timedelta(days=9)
    notice = Notice(
        borrower_id=world.borrowers[who].id,
        year=2026,
        number=900 + world.borrowers[who].id,
        serial=f"演示助催〔2026〕{900 + world.borrowers[who].id:06d}号",
        check_code=f"TEST-{who}"[:16],
        state=NoticeState.SERVED,
        issued_on=DATA_ON,
        issued_by_id=world.users["member"].id,
        pay_by=DATA_ON + timedelta(days=14),
        total=1171,
        data_on=DATA_ON,
        wording_version="2026-1",
        content="{}",
        sha256="0" * 64,
    )
    session.add(notice)
    session.flush()
    service = Service(
        notice_id=notice.id,
        borrower_id=notice.borrower_id,
        at=at,
        logged_at=at,
        by_id=world.users["member"].id,
        was_served=True,
        method=ServiceMethod.DIRECT,
        signer_name="甲一鸣",
        signer_relation=SignerRelation.SELF,
        second_visitor="同事",
        proofs=["signed"] if signed else [],
        strength=Strength.COMPLETE if signed else Strength.WEAK,
        verdict={"reasons": [], "mends": []},
    )
    session.add(service)
    session.flush()
    session.add(
        Receipt(
            service_id=service.id,
            sha256="a" * 64,
            width=1,
            height=1,
            image=b"x",
            added_at=at,
            added_by_id=world.users["member"].id,
        )
    )
    session.flush()
