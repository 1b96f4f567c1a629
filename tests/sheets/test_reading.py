"""Text between separators comes through as it is, whatever its encoding, and is never held as a whole."""

from __future__ import annotations

import csv
import io
import resource

import pytest

from models.rules.refusals import Refused
from portal.sheets import reading, tables
from portal.sheets.columns import REPAYMENTS
from portal.sheets.limits import DEFAULT, Bounds, Limits

HEADINGS = ["合同编号", "还款日期", "还款金额", "流水号"]


def lines(*rows: list[str], separator: str = ",", end: str = "\r\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=end).writerows([HEADINGS, *rows])
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_every_encoding_and_separator(encoding: str, separator: str) -> None:
    text = lines(["HT1", "2026年1月5日", "1,234.50元", "甲，乙；丙"], separator=separator)
    (sheet,) = reading.read(text.encode(encoding))
    head, row = sheet.rows
    assert list(head.cells) == HEADINGS
    assert row.cells == ("HT1", "2026年1月5日", "1,234.50元", "甲，乙；丙")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end(end: str) -> None:
    (sheet,) = reading.read(lines(["HT1", "2026-01-05", "1", "L1"], end=end).encode())
    assert [row.number for row in sheet.rows] == [1, 2]


def test_characters_beyond_gbk_need_gb18030() -> None:
    (sheet,) = reading.read(lines(["HT1", "2026-01-05", "1", "㑇𠀀"]).encode("gb18030"))
    assert list(sheet.rows)[1].cells[3] == "㑇𠀀"


def test_blank_lines_count_as_rows_but_are_none() -> None:
    (sheet,) = reading.read(("\n\n" + lines(["A", "b", "c", "d"], end="\n") + ",,,\n\nB,b,c,d\n").encode())
    assert [row.number for row in sheet.rows] == [3, 4, 7]


def test_a_line_end_within_a_cell_stays_in_it() -> None:
    (sheet,) = reading.read(lines(["HT1", "东河镇\r\n柳湾村", "1", 'a"b'], ["HT2", "x", "y", "z"]).encode())
    rows = list(sheet.rows)
    assert rows[1].cells[1] == "东河镇\n柳湾村"
    assert rows[1].cells[3] == 'a"b'
    assert rows[2].number == 3


def test_what_keeps_text_text_is_taken_off() -> None:
    text = '合同编号,还款日期,还款金额,流水号\n="00123",2026-01-05\t,"1,234.50","=""L,1"""\n'
    (sheet,) = reading.read(text.encode("gbk"))
    assert list(sheet.rows)[1].cells == ("00123", "2026-01-05\t", "1,234.50", "L,1")


def test_a_line_that_names_the_separator_is_no_row() -> None:
    (sheet,) = reading.read(("sep=;\n" + lines(["A", "b", "c", "d"], separator=";", end="\n")).encode("utf-8-sig"))
    assert [row.number for row in sheet.rows] == [2, 3]


def test_control_characters_cannot_pose_as_marks() -> None:
    (sheet,) = reading.read(lines(["HT1", "\x011", "a\x1fb", "\x05x\x00"]).encode("utf-16"))
    assert list(sheet.rows)[1].cells == ("HT1", "1", "ab", "x")


def test_a_quotation_mark_that_is_never_closed_is_named_by_line() -> None:
    text = lines(["HT1", "2026-01-05", "1", "L1"], end="\n") + 'HT2,2026-01-05,1,"L2\n' + "HT3,2026-01-05,1,L3\n" * 3000
    with pytest.raises(Refused, match=r"In line 3 a quotation mark"):
        reading.read(text.encode())


def test_bytes_in_no_known_encoding_are_refused() -> None:
    with pytest.raises(Refused, match="characters of this text file"):
        reading.read(b"a,b\n" + bytes(range(0x81, 0x100)) * 40)


def test_a_few_damaged_characters_are_shown_as_damaged() -> None:
    content = bytearray(lines(*[["HT1", "示范", "1", "L1"]] * 50).encode("gbk"))
    content[-12] = 0xFF
    (sheet,) = reading.read(bytes(content))
    assert any("\ufffd" in str(cell) for row in sheet.rows for cell in row.cells)


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        (Bounds(max_bytes=10_000, max_rows=3), lines(*[["A", "b", "c", "d"]] * 3)),
        (Bounds(max_bytes=10_000, max_rows=9, max_columns=3), lines(["A", "b", "c", "d"])),
    ],
)
def test_beyond_the_bounds_is_refused(bounds: Bounds, text: str) -> None:
    with pytest.raises(Refused, match="reaches beyond"):
        reading.read(text.encode(), Limits(text=bounds))


def test_an_empty_tail_of_lines_and_cells_is_within_the_bounds() -> None:
    text = lines(["A", "b", "c", "d" + "," * 300]) + ",,,\n" * 50
    limits = Limits(text=Bounds(max_bytes=10_000, max_rows=2, max_columns=4))
    (sheet,) = reading.read(text.replace('"', "").encode(), limits)
    assert len(sheet.rows) == 2


def test_a_long_list_is_read_anew_for_each_pass_and_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    row = lines(["HT1234567", "2026-01-05", "1200.00", "LS20260105000001"]).splitlines()[1] + "\r\n"
    content = (lines() + row * 200_000 + "合计,,240000000.00,\r\n").encode("gbk")
    monkeypatch.setattr(reading, "KEPT_BYTES", 1_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    book = reading.opened(content)
    table = tables.find(book.sheets, REPAYMENTS)
    assert book.kept is None
    assert len(table.rows) == 200_000
    assert sum(1 for _ in table.rows) == sum(1 for _ in table.rows) == 200_000
    assert table.totals is not None
    assert table.totals.number == 200_002
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 60_000, f"{grown} KB held of a file of {len(content) // 1024} KB"


def test_a_child_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(Refused, match="too long"):
        reading.read(lines(["A", "b", "c", "d"]).encode(), Limits(wall_seconds=0))


def test_a_child_that_uses_too_much_time_dies_alone() -> None:
    content = (lines() + "A,b,c,d\n" * 1_500_000).encode("gbk")
    with pytest.raises(Refused, match=r"cannot be read|too long"):
        reading.read(content, Limits(text=Bounds(DEFAULT.text.max_bytes, 10_000_000), cpu_seconds=1))


def test_a_reader_left_half_way_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "KEPT_BYTES", 0)
    (sheet,) = reading.read((lines() + "A,b,c,d\n" * 50_000).encode())
    rows = iter(sheet.rows)
    next(rows)
    rows.close()  # type: ignore[attr-defined]  # a generator
    assert len(list(sheet.rows)) == 50_001
