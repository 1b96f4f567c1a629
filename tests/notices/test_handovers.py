from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from models.rules.handovers import Counts, Risk
from models.rules.workflows import NoticeState
from notices import handovers, working_papers
from notices.handovers import HandoverLine, HandoverSheet

LINE = HandoverLine(
    name="甲一鸣",
    money=handovers.money(Decimal("1171.50"), date(2025, 12, 20), is_estimated=False),
    contact=("133****0001", "最近未接通", "2026-11-20 联系"),
    matters=(
        handovers.promise(Decimal(500), date(2026, 12, 1)),
        handovers.notice("演示助催〔2026〕000001号", NoticeState.FAILED, date(2026, 11, 10)),
    ),
    risks=(handovers.RISKS[Risk.NO_NUMBER], handovers.RISKS[Risk.MOVED]),
)
SHEET = HandoverSheet(
    serial=handovers.serial("山前镇东湾村", date(2026, 11, 24)),
    issued_on=date(2026, 11, 24),
    issuing_unit="演示区学生资助管理中心",
    village="山前镇东湾村",
    given=handovers.people("成员甲", "山前镇中心学校"),
    received=handovers.people("成员乙", "山前镇中心学校"),
    given_on=date(2026, 11, 24),
    accept_by=date(2026, 11, 27),
    data_on=date(2026, 11, 1),
    totals=handovers.totals(Counts(borrowers=9, people=1, overdue=1, promises=1, notices=1, risks=1)),
    lines=(LINE,),
    wording_version="2026-1",
    is_demo=True,
)


def _text(pdf: bytes, folder: Path) -> str:
    path = folder / "sheet.pdf"
    path.write_bytes(pdf)
    shown = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, text=True)
    return "".join(shown.stdout.split())


def test_the_sheet_says_who_gives_who_receives_and_what_is_open(tmp_path: Path) -> None:
    text = _text(working_papers.laid_out(SHEET), tmp_path)
    for words in (
        "村（居）工作交接单",
        "成员甲",
        "成员乙",
        "签收期限",
        "2026年11月27日",
        "2026年11月1日",
        "甲一鸣",
        "¥1,171.50",
        "133****0001",
    ):
        assert words in text, words
    for words in ("逾期1", "待送达通知书1", "有隐性风险1", "无有效电话", "据称已搬离", "接收人签名", "监交人签名"):
        assert words in text, words
    assert "提请协助" not in text  # nothing of it is open
    assert "演示数据" in text


def test_every_page_says_that_it_is_a_copy_to_be_destroyed(tmp_path: Path) -> None:
    many = replace(SHEET, lines=(LINE,) * 60)
    text = _text(working_papers.laid_out(many), tmp_path)
    pages = int(text[text.index("页共") + 2 : text.index("页共") + 3])
    assert pages > 1
    assert text.count("工作副本含个人信息用毕销毁") == pages
    assert text.count("借款学生逾期金额") == pages  # the head of the table, too


def test_a_village_without_anything_open_says_so(tmp_path: Path) -> None:
    empty = replace(SHEET, lines=(), totals=handovers.totals(Counts(borrowers=9)), data_on=None)
    assert "没有未了事项。" in _text(working_papers.laid_out(empty), tmp_path)


def test_the_title_names_no_person() -> None:
    assert SHEET.title == "村（居）工作交接单 山前镇东湾村 2026年11月24日"
    assert working_papers.laid_out(SHEET) == working_papers.laid_out(SHEET)
