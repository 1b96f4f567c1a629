"""Files as banks send them: ugly traits, alone and together, in every form, each with what must become of it.

A case says which rows are taken and which are rejected, by row number, column and words of the reason; or the words of
the refusal of the whole file. Contracts HT000001 to HT000005 of five people are held before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from models.rules.imports import ImportKind
from tests import books
from tests.sheets.writers import BOOKS, MERGING, WRITERS, Cell, Grid, text, xls, xlsx

Wrong = dict[int, tuple[str, str]]
DATA_ON = date(2026, 11, 20)


@dataclass(frozen=True)
class Case:
    """One file and its golden outcome."""

    name: str
    kind: ImportKind
    file_name: str
    content: bytes
    taken: tuple[int, ...] = ()
    wrong: Wrong = field(default_factory=dict)
    refusal: str = ""
    is_told: bool = False  # its kind cannot be found from the file


@dataclass(frozen=True)
class Trait:
    """A way to be ugly: what it does to a grid, and what becomes of the rows."""

    name: str
    change: Callable[[Grid], Grid]
    taken: tuple[int, ...] = (2, 3, 4)
    wrong: Wrong = field(default_factory=dict)
    refusal: str = ""
    forms: tuple[str, ...] = tuple(WRITERS)
    many: Callable[[Grid], tuple[Grid, ...]] | None = None  # more sheets than the one
    is_told: bool = False


def arrears(*numbers: int) -> Grid:
    """Return a plain arrears list, its headings in row 1."""
    rows = [[books.overdue(number).get(one) for one in books.ARREARS_HEADINGS] for number in numbers or (1, 2, 3)]
    return Grid([list(books.ARREARS_HEADINGS), *rows], "逾期清单")


def payments(*numbers: int) -> Grid:
    """Return a plain repayment list."""
    lines: list[dict[str, Cell]] = [
        {
            "合同编号": f"HT{number:06d}",
            "还款日期": date(2026, 10, 9),
            "还款金额": 120.5,
            "流水号": f"LS2026100900{number:02d}",
        }
        for number in numbers or (1, 2, 3)
    ]
    rows = [[line.get(one) for one in books.REPAYMENT_HEADINGS] for line in lines]
    return Grid([list(books.REPAYMENT_HEADINGS), *rows], "还款明细")


def roster(*numbers: int) -> Grid:
    """Return a plain roster of contracts that are held."""
    rows = [[books.contract(number).get(one) for one in books.ROSTER_HEADINGS] for number in numbers or (1, 2, 3)]
    return Grid([list(books.ROSTER_HEADINGS), *rows], "花名册")


def column(name: str, *values: Cell, headings: Sequence[str] = books.ARREARS_HEADINGS) -> Callable[[Grid], Grid]:
    """Put values below a heading, from the first row on."""
    place = headings.index(name)

    def change(grid: Grid) -> Grid:
        rows = [list(row) for row in grid.rows]
        for row, value in zip(rows[1:], values, strict=False):
            row[place] = value
        return replace(grid, rows=rows)

    return change


def each(*changes: Callable[[Grid], Grid]) -> Callable[[Grid], Grid]:
    """Do one after the other."""

    def change(grid: Grid) -> Grid:
        for one in changes:
            grid = one(grid)
        return grid

    return change


def above(*rows: Sequence[Cell], merged: tuple[tuple[int, int, int, int], ...] = ()) -> Callable[[Grid], Grid]:
    return lambda grid: replace(grid, rows=[*rows, *grid.rows], merged=(*grid.merged, *merged))


def below(*rows: Sequence[Cell]) -> Callable[[Grid], Grid]:
    return lambda grid: replace(grid, rows=[*grid.rows, *rows])


def between(at: int, *rows: Sequence[Cell]) -> Callable[[Grid], Grid]:
    return lambda grid: replace(grid, rows=[*grid.rows[:at], *rows, *grid.rows[at:]])


def head(**names: str) -> Callable[[Grid], Grid]:
    """Rename headings."""
    return lambda grid: replace(grid, rows=[[names.get(str(one), one) for one in grid.rows[0]], *grid.rows[1:]])


def without(name: str) -> Callable[[Grid], Grid]:
    def change(grid: Grid) -> Grid:
        place = list(grid.rows[0]).index(name)
        return replace(grid, rows=[[*row[:place], *row[place + 1 :]] for row in grid.rows])

    return change


def map_text(how: Callable[[str], str], *names: str) -> Callable[[Grid], Grid]:
    """Change the text of some columns, of all when none is named."""

    def change(grid: Grid) -> Grid:
        places = [at for at, one in enumerate(grid.rows[0]) if not names or one in names]
        rows = [
            [how(cell) if at in places and isinstance(cell, str) else cell for at, cell in enumerate(row)]
            for row in grid.rows[1:]
        ]
        return replace(grid, rows=[grid.rows[0], *rows])

    return change


def wide(words: str) -> str:
    """Write figures and letters at full width."""
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in words)


_SERIAL = (date(2025, 12, 21) - date(1899, 12, 30)).days
_ID = books.person_id(1)
_GROUPED = [
    ["合同编号", "姓名", "身份证号", "贷款银行", "逾期", None, None, None, "逾期起始日", "数据日期"],
    [None, None, None, None, "本金", "利息", "罚息", "合计", None, None],
]
_TITLE = ["示范助学银行逾期贷款清单"]
_DATED = ["数据日期：2026年11月20日", None, "单位：元"]
_TOTAL = ["合 计", None, None, None, 0, 672, 0, 672, None, None]

_WIDE = tuple(form for form in WRITERS if form not in {"csv-gbk", "tab-xls"})

TRAITS = (
    Trait("plain", each()),
    Trait("titles", each(without("数据日期"), above(_TITLE, _DATED)), (4, 5, 6)),
    Trait("merged title", above(_TITLE, merged=((0, 0, 0, 9),)), (3, 4, 5), forms=MERGING),
    Trait("blank rows above", above([], [None], ["  "]), (5, 6, 7), forms=(*BOOKS, "csv-gbk", "csv-utf8")),
    Trait("a total row", below(_TOTAL)),
    Trait("totals by page", each(between(3, ["本页小计：", None, None, None, 0, 448, 0]), below(["共计3笔"])), (2, 3, 5)),
    Trait("notes below", below([], ["制表人：某某", None, "复核：某某"], ["备注：以上数据以银行为准"])),
    Trait("headings again", between(3, books.ARREARS_HEADINGS), (2, 3, 5)),
    Trait("full width", each(map_text(wide, "合同编号"), column("逾期利息", "２２４．００", "２２４", "２２４"))),
    Trait("amounts in words", column("逾期利息", "224.00元", "￥224", " 人民币 224.00 ")),
    Trait("thousands", each(column("逾期利息", "1,224.50元", "1,224.5", "￥1,224.50"), without("逾期合计"))),
    Trait("days as words", column("逾期起始日", "2025年12月21日", "2025/12/21", "2025.12.21")),
    Trait("days without separators", column("逾期起始日", "20251221", 20251221, "2025-12-21 00:00:00")),
    Trait("days by number", column("逾期起始日", _SERIAL, float(_SERIAL), str(20251221))),
    Trait("spaces", map_text(lambda one: f" {one} \u3000", "合同编号", "贷款银行")),
    Trait("spaces GBK has not", map_text(lambda one: f"\u00a0 {one} \u200b\u3000", "合同编号", "贷款银行"), forms=_WIDE),
    Trait("empty tail", below(*[[None] * 10, ["", "  ", None]] * 20)),
    Trait("empty columns behind", lambda grid: replace(grid, rows=[[*row, *[None] * 30, " "] for row in grid.rows])),
    Trait("not at the corner", lambda grid: replace(grid, at=(2, 2)), (4, 5, 6)),
    Trait("numbered rows", lambda g: replace(g, rows=[[n or "序号", *row] for n, row in enumerate(g.rows)])),
    Trait("other order", lambda grid: replace(grid, rows=[list(reversed(row)) for row in grid.rows])),
    Trait("aliases", head(合同编号="借款合同编号", 逾期本金="拖欠本金", 逾期利息="欠息", 罚息="逾期罚息", 逾期起始日="首次逾期日")),
    Trait("decorated", head(合同编号="*合同编号：", 逾期本金="逾期\n本金（元）", 逾期利息=" 逾 期 利 息 ", 罚息="罚息[元]")),
    Trait("columns nobody knows", lambda g: replace(g, rows=[[*row, "甲" if n else "备注", "甲" if n else "备注"] for n, row in enumerate(g.rows)])),
    Trait("two rows of headings", lambda g: replace(g, rows=[*_GROUPED, *g.rows[1:]]), (3, 4, 5)),
    Trait(
        "merged headings",
        lambda g: replace(
            g,
            rows=[*_GROUPED, *g.rows[1:]],
            merged=((0, 4, 0, 7), *((0, at, 1, at) for at in (0, 1, 2, 3, 8, 9))),
        ),
        (3, 4, 5),
        forms=MERGING,
    ),
    Trait(
        "lender merged downwards",
        each(column("贷款银行", books.LENDER, None, None), lambda g: replace(g, merged=((1, 3, 3, 3), (1, 9, 3, 9)))),
        forms=MERGING,
    ),
    Trait(
        "amount merged downwards",
        each(column("逾期利息", 224, None, None), lambda g: replace(g, merged=((1, 5, 2, 5),))),
        (2,),
        {3: ("逾期利息", "merged"), 4: ("逾期利息", "missing")},
        forms=MERGING,
    ),
    Trait("list on the second sheet", each(), forms=BOOKS, many=lambda g: (Grid([["填报说明"], ["请勿修改"]], "说明"), g)),
    Trait(
        "another list on a hidden sheet",
        each(),
        forms=("xlsx", "xls", "xml"),
        many=lambda g: (replace(arrears(4, 5), name="上月", is_hidden=True), g),
    ),
    Trait("empty sheets", each(), forms=("xlsx", "xls", "ods"), many=lambda g: (Grid([], "Sheet2"), g, Grid([], "Sheet3"))),
    Trait(
        "numbers that lost digits",
        column("身份证号", float(_ID[:15] + "000"), _ID[:15] + "000", "9.90101E+17"),
        (),
        dict.fromkeys((2, 3, 4), ("身份证号", "last digits are lost")),
    ),
    Trait("numbers kept as text", column("身份证号", f"'{_ID}", f" {books.person_id(2)} ", wide(books.person_id(3)))),
    Trait("wrong check digit", column("身份证号", _ID[:-1] + ("0" if _ID[-1] != "0" else "1")), (3, 4), {2: ("身份证号", "check digit")}),
    Trait("another person's number", column("身份证号", books.person_id(2)), (3, 4), {2: ("身份证号", "another identity number")}),
    Trait("another name", column("姓名", "钱某", "赵测试", "赵 测试"), (3, 4), {2: ("姓名", "another name")}),
    Trait("errors of formulas", column("逾期利息", "#DIV/0!", "#N/A", "########"), (), dict.fromkeys((2, 3, 4), ("逾期利息", "shows the error"))),
    Trait("a contract number kept as a figure", column("合同编号", 202100001234567890.0), (3, 4), {2: ("合同编号", "last digits are lost")}, forms=("xlsx", "xls", "ods", "xml")),
    Trait("a name that is an error", column("合同编号", "#REF!"), (3, 4), {2: ("合同编号", "shows the error")}),
    Trait("contracts nobody holds", column("合同编号", "HT999999", "合同"), (4,), {2: ("合同编号", "no contract"), 3: ("合同编号", "no contract")}),
    Trait(
        "amounts that are none",
        column("逾期利息", "-224", "二百", "224.005"),
        (),
        {2: ("逾期利息", "negative"), 3: ("逾期利息", "not an amount"), 4: ("逾期利息", "fractions of a fen")},
    ),
    Trait("blank amounts", column("罚息", None, "—", "/"), (), dict.fromkeys((2, 3, 4), ("罚息", "missing"))),
    Trait(
        "the same contract twice",
        column("合同编号", "HT000001", "HT000001 "),
        (4,),
        {2: ("合同编号", "more than once"), 3: ("合同编号", "more than once")},
    ),
    Trait("another data date in a row", column("数据日期", DATA_ON, date(2026, 10, 20)), (2, 4), {3: ("数据日期", "differs")}),
    Trait("days in no order", column("逾期起始日", date(2026, 11, 21), date(2020, 1, 1)), (4,), {2: ("逾期起始日", "after the data date"), 3: ("逾期起始日", "before the contract")}),
    Trait("days that do not exist", column("逾期起始日", "2025-13-01", "2025-02-30", "昨天"), (), {2: ("逾期起始日", "no day"), 3: ("逾期起始日", "no day"), 4: ("逾期起始日", "not a date")}),
    Trait("parts that do not add up", column("逾期合计", 225), (3, 4), {2: ("逾期合计", "add up to 224")}),
    Trait("more than was lent", each(column("逾期本金", 9000), without("逾期合计")), (3, 4), {2: ("逾期本金", "More principal")}),
    Trait("nothing overdue", each(column("逾期利息", 0), without("逾期合计")), (3, 4), {2: ("逾期本金", "Nothing is overdue")}),
    Trait("damaged characters", column("姓名", "赵\ufffd"), (3, 4), {2: ("姓名", "was damaged")}, forms=("xlsx", "xml", "csv-utf8", "txt-utf16", "csv-gb18030")),
    Trait("line ends in cells", map_text(lambda one: f"{one}\r\n", "贷款银行")),
    Trait("quotes and separators", lambda g: replace(g, rows=[[*row, '甲,乙;"丙"\t丁|戊' if n else "说明"] for n, row in enumerate(g.rows)])),
    Trait("known heading twice", lambda g: replace(g, rows=[[*row, 1 if n else "罚息"] for n, row in enumerate(g.rows)]), refusal="two columns", is_told=True),
    Trait("a column is missing", without("罚息"), refusal="“罚息” is missing"),
    Trait("no headings", lambda g: replace(g, rows=g.rows[1:]), refusal="No heading row", is_told=True),
    Trait("two lenders", column("贷款银行", "甲银行", "乙银行"), refusal="several lenders"),
    Trait("a lender nobody knows", column("贷款银行", *["别的机构"] * 3), refusal="no contract of “别的机构”"),
    Trait("a day to come", column("数据日期", *[date(2027, 1, 1)] * 3), refusal="lies in the future"),
    Trait("no data date", without("数据日期"), refusal="data date is missing"),
)  # fmt: skip


def cases(*, is_thorough: bool) -> Iterator[Case]:
    """Yield the files: each trait in two forms by turns, in all of them when thorough."""
    for turn, trait in enumerate(TRAITS):
        forms = trait.forms if is_thorough else [trait.forms[(turn + 4 * at) % len(trait.forms)] for at in range(2)]
        for form in dict.fromkeys(forms):
            ending, write = WRITERS[form]
            grid = trait.change(arrears())
            content = write(*(trait.many(grid) if trait.many else (grid,)))
            yield Case(
                f"{trait.name}, {form}",
                ImportKind.ARREARS,
                f"list{ending}",
                content,
                trait.taken,
                trait.wrong,
                trait.refusal,
                trait.is_told,
            )
    yield from _others()


def _others() -> Iterator[Case]:
    yield from _days_of_1904()
    for form, (ending, write) in WRITERS.items():
        yield Case(f"repayments, {form}", ImportKind.REPAYMENTS, f"a{ending}", write(payments()), (2, 3, 4))
    headings = books.REPAYMENT_HEADINGS
    twice = column("流水号", "LS1", "LS1", headings=headings)(
        column("合同编号", "HT000001", "HT000001", headings=headings)(payments())
    )
    yield Case(
        "the same payment twice",
        ImportKind.REPAYMENTS,
        "a.csv",
        text(twice),
        (4,),
        {2: ("流水号", "more than once"), 3: ("流水号", "more than once")},
    )  # fmt: skip
    late = column("还款日期", date(2020, 1, 1), "2026年10月9日", 20261009, headings=headings)(payments())
    yield Case(
        "a payment before signing", ImportKind.REPAYMENTS, "a.xlsx", xlsx(late), (3, 4), {2: ("还款日期", "before")}
    )
    for form in ("xlsx", "xls", "ods", "html", "csv-gbk", "tab-xls"):
        ending, write = WRITERS[form]
        yield Case(f"roster, {form}", ImportKind.ROSTER, f"花名册{ending}", write(roster()), (2, 3, 4))
    wrong = (
        ("村", "柳弯村", ("村", "“柳湾村” is the nearest name")),
        ("乡镇", "东何镇", ("乡镇", "“东河镇” is the nearest name")),
        ("贷款银行", "示范助学银行股份", ("贷款银行", "“示范助学银行” is")),
        ("身份证号", books.person_id(9), ("身份证号", "another identity number")),
        ("借款学生姓名", "赵?", ("借款学生姓名", "was damaged")),
        ("借款学生姓名", "锟斤拷", ("借款学生姓名", "was damaged")),
        ("借款学生姓名", "赵改名", ("借款学生姓名", "another name")),
        ("贷款余额", 9000, ("贷款余额", "larger than the contract's amount")),
        ("到期日", date(2020, 1, 1), ("到期日", "before it was signed")),
        ("签订日期", date(2027, 1, 1), ("签订日期", "after the data date")),
        ("共同借款人身份证号", books.person_id(1), ("共同借款人身份证号", "borrower's own identity number")),
        ("毕业年份", "明年", ("毕业年份", "not a year")),
        ("贷款利率", "28%", ("贷款利率", "higher than any")),
        ("签订日期", "2021-02-30", ("签订日期", "no day")),
    )
    for at, (name, value, reason) in enumerate(wrong):
        ending, write = WRITERS[("xlsx", "csv-gbk", "html", "ods", "txt-utf16")[at % 5]]
        grid = column(name, value, headings=books.ROSTER_HEADINGS)(roster())
        yield Case(f"roster: {name} {value}", ImportKind.ROSTER, f"r{ending}", write(grid), (3, 4), {2: reason})
    two = column("身份证号", books.person_id(1), books.person_id(1), headings=books.ROSTER_HEADINGS)(roster(11, 12, 3))
    two = column("借款学生姓名", "赵测试", "赵另名", headings=books.ROSTER_HEADINGS)(two)
    yield Case(
        "two people under one number",
        ImportKind.ROSTER,
        "r.xlsx",
        xlsx(two),
        (2, 4),
        {3: ("借款学生姓名", "another name")},
    )
    yield from _combined()


def _days_of_1904() -> Iterator[Case]:
    for name, write in (("a.xlsx", xlsx), ("a.xls", xls)):
        content = write(arrears(), system_1904=True)
        yield Case(f"days counted from 1904, {name}", ImportKind.ARREARS, name, content, (2, 3, 4))
    faults = {(2, 5): "=", (3, 5): "#REF!"}
    yield Case(
        "formulas without a value",
        ImportKind.ARREARS,
        "a.xlsx",
        xlsx(replace(arrears(), faults=faults)),
        (2,),
        {3: ("逾期利息", "without a result"), 4: ("逾期利息", "#REF!")},
    )
    kept = arrears()
    rows: list[list[Any]] = [[f'="{cell}"' if n and at in (0, 2) and cell else cell for at, cell in enumerate(row)] for n, row in enumerate(kept.rows)]  # fmt: skip
    yield Case("text kept text by a sign", ImportKind.ARREARS, "a.csv", text(replace(kept, rows=rows)), (2, 3, 4))
    yield Case(
        "a line that names the separator",
        ImportKind.ARREARS,
        "a.csv",
        b"sep=;\r\n" + text(arrears(), separator=";"),
        (3, 4, 5),
    )
    unclosed = text(arrears()) + ('HT000004,"甲,,,\r\n' + "HT000005,乙,,,\r\n" * 4000).encode("gbk")
    yield Case(
        "a quotation mark never closed", ImportKind.ARREARS, "a.csv", unclosed, refusal="In line 5 a quotation mark"
    )


def _combined() -> Iterator[Case]:
    """Everything at once, as it comes on a bad day."""
    day = DATA_ON - timedelta(days=334)
    ugly = each(
        without("数据日期"),
        head(合同编号="* 借款合同编号", 逾期本金="逾期本金（元）", 逾期利息="欠 息", 逾期起始日="首次逾期日"),
        column("逾期利息", "２２４．００元", "￥224", " 224.0 "),
        column("逾期起始日", f"{day.year}年{day.month}月{day.day}日", day.strftime("%Y%m%d"), day.isoformat()),
        map_text(lambda one: f" {one}\u3000"),
        between(3, ["本页小计", None, None, None, 0, 448]),
        below([], ["合计（元）", None, None, None, 0, 672, 0, 672], [], ["制表：某", "复核：某"], *[[None] * 12] * 5),
        above(_TITLE, _DATED, []),
    )
    for form, (ending, write) in WRITERS.items():
        grid = replace(ugly(arrears()), at=(1, 1)) if form in BOOKS else ugly(arrears())
        shift = 1 if form in BOOKS else 0
        yield Case(
            f"all at once, {form}", ImportKind.ARREARS, f"a{ending}", write(grid), tuple(n + shift for n in (5, 6, 8))
        )
