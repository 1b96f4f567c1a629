"""The columns of each list, with the headings banks and counties write for them.

Headings are compared without spaces, stars, colons and what stands in brackets, so ``* 合同金额（元）`` is 合同金额.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_AMOUNTS = frozenset({"overdue_principal", "overdue_interest", "penalty", "total", "principal", "balance", "amount"})
"""Columns that count once: a cell merged over several rows is an amount in the first of them only."""
_NOISE = re.compile(r"\(.*?\)|\[.*?\]|[\s*＊:：·]+")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list.

    Args:
        key: its name in code.
        heading: its official heading, written in templates and in refusals.
        aliases: other headings taken for it, best first.
        is_required: a list without it is refused as a whole.
        example: what a template shows in its sample row.
        is_text: written with the text format, so that a spreadsheet program does not turn it into a figure.

    """

    key: str
    heading: str
    aliases: tuple[str, ...] = ()
    is_required: bool = True
    example: str = ""
    is_text: bool = False

    @property
    def is_amount(self) -> bool:
        """Say whether it holds money."""
        return self.key in _AMOUNTS


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one sheet.

    Args:
        columns: in the order of the template.
        key_column: which of them names a row.
        names: sheets it is looked for in; none: any visible sheet.
        title: what a list of this kind is called.
        part: of an organisation's workbook, its name in code.

    """

    columns: tuple[Column, ...]
    key_column: str
    names: tuple[str, ...] = ()
    title: str = ""
    part: str = ""

    def is_named(self, sheet: str) -> bool:
        """Say whether a sheet's name is one of its own."""
        return normal(sheet) in {normal(name) for name in self.names}

    def column(self, key: str) -> Column:
        """Return a column by its name in code."""
        return next(column for column in self.columns if column.key == key)

    def heading(self, key: str) -> str:
        """Return a column's official heading; the key itself where there is no such column."""
        return next((column.heading for column in self.columns if column.key == key), key)


def normal(heading: str) -> str:
    """Return a heading as it is compared."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", heading)).lower()


def headed(
    heading: str, key: str, *aliases: str, required: bool = True, example: str = "", text: bool = False
) -> Column:
    """Return a column, its headings first; see ``Column``."""
    return Column(key, heading, aliases, required, example, text)


_CONTRACT = headed(
    "合同编号", "contract_no", "借款合同编号", "合同号", "贷款合同编号", "合同号码", example="DK2021000001", text=True
)
_DATA_ON = headed(
    "数据日期", "data_on", "数据截止日", "统计日期", "截止日期", "报表日期", required=False, example="2026-12-21"
)
_LENDER = headed(
    "贷款银行", "lender", "经办银行", "银行", "贷款机构", "放款银行", required=False, example="国家开发银行"
)

ROSTER = Layout(
    key_column="contract_no",
    title="借款合同花名册",
    columns=(
        _CONTRACT,
        headed("借款学生姓名", "name", "学生姓名", "借款人姓名", "借款人", "姓名", example="张某某"),
        headed(
            "身份证号",
            "id_number",
            "借款学生身份证号",
            "学生身份证号",
            "身份证号码",
            "身份证",
            "证件号码",
            "公民身份号码",
            example="11010519491231002X",
            text=True,
        ),
        headed("共同借款人姓名", "co_name", "共借人姓名", "共同借款人", required=False),
        headed(
            "共同借款人身份证号",
            "co_id_number",
            "共同借款人身份证",
            "共同借款人身份证号码",
            "共借人身份证号",
            required=False,
            text=True,
        ),
        headed(
            "共同借款人电话",
            "co_phone",
            "共同借款人联系电话",
            "共借人电话",
            "共同借款人手机",
            required=False,
            text=True,
        ),
        headed("与学生关系", "relation", "与借款学生关系", "与借款人关系", "关系", required=False, example="父亲"),
        headed("户籍地址", "address", "家庭住址", "家庭地址", "户口所在地", "户籍所在地", required=False),
        headed("乡镇", "township", "所属乡镇", "乡镇名称", "乡镇街道", "镇", "乡", example="(本区乡镇名)"),
        headed("村", "village", "行政村", "村名", "所属村", "村社区", "村居", example="(本镇行政村名)"),
        headed("高中", "school_name", "毕业高中", "高中学校", "高中毕业学校", "就读高中", required=False),
        headed("就读高校", "college", "高校", "高校名称", "就读学校", "院校名称", required=False),
        headed("入学年份", "enrolment_year", "入学年", "入学时间", required=False, example="2021"),
        headed("毕业年份", "graduation_year", "毕业年", "毕业时间", "预计毕业年份", "毕业日期", example="2025"),
        Column("lender", "贷款银行", _LENDER.aliases, is_required=True, example=_LENDER.example),
        headed(
            "签订日期", "signed_on", "合同签订日期", "签订日", "签约日期", "借款日期", "合同日期", example="2021-08-20"
        ),
        headed("合同金额", "principal", "贷款金额", "借款金额", "合同总额", example="8000"),
        headed("贷款余额", "balance", "余额", "本金余额", "贷款本金余额", "剩余本金", example="8000"),
        headed("贷款利率", "rate", "利率", "执行利率", "年利率", "合同利率", example="2.8%"),
        headed(
            "贴息截止日",
            "subsidy_ends_on",
            "贴息截止日期",
            "贴息到期日",
            "财政贴息截止日",
            required=False,
            example="2025-08-31",
        ),
        headed("宽限期", "grace_years", "还本宽限期", "宽限期年", "宽限年限", required=False, example="5"),
        headed("到期日", "matures_on", "合同到期日", "到期日期", "贷款到期日", "合同到期日期", example="2040-09-20"),
        headed(
            "联系电话", "phone", "手机号", "手机", "手机号码", "电话", "学生电话", "本人电话", required=False, text=True
        ),
        headed("结清日期", "settled_on", "结清日", "贷款结清日期", required=False),
        headed("本金缓还至", "deferred_until", "缓还至", "本金延期至", "延期还本至", required=False),
        _DATA_ON,
    ),
)

ARREARS = Layout(
    key_column="contract_no",
    title="逾期清单",
    columns=(
        _CONTRACT,
        headed("姓名", "name", "借款学生姓名", "学生姓名", "借款人姓名", "借款人", required=False, example="张某某"),
        headed("身份证号", "id_number", "身份证号码", "身份证", "证件号码", required=False, text=True),
        _LENDER,
        headed("逾期本金", "overdue_principal", "拖欠本金", "欠本金", example="500.00"),
        headed("逾期利息", "overdue_interest", "拖欠利息", "欠利息", "欠息", example="120.00"),
        headed("罚息", "penalty", "逾期罚息", "罚息金额", example="1.20"),
        headed(
            "逾期合计",
            "total",
            "逾期总额",
            "逾期金额",
            "逾期本息合计",
            "合计",
            "欠款合计",
            required=False,
            example="621.20",
        ),
        headed(
            "逾期起始日", "overdue_since", "逾期起始日期", "逾期开始日", "逾期日期", "首次逾期日", example="2026-12-21"
        ),
        _DATA_ON,
    ),
)

REPAYMENTS = Layout(
    key_column="contract_no",
    title="还款明细",
    columns=(
        _CONTRACT,
        headed("还款日期", "paid_on", "还款日", "扣款日期", "入账日期", "交易日期", example="2026-12-18"),
        headed("还款金额", "amount", "实还金额", "扣款金额", "交易金额", "金额", example="1200.00"),
        headed(
            "流水号",
            "bank_reference",
            "还款流水号",
            "主动还款流水号",
            "交易流水号",
            example="LS20261218000001",
            text=True,
        ),
        _LENDER,
        headed(
            "还款类型",
            "kind",
            "还款种类",
            "还款方式",
            "还款性质",
            "款项类型",
            "交易类型",
            "业务类型",
            required=False,
            example="正常还款",
        ),
        headed("冲正日期", "reversed_on", "冲正日", "撤销日期", "退回日期", required=False),
        _DATA_ON,
    ),
)
