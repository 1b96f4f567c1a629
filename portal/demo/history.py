"""A little history of the demo school's member, so that pages are alive; all of it made through the services."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts import User
from models.rules.contacts import Cause, ContactMethod, NextStep, Outcome, Reached
from models.rules.escalations import Help
from models.rules.organisation import Body
from models.rules.service_of_notice import ServiceMethod, SignerRelation
from models.rules.suspicion_gates import Thresholds
from models.rules.suspicions import Answer, Answered, Ground, Question
from models.suspicions import Suspicion
from notices.photos import CleanPhoto, clean_photo
from portal.actors import Act, Actor
from portal.demo.clock import Clock
from portal.demo.debtors import Debtor, debtors, long_behind
from portal.demo.fates import Demo, Fate
from portal.demo.handovers import hand_over
from portal.queries.data_ages import unposted_until
from portal.services import (
    borrowers,
    casework,
    contacts,
    escalations,
    notices,
    service_of_notice,
    suspicion_decisions,
    suspicions,
)
from portal.services.attempts import Attempt
from portal.services.contacts import ContactFacts
from portal.services.escalations import Ask
from portal.services.notices import Terms


def tell(session: Session, *, demo: Demo, terms: Terms, clock: Clock) -> int:
    """Tell what the demo member did between the list and the day the district is shown on.

    Nothing is told where there is no full day between them, or too few people behind.

    Returns:
        How many borrowers it is about.

    """
    room = (demo.days.as_of - demo.days.data_on).days - 1
    # Of the others the list may not show yet who paid in time: nobody is written to.
    posted = (one for one in debtors(session, demo) if not unposted_until(session, one.borrower_id, demo.days.as_of))
    people = iter(posted)
    if room < 1:
        return 0
    teller = _Teller(session, demo, terms, clock, room)
    told = 0
    for part in (teller.served, teller.waiting, teller.promised, teller.not_kept, teller.out_of_touch, teller.hardship):
        debtor = next(people, None)
        if debtor is None:
            return told
        part(debtor)
        told += 1
    longest = long_behind(session, demo, list(people))
    for story in (teller.suspected, teller.answered):
        debtor = next(longest, None)
        if debtor is not None:
            story(debtor)
            told += 1
    for debtor in debtors(session, demo, Fate.PAID_SINCE):
        teller.waiting(debtor)  # the payment that came in since calls the notice back
        told += 1
        break
    teller.handed_over()
    return told


class _Teller:
    """Tells one short story for each person."""

    def __init__(self, session: Session, demo: Demo, terms: Terms, clock: Clock, room: int) -> None:
        user = session.scalars(select(User).where(User.username == "member")).one()
        self._session = session
        self._demo = demo
        self._terms = terms
        self._clock = clock
        self._room = room
        self._member = Actor(user.id, user.name, user.role, school_id=user.school_id)
        leader = session.scalars(select(User).where(User.username == "leader")).one()
        self._leader = Actor(leader.id, leader.name, leader.role, school_id=leader.school_id)
        self._companion = demo.district.schools[0].members[1]

    def served(self, debtor: Debtor) -> None:
        """Tell of a call, a notice, and its service at home."""
        self._call(debtor, 2, Outcome.INFORMED, Cause.POLICY_NOT_KNOWN, NextStep.SERVE_NOTICE, 3)
        self._serve(debtor, debtor.co_name, SignerRelation.CO_BORROWER)

    def waiting(self, debtor: Debtor) -> None:
        """Tell of a notice that was issued and is still to be served."""
        notices.issue(self._session, act=self._act(3), borrower_id=debtor.borrower_id, terms=self._terms)

    def promised(self, debtor: Debtor) -> None:
        """Tell of a promise whose day has not come, and of a question asked with it."""
        self._call(
            debtor, 4, Outcome.PROMISED, Cause.FORGOT, NextStep.AWAIT_PAYMENT, None,
            amount=debtor.owed, until=self._demo.days.as_of + timedelta(days=7),
        )  # fmt: skip
        casework.ask_question(
            self._session, act=self._act(4), borrower_id=debtor.borrower_id, text="明年读研，利息还要自己付吗？"
        )

    def not_kept(self, debtor: Debtor) -> None:
        """Tell of a promise whose day went by without money; the night judges it."""
        self._call(
            debtor, 2, Outcome.PROMISED, Cause.CASH_SHORT, NextStep.AWAIT_PAYMENT, None,
            amount=debtor.owed, until=self._day(6),
        )  # fmt: skip

    def out_of_touch(self, debtor: Debtor) -> None:
        """Tell of somebody whom nobody could find."""
        self._visit(debtor, 3, Reached.NOBODY, Outcome.NO_ANSWER)
        self._visit(debtor, 7, Reached.FAMILY, Outcome.MOVED_AWAY)
        borrowers.verify(
            self._session,
            act=self._act(7),
            borrower_id=debtor.borrower_id,
            source="村委会，邻居",
            is_out_of_touch=True,
        )
        self._call(debtor, 8, Outcome.NO_ANSWER, Cause.OTHER, NextStep.FIND_CONTACT, 9, reached=Reached.NOBODY)
        self.asked_for_help(debtor)

    def hardship(self, debtor: Debtor) -> None:
        """Tell of a family in need, to whom relief is offered."""
        self._call(debtor, 3, Outcome.HARDSHIP, Cause.ILLNESS, NextStep.OFFER_RELIEF, 8)

    def asked_for_help(self, debtor: Debtor) -> None:
        """Tell how the leader asked the township to find somebody."""
        escalations.send(
            self._session,
            act=self._act(9, self._leader),
            borrower_id=debtor.borrower_id,
            ask=Ask(
                body=Body.TOWNSHIP,
                help_asked=Help.LOCATE,
                request="请协助了解该同学及其家人目前的居住情况，并请其与区资助中心联系。",
                what_was_tried="工作人员两次上门，家中无人或已搬走，电话也未能接通。",
            ),
        )

    def handed_over(self) -> None:
        """Tell how the leader gave a colleague's village to the member, who has still to accept it."""
        hand_over(self._session, act=self._act(self._room, self._leader), receiver=self._member)

    def suspected(self, debtor: Debtor) -> Suspicion:
        """Tell of a report on somebody who says they can pay and will not; it waits for the leader."""
        self._visit(debtor, 2, debtor.reached, Outcome.INFORMED, NextStep.SERVE_NOTICE)
        photo = clean_photo(_receipt_photo(debtor.borrower_id))
        self._serve(debtor, debtor.name, SignerRelation.SELF, photo)
        self._call(debtor, 6, Outcome.REFUSES, Cause.OTHER, NextStep.VISIT, 8)
        self._visit(debtor, 8, debtor.reached, Outcome.REFUSES, NextStep.ESCALATE)
        return suspicions.propose(
            self._session,
            act=self._act(10),
            borrower_id=debtor.borrower_id,
            answers={question: Answered(Answer.NO, "已当面核实，并查阅村委会登记") for question in Question},
            grounds={Ground.EXPLICIT_REFUSAL: "上门时当着两名工作人员明确表示有能力归还但不打算归还"},
            thresholds=Thresholds(),
        )

    def answered(self, debtor: Debtor) -> None:
        """Tell of a report that was signed and answered; it waits for the centre."""
        report = self.suspected(debtor)
        suspicions.sign(
            self._session,
            act=self._act(11, self._leader),
            suspicion_id=report.id,
            thresholds=Thresholds(),
            public_url=self._terms.public_url,
        )
        act = self._act(14)
        suspicion_decisions.record_reply(
            self._session,
            act=act,
            suspicion_id=report.id,
            replied_on=act.today,
            text="本人说明：近期在外务工，工资被拖欠，愿意在年底前分两次还清。",
        )

    def _serve(self, debtor: Debtor, signer: str, relation: SignerRelation, *photos: CleanPhoto) -> None:
        """Tell of a notice and of its service at home, signed for."""
        notice = notices.issue(self._session, act=self._act(3), borrower_id=debtor.borrower_id, terms=self._terms)
        act = self._act(5)
        service_of_notice.record_service(
            self._session,
            act=act,
            notice_id=notice.id,
            attempt=Attempt(
                at=act.at,
                was_served=True,
                method=ServiceMethod.DIRECT,
                signer_name=signer,
                signer_relation=relation,
                place="家中",
                second_visitor=self._companion,
                flags=frozenset({"signed"}),
            ),
            photos=photos,
        )

    def _call(
        self,
        debtor: Debtor,
        day: int,
        outcome: Outcome,
        cause: Cause,
        step: NextStep,
        step_day: int | None,
        *,
        amount: Decimal | None = None,
        until: date | None = None,
        reached: Reached | None = None,
    ) -> None:
        act = self._act(day)
        by_phone = debtor.point_id is not None
        contacts.log(
            self._session,
            act=act,
            borrower_id=debtor.borrower_id,
            facts=ContactFacts(
                at=act.at,
                method=ContactMethod.CALL if by_phone else ContactMethod.VISIT,
                reached=reached or debtor.reached,
                outcome=outcome,
                point_id=debtor.point_id,
                second_visitor="" if by_phone else self._companion,
                cause=cause,
                next_step=step,
                next_step_on=self._day(step_day) if step_day else None,
                promised_amount=amount,
                promised_for=until,
            ),
        )

    def _visit(
        self,
        debtor: Debtor,
        day: int,
        reached: Reached,
        outcome: Outcome,
        step: NextStep = NextStep.FIND_CONTACT,
    ) -> None:
        act = self._act(day)
        contacts.log(
            self._session,
            act=act,
            borrower_id=debtor.borrower_id,
            facts=ContactFacts(
                at=act.at,
                method=ContactMethod.VISIT,
                reached=reached,
                outcome=outcome,
                second_visitor=self._companion,
                next_step=step,
                next_step_on=act.today,
            ),
        )

    def _day(self, number: int) -> date:
        return self._demo.days.data_on + timedelta(days=min(number, self._room))

    def _act(self, number: int, actor: Actor | None = None) -> Act:
        moment: datetime = self._clock.at(self._day(number))
        return Act(actor or self._member, moment)


def _receipt_photo(number: int) -> bytes:
    """Draw something for a receipt's photo: nobody's paper, different for each."""
    picture = Image.new("RGB", (900, 600), (244, 240, 230))
    ImageDraw.Draw(picture).text((60, 60), f"DEMO RECEIPT {number}", fill=(30, 30, 30))
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
