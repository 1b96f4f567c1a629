"""The sentences a paper takes from its wording version rather than from its form.

They are copied into the content when a paper is issued, so a later version changes nothing already printed.
Consequences named are only those that are true for everybody: penalty interest by contract, a report to the credit
bureau by the lender, a suit by the lender. Schools and centres announce nothing they cannot do.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.rules.notices import NoticeLevel

CURRENT = "2026-1"
"""The version whose fixed words stand in ``templates/paper``."""

KNOWN = frozenset({CURRENT})

LEVELS = {NoticeLevel.FIRST: "第一次", NoticeLevel.SECOND: "第二次", NoticeLevel.FINAL: "最后一次"}
"""How a notice's heading names its level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Sentences of one version.

    Attributes:
        version: its name, printed in the footer.
        channels: official ways to pay, of the lender; never a link, never an account number.
        next_steps: what happens if the amount stays unpaid, neutrally.
        relief_options: help that can be asked for.
        hardship_reasons: boxes to tick on a reply slip.

    """

    version: str
    channels: tuple[str, ...]
    next_steps: tuple[str, ...]
    relief_options: tuple[str, ...]
    hardship_reasons: tuple[str, ...]


CDB = Wording(
    version=CURRENT,
    channels=(
        "国家开发银行学生在线系统（sls.cdb.com.cn）",
        "国家开发银行助学贷款手机应用",
        "县（区）学生资助管理中心的POS机（本人借记卡）",
    ),
    next_steps=(
        "逾期本金按合同约定计收罚息",
        "贷款银行依法向金融信用信息基础数据库报送逾期信息",
        "长期未归还的，贷款银行可以依法提起诉讼",
    ),
    relief_options=(
        "继续攻读学位的，可以办理就学信息和还款计划变更",
        "符合当年政策的，可以申请本金延期偿还",
        "遭遇重大疾病、自然灾害、丧失劳动能力或家庭收入特别低的，可以申请还款救助",
    ),
    hardship_reasons=(
        "已经归还",
        "正在就读或服兵役",
        "重大疾病或残疾",
        "失业或收入特别低",
        "遭遇灾害",
        "信息有误或重复",
        "其他",
    ),
)
