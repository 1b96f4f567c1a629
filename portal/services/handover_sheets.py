"""The sheet of a handover, made when it is fetched: what is open in the village on that day."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from config import COUNTY_TIME
from notices import handovers as paper
from notices import wording, working_papers
from notices.handovers import HandoverLine, HandoverSheet
from notices.route_sheets import printable
from portal.queries.handover_kits import Kit, KitRow
from portal.queries.handovers import HandoverRow
from portal.queries.notice_facts import office


def sheet(session: Session, *, today: date, found: HandoverRow, kit: Kit) -> bytes:
    """Make the sheet of a handover as a PDF.

    Args:
        session: a reading session.
        today: the day ``kit`` is for.
        found: the handover.
        kit: what is open in its village.

    """
    centre = office(session)
    village = printable(f"{found.township}{found.village}")
    return working_papers.laid_out(
        HandoverSheet(
            serial=paper.serial(village, today),
            issued_on=today,
            issuing_unit=centre.centre,
            village=village,
            given=printable(paper.people(found.given.member, found.given.school)),
            received=printable(paper.people(found.received.member, found.received.school)),
            given_on=found.opened_at.astimezone(COUNTY_TIME).date(),
            accept_by=found.accept_by,
            data_on=min((row.data_on for row in kit.rows if row.is_overdue and row.data_on), default=None),
            totals=paper.totals(kit.counts),
            lines=tuple(_line(row) for row in kit.rows),
            wording_version=wording.FIRST_VERSION,
            is_demo=centre.is_demo,
        )
    )


def _line(row: KitRow) -> HandoverLine:
    at = row.last_contact_at
    return HandoverLine(
        name=printable(row.name),
        money=paper.money(row.overdue, row.overdue_since, is_estimated=row.is_estimated),
        contact=(
            *((row.point.masked, paper.CONFIDENCE[row.point.confidence]) if row.point else ("无电话",)),
            f"{at.astimezone(COUNTY_TIME).date().isoformat()} 联系" if at else "未联系过",
        ),
        matters=_matters(row),
        risks=tuple(paper.RISKS[risk] for risk in row.risks),
    )


def _matters(row: KitRow) -> tuple[str, ...]:
    return (
        *(paper.promise(one.amount, one.promised_for) for one in row.promises),
        *(paper.notice(one.serial, one.state, one.issued_on) for one in row.notices),
        *(printable(f"{one.asked_on.isoformat()} 询问未答复：{one.asked_text}") for one in row.questions),
        *((f"{row.claimed_on.isoformat()} 称已还款，待银行名单核对",) if row.claimed_on else ()),
        *(paper.relief(one.kind, one.cause, one.to_on) for one in row.pauses),
        *((f"疑似恶意欠款报告：{paper.SUSPICIONS[row.suspicion[1]]}",) if row.suspicion else ()),
        *((f"提请协助：{paper.ESCALATIONS[row.escalation[1]]}",) if row.escalation else ()),
        *((f"诉讼时效 {row.limitation_ends_on.isoformat()} 届满",) if row.limitation_ends_on else ()),
    )
