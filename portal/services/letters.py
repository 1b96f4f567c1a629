"""Papers of reports and requests: the slip by which a person is heard, the letter that asks for help.

Both are legal paper, so their words are Simplified Chinese. Each is made once, stored with its SHA-256, and
printed again only with a mark.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import COUNTY_TIME
from models.borrowers import Borrower
from models.escalations import Escalation, EscalationLetter
from models.events import Event
from models.organisation import AreaAssignment, District, School, Township, Village
from models.rules import verification
from models.rules.contact_policy import Attempt
from models.rules.contacts import ContactMethod, Reached
from models.rules.escalations import Help
from models.rules.organisation import Body
from models.rules.papers import PaperKind, PassageName
from models.rules.refusals import NotVisible
from models.rules.suspicions import Ground
from models.suspicions import Suspicion, SuspicionSlip
from notices import layout
from notices.letters import EscalationContent, ReplySlipContent, TriedLine
from portal.actors import Act
from portal.queries.notice_facts import Office, office
from portal.services import serial_numbers

GROUND_WORDS = {
    Ground.EXPLICIT_REFUSAL: "明确表示有能力归还但不归还",
    Ground.ABILITY_EVIDENT: "有明显的归还能力而没有归还",
    Ground.FALSE_STATEMENTS: "就贷款、收入或者还款作了不实陈述，或者使用了不实材料",
    Ground.HIDES_ASSETS: "隐匿、转移财产，逃避归还",
    Ground.BREAKS_PLANS: "多次承诺归还而没有履行，也没有说明原因",
    Ground.REFUSES_TO_SIGN: "拒绝签收通知书",
}
HELP_WORDS = {
    Help.LOCATE: "请协助了解该生或其父母现在的居住地和联系方式，并请其与区学生资助管理中心联系。",
    Help.PASS_ON: "请转告该生或其父母与区学生资助管理中心联系，不必说明其他事项。",
    Help.ACCOMPANY: "请派人陪同我校工作人员入户走访一次。",
    Help.CONFIRM_HARDSHIP: "请核实该生家庭是否属于低保、监测户，或者遭遇重大疾病、灾害，以便办理帮扶。",
    Help.MEDIATE: "请协助调解该生家庭或村内的有关争议，以便我校与其正常联系。",
}
_METHODS = {
    ContactMethod.CALL: "拨打电话",
    ContactMethod.VISIT: "入户走访",
    ContactMethod.MESSAGE: "发送信息",
    ContactMethod.LETTER: "寄送信函",
}
# Who was reached, never what was said: an outcome would tell of the debt.
_REACHED = {
    Reached.BORROWER: "联系到本人",
    Reached.CO_BORROWER: "联系到家长",
    Reached.FAMILY: "联系到家人",
    Reached.THIRD_PARTY: "向他人了解",
    Reached.NOBODY: "没有联系上",
    Reached.WRONG_PERSON: "号码或地址有误",
}
_MOST_LINES = 12  # of what was tried, the newest: the letter stays one page


def tried_in_words(attempts: Sequence[Attempt]) -> str:
    """Return one neutral sentence on what was tried, for a letter; empty when nothing was."""
    own = [attempt for attempt in attempts if attempt.reached is not Reached.THIRD_PARTY]
    if not own:
        return ""
    days = sorted(attempt.at.astimezone(COUNTY_TIME).date() for attempt in own)
    ways = "、".join(dict.fromkeys(_METHODS[attempt.method] for attempt in own))
    reached = sum(attempt.reached is not Reached.NOBODY for attempt in own)
    result = f"其中{reached}次有人应答" if reached else "均没有联系上"
    return f"{days[0].isoformat()}至{days[-1].isoformat()}，我校先后{len(own)}次{ways}，{result}。"


def make_slip(session: Session, *, act: Act, report: Suspicion, public_url: str) -> SuspicionSlip:
    """Make and store the paper by which the person is heard.

    Raises:
        Refused: no number is free yet, or the paper cannot be made: a ground holds a link, an account number or a
            sign the face lacks.

    """
    borrower, place, school = _person(session, report.borrower_id)
    centre = office(session)
    year, number = act.today.year, _next_number(session, act, SuspicionSlip)
    code = verification.make_code(os.urandom(verification.RANDOM_BYTES))
    if report.reply_by is None:
        raise LookupError("a report that is not signed has no slip")
    said = centre.wordings.on(PaperKind.REPLY_SLIP, act.today)
    content = ReplySlipContent(
        serial=verification.serial(mark(centre, "核"), year, number),
        check_code=code,
        check_url=f"{public_url}/check/{code}",
        issued_on=act.today,
        issuing_unit=centre.centre,
        school_name=school or place,
        borrower_name=borrower.name,
        masked_id=borrower.masked_id,
        grounds=tuple(f"{GROUND_WORDS[Ground(one['ground'])]}：{one['evidence']}" for one in report.grounds),
        answer_by=report.reply_by,
        ways_to_answer=(f"当面：{centre.centre}", f"来电：{centre.landline}", "邮寄下方回复单"),
        hardship_reasons=said.lines(PassageName.HARDSHIP_REASONS),
        relief_options=said.lines(PassageName.RELIEF_OPTIONS),
        landline=centre.landline,
        wording_version=said.name,
        is_demo=centre.is_demo,
        wording=said.passages(PaperKind.REPLY_SLIP),
    )
    pdf = layout.render(content)
    slip = SuspicionSlip(
        suspicion_id=report.id,
        year=year,
        number=number,
        serial=content.serial,
        check_code=code,
        issued_on=act.today,
        content=content.to_json(),
        sha256=hashlib.sha256(pdf).hexdigest(),
        pdf=pdf,
    )
    session.add(slip)
    session.flush()
    return slip


def make_letter(
    session: Session, *, act: Act, request: Escalation, attempts: Sequence[Attempt], contact_name: str
) -> EscalationLetter:
    """Make and store the letter that asks for help.

    Raises:
        Refused: no number is free yet, or the letter cannot be made: its words hold an amount, a link or a sign the
            face lacks.

    """
    borrower, place, _school = _person(session, request.borrower_id)
    centre = office(session)
    school = session.get_one(School, request.school_id)
    year, number = act.today.year, _next_number(session, act, EscalationLetter)
    said = centre.wordings.on(PaperKind.ESCALATION, act.today)
    lines = sorted(attempts, key=lambda attempt: attempt.at)[-_MOST_LINES:]
    content = EscalationContent(
        serial=verification.serial(mark(centre, "函"), year, number),
        issued_on=act.today,
        addressee=_addressee(session, request, borrower),
        school_name=school.name,
        issuing_unit=centre.centre,
        borrower_name=borrower.name,
        village=place,
        facts=tuple(line.strip() for line in request.what_was_tried.splitlines() if line.strip()),
        tried=tuple(
            TriedLine(
                on=attempt.at.astimezone(COUNTY_TIME).date(),
                what=_METHODS[attempt.method],
                outcome=_REACHED[attempt.reached],
            )
            for attempt in lines
        ),
        ask=f"{HELP_WORDS[request.help_asked]}{request.request}",
        reply_by=request.due_on,
        contact_name=contact_name,
        landline=centre.landline,
        wording_version=said.name,
        is_demo=centre.is_demo,
        wording=said.passages(PaperKind.ESCALATION),
    )
    pdf = layout.render(content)
    letter = EscalationLetter(
        escalation_id=request.id,
        year=year,
        number=number,
        serial=content.serial,
        issued_on=act.today,
        content=content.to_json(),
        sha256=hashlib.sha256(pdf).hexdigest(),
        pdf=pdf,
    )
    session.add(letter)
    session.flush()
    return letter


def _person(session: Session, borrower_id: int) -> tuple[Borrower, str, str]:
    """Return a borrower, the place, and the school that looks after it ("" for none)."""
    row = session.execute(
        select(Borrower, Township.name, Village.name, Village.id)
        .join(Village, Village.id == Borrower.village_id)
        .join(Township, Township.id == Village.township_id)
        .where(Borrower.id == borrower_id)
    ).one()
    borrower, township, village, village_id = row
    school = session.scalars(
        select(School.name)
        .join(AreaAssignment, AreaAssignment.school_id == School.id)
        .where(AreaAssignment.village_id == village_id, AreaAssignment.to_on.is_(None))
    ).one_or_none()
    return borrower, f"{township}{village}", school or ""


def _addressee(session: Session, request: Escalation, borrower: Borrower) -> str:
    village, township, district = session.execute(
        select(Village.name, Township.name, District.name)
        .join(Township, Township.id == Village.township_id)
        .join(District, District.id == Township.district_id)
        .where(Village.id == borrower.village_id)
    ).one()
    if request.township_id is not None:
        township = session.scalars(select(Township.name).where(Township.id == request.township_id)).one()
    return {
        Body.TOWNSHIP: f"{township}人民政府",
        Body.VILLAGE: f"{township}{village}村民委员会",
        Body.CIVIL_AFFAIRS: f"{district}民政部门",
        Body.DISTRICT_GOVERNMENT: f"{district}人民政府",
    }[request.body]


def mark(centre: Office, kind: str) -> str:
    """Turn the mark of notices (…催) into that of another kind of paper."""
    return f"{centre.mark.removesuffix('催')}{kind}"


def _next_number(session: Session, act: Act, table: type[SuspicionSlip | EscalationLetter]) -> int:
    # The district's one row is the queue of those who number papers; the unique constraint stands behind.
    session.execute(select(District.id).order_by(District.id).limit(1).with_for_update())
    last = session.scalars(select(func.max(table.number)).where(table.year == act.today.year)).one()
    return serial_numbers.first_free(session, act, last=last or 0)


def record_print(session: Session, *, act: Act, borrower_id: int, subject: str) -> bool:
    """Record that a paper was fetched for printing; return whether its present version had been before.

    Args:
        session: a writing session.
        act: who fetches it.
        borrower_id: whose paper; in scope, and locked by the caller.
        subject: ``suspicion/id`` or ``escalation/id``.

    """
    noun, _, number = subject.partition("/")
    table = SuspicionSlip if noun == "suspicion" else EscalationLetter
    owner = SuspicionSlip.suspicion_id if noun == "suspicion" else EscalationLetter.escalation_id
    serial = session.scalars(
        select(table.serial).where(owner == int(number)).order_by(table.id.desc()).limit(1)
    ).one_or_none()
    if serial is None:
        raise NotVisible
    printed = session.scalars(
        select(Event.facts).where(
            Event.borrower_id == borrower_id, Event.subject == subject, Event.tag == f"{noun}:printed"
        )
    ).all()
    is_reprint = any(facts.get("serial") == serial for facts in printed)
    act.record(session, f"{noun}:printed", borrower_id=borrower_id, subject=subject, serial=serial, reprint=is_reprint)
    return is_reprint
