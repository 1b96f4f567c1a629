"""What banks write for the kind of a payment, and the kind we keep.

Early, partial and full early repayment are one kind: the amount decides how much of the plan it lowers.
"""

from __future__ import annotations

import re
import unicodedata

from models.rules.facts import RepaymentKind
from models.rules.refusals import Refused

_NOISE = re.compile(r"\(.*?\)|[\s、,，/]+")

OWN_PAYMENTS = (RepaymentKind.PAYMENT, RepaymentKind.EARLY)
"""Money of the debtor's side; what others pay or let go acknowledges nothing in the debtor's name."""

WRITTEN: dict[RepaymentKind, tuple[str, ...]] = {
    RepaymentKind.PAYMENT: (
        "正常还款", "普通还款", "按期还款", "到期还款", "当期还款", "逾期还款", "归还逾期", "主动还款", "批量扣款",
        "自动扣款", "扣款", "还款", "正常", "逾期",
    ),
    RepaymentKind.EARLY: (
        "提前还款", "部分提前还款", "提前部分还款", "部分提前还本", "提前还本", "全部提前还款", "全额提前还款",
        "提前全部还款", "提前结清", "提前还清", "提前",
    ),
    RepaymentKind.COMPENSATION: (
        "代偿", "国家代偿", "贷款代偿", "学费代偿", "学费补偿贷款代偿", "国家助学贷款代偿", "应征入伍代偿",
        "服兵役代偿", "服兵役国家资助", "基层就业代偿",
    ),
    RepaymentKind.RELIEF_PAYOUT: ("救助金还款", "还款救助", "救助还款", "救助金", "救助代还", "救助"),
    RepaymentKind.WAIVED: ("减免", "免除", "豁免", "利息减免", "罚息减免", "本金减免", "减免冲账"),
}  # fmt: skip
"""Each kind with what is written for it; the first is the word we write ourselves."""

_KINDS = {word: kind for kind, words in WRITTEN.items() for word in words}


def repayment_kind(value: object) -> RepaymentKind:
    """Read the kind of a payment from a cell.

    Raises:
        Refused: nobody writes it so.

    """
    written = _NOISE.sub("", unicodedata.normalize("NFKC", str(value)))
    if written in _KINDS:
        return _KINDS[written]
    raise Refused(
        "This kind of payment is not known: write one of %(kinds)s.",
        kinds="、".join(words[0] for words in WRITTEN.values()),
    )
