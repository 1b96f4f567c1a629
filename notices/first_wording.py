"""Version one of every wording: what comes with the portal until a centre approves its own.

Consequences named are only those that are true for everybody: penalty interest by contract, a report to the credit
bureau by the lender, a suit by the lender. Schools and centres announce nothing they cannot do. These texts never
change: papers made from them are printed again from them.
"""

from __future__ import annotations

from types import MappingProxyType

from models.rules.papers import PaperKind, PassageName
from notices.wording import FIRST_VERSION, Version

CHANNELS = (
    "国家开发银行学生在线系统（sls.cdb.com.cn）",
    "国家开发银行助学贷款手机应用",
    "县（区）学生资助管理中心的POS机（本人借记卡）",
)
NEXT_STEPS = (
    "逾期本金按合同约定计收罚息",
    "贷款银行依法向金融信用信息基础数据库报送逾期信息",
    "长期未归还的，贷款银行可以依法提起诉讼",
)
RELIEF_OPTIONS = (
    "继续攻读学位的，可以办理就学信息和还款计划变更",
    "符合当年政策的，可以申请本金延期偿还",
    "遭遇重大疾病、自然灾害、丧失劳动能力或家庭收入特别低的，可以申请还款救助",
)
HARDSHIP_REASONS = (
    "已经归还",
    "正在就读或服兵役",
    "重大疾病或残疾",
    "失业或收入特别低",
    "遭遇灾害",
    "信息有误或重复",
    "其他",
)
_MATERIALS = (
    "本人和共同借款人的身份证",
    "就读、服兵役的，提供学校或者部队的证明",
    "患重大疾病的，提供诊断证明和医疗费用票据",
    "遭遇灾害、家庭收入特别低的，提供民政部门或者村（居）委会的证明",
)
_PLAN = (
    "十一月一日至十二月二十日：提醒当年应还款的借款学生，足额存入应还款项",
    "十二月二十一日起：核对贷款银行名单，逐户了解未还款的原因",
    "名单下达后七日内：送达通知书，说明可以申请的帮扶",
    "全年：受理就学信息变更、本金延期和还款救助的咨询，核对联系方式",
)
_POLICY = (
    "生源地信用助学贷款是国家为帮助家庭经济困难学生入学而设的信用贷款，由学生和共同借款人共同承担还款责任",
    "在校期间的利息由财政贴息，毕业后利息由本人承担，本金在宽限期后分年归还",
    "每年十二月二十日为还款日，最后一年按合同约定的到期日还款",
    "可以申请提前还款；继续攻读学位的，请及时办理就学信息变更，变更后继续享受贴息",
    "按时还款形成良好的信用记录；逾期的，贷款银行依法报送逾期信息",
)
_FRAUD = (
    "资助中心和学校工作人员不收现金，不发付款链接，不提供收款账户，不索要密码和验证码，不要求共享屏幕",
    "没有“注销校园贷”“修改征信记录”这样的业务，接到这类电话请挂断",
    "收到通知书，可以拨打资助中心固定电话报出编号和核验码核对真伪",
    "发现受骗，请立即报警并告知资助中心",
)
_RELIEF_LIST = "\n".join(RELIEF_OPTIONS)
_CHANNELS_TEXT = (
    "仅限下列官方渠道：{还款渠道}。办理还款不收费用；本中心和学校工作人员不收现金，不发付款链接，"
    "不提供收款账户，不索要密码和验证码。"
)
_RELIEF_TEXT = "{帮扶政策}。如有上述情形，请向本中心咨询，申请不收费用。"
_AMOUNTS_TEXT = (
    "以上金额以{贷款银行}记录为准，单位为元。数据日期之后，逾期本金按合同约定继续计收罚息，"
    "实际应还金额以还款时系统显示为准。"
)
_OBJECTION_TEXT = (
    "对借款人身份、合同或者金额有异议的，可以当面、来电或者书面向本中心提出，由本中心会同贷款银行核实并答复。"
)
_RECEIPT_TEXT = "签收仅表示收到本通知书，不影响提出异议。拒收的，写明事由，由见证人签名，并可拍照存证。"
_DOUBT_TEXT = "对上述内容有疑问的，可以当面或者来电向本中心咨询，电话：{固定电话}。"

_P = PassageName
_SHARED = {
    _P.CHANNELS: _CHANNELS_TEXT,
    _P.CHANNEL_LIST: "\n".join(CHANNELS),
    _P.RELIEF: _RELIEF_TEXT,
    _P.RELIEF_OPTIONS: _RELIEF_LIST,
}
_DEMAND = {
    **_SHARED,
    _P.AMOUNTS: _AMOUNTS_TEXT,
    _P.CONSEQUENCES: "{后果提示}。",
    _P.NEXT_STEPS: "\n".join(NEXT_STEPS),
    _P.OBJECTION: _OBJECTION_TEXT,
    _P.RECEIPT: _RECEIPT_TEXT,
}
_TEXTS: dict[PaperKind, dict[PassageName, str]] = {
    PaperKind.NOTICE: {
        **_DEMAND,
        _P.OPENING: (
            "您与{贷款银行}签订的下列生源地信用助学贷款合同，有已到还款日而未归还的款项。{授权依据}"
            "现将有关事项通知如下："
        ),
        _P.REQUEST: (
            "请您于{还款期限}前归还上述逾期款项。已经归还的，请来电核对，不需要重复还款；"
            "一次还清有困难的，请在该日期前与本中心联系。"
        ),
    },
    PaperKind.CO_BORROWER: {
        **_DEMAND,
        _P.OPENING: (
            "您作为共同借款人，与借款学生{借款学生}共同签订了下列与{贷款银行}的生源地信用助学贷款合同，"
            "按合同约定与借款学生共同承担还款责任。上述合同有已到还款日而未归还的款项。{授权依据}"
            "现将有关事项通知如下："
        ),
        _P.REQUEST: (
            "请您与借款学生商定，于{还款期限}前归还上述逾期款项；同一笔款项由其中一人归还即可。"
            "已经归还的，请来电核对，不需要重复还款；一次还清有困难的，请在该日期前与本中心联系。"
        ),
    },
    PaperKind.REMINDER: {
        **_SHARED,
        _P.OPENING: "您的生源地信用助学贷款将于{应还日期}到期还款。为便于您提前安排，现将有关事项提醒如下：",
        _P.AMOUNTS: (
            "以上金额按还款计划列出，单位为元，供提前安排；实际应还金额以还款时系统显示为准。"
            "在{应还日期}前足额归还的，不产生逾期。已经归还或者已经办理提前还款的，不需要重复还款。"
        ),
        _P.OBJECTION: "对金额或者还款计划有疑问的，可以当面、来电或者书面向本中心提出，电话：{固定电话}。",
    },
    PaperKind.RELIEF_INFORMATION: {
        _P.OPENING: (
            "归还生源地信用助学贷款遇到困难时，国家和贷款银行有相应的帮扶政策。现将可以申请的事项告知您，"
            "请对照自己的情况，有需要的尽早提出。"
        ),
        _P.RELIEF_OPTIONS: _RELIEF_LIST,
        _P.MATERIALS: "\n".join(_MATERIALS),
        _P.HOW_TO_APPLY: (
            "请先拨打本中心固定电话{固定电话}咨询，或者请{学校}的工作人员代为转达；材料不全的也可以先提出，随后补齐。"
            "申请不收费用，是否批准由有权机构按当年政策审核决定，批准前请仍按还款计划安排。"
        ),
        _P.OBJECTION: "对审核结果有异议的，可以当面、来电或者书面向本中心提出，由本中心会同贷款银行核实并答复。",
    },
    PaperKind.ACKNOWLEDGEMENT: {
        **_SHARED,
        _P.STATEMENT: (
            "本人已阅读并核对上表所列生源地信用助学贷款合同和截至{数据日期}的逾期金额，"
            "确认与{贷款银行}之间的上述债务属实，尚未归还。"
        ),
        _P.VOLUNTARY: (
            "本人自愿签署本确认书。签署前已获知可以不签署，也可以带回阅读后再签署；"
            "签署不影响本人就金额提出异议和申请帮扶的权利。"
        ),
        _P.OBJECTION: _OBJECTION_TEXT,
    },
    PaperKind.PROMISE: {
        **_SHARED,
        _P.STATEMENT: "本人知悉上表所列与{贷款银行}合同截至{数据日期}的逾期金额，愿意按下列计划归还：",
        _P.VOLUNTARY: (
            "本承诺由本人自愿作出，计划由本人根据自己的情况提出。因故不能按计划归还的，本人将及时与{资助中心}联系，"
            "商定新的计划或者申请帮扶；作出承诺不影响本人就金额提出异议的权利。"
        ),
        _P.OBJECTION: _OBJECTION_TEXT,
    },
    PaperKind.THANKS: {
        _P.CHANNELS: _CHANNELS_TEXT,
        _P.CHANNEL_LIST: "\n".join(CHANNELS),
        _P.OPENING: "截至{数据日期}，您的生源地信用助学贷款逾期款项已经还清。感谢您和家人守信履约。",
        _P.NEXT_DUE: "下一次还款的日期和金额如下表，请提前足额安排；实际应还金额以还款时系统显示为准。",
        _P.SETTLED: "您的贷款合同已全部结清，没有后续应还款项。次月起可以向本中心咨询开具结清证明。",
        _P.OBJECTION: _DOUBT_TEXT,
    },
    PaperKind.ESCALATION: {
        _P.OPENING: "我校协助{资助中心}联系生源地信用助学贷款借款学生。现有一名学生需要贵单位协助，情况如下：",
        _P.UNTRIED: "尚未联系到本人，情况紧急，先行提请协助。",
        _P.REPLY: "请于{回复期限}前填写下方回执并交还我校。确实无法办理的，也请写明原因退回。",
        _P.PRIVACY: (
            "本函所列个人信息仅用于上述事项，请只交经办人员，不公开、不转发，不向本人以外的人说明贷款情况。"
            "联系到本人时，只需请其回电 {固定电话}。"
        ),
    },
    PaperKind.REPLY_SLIP: {
        _P.OPENING: (
            "关于您的生源地信用助学贷款还款，{学校}向本中心反映了下列情况。本中心尚未作出任何认定，作出决定前请您说明。"
        ),
        _P.RIGHTS: (
            "您可以于{答复期限}前说明情况、提交材料，也可以要求更正。方式：{答复方式}。"
            "本中心将把您的说明一并考虑，决定由反映人以外的人员作出，并说明理由。"
        ),
        _P.RELIEF: "{帮扶政策}。可以用下方回复单一并申请，不收费用。",
        _P.RELIEF_OPTIONS: _RELIEF_LIST,
        _P.HARDSHIP_REASONS: "\n".join(HARDSHIP_REASONS),
        _P.RECEIPT: "可以另附证明材料的复印件。由他人代填的，请写明代填人姓名和与您的关系。",
    },
    PaperKind.LEAFLET: {
        _P.OPENING: "为便于借款学生和家长了解生源地信用助学贷款政策、按时还款，现将本中心工作安排和有关政策说明如下。",
        _P.PLAN: "\n".join(_PLAN),
        _P.POLICY: "\n".join(_POLICY),
        _P.CHANNEL_LIST: "\n".join(CHANNELS),
        _P.RELIEF_OPTIONS: _RELIEF_LIST,
        _P.FRAUD: "\n".join(_FRAUD),
        _P.OBJECTION: _DOUBT_TEXT,
    },
    PaperKind.SUMMARY: {
        _P.OPENING: "现将{学校}自{统计起始日期}至{签发日期}生源地信用助学贷款本息回收工作情况汇总如下，报{资助中心}。",
        _P.NOTES: (
            "人数按身份证号计，一人多份合同的计一人\n"
            "逾期金额以贷款银行名单为准，名单日期以后按还款计划推算\n"
            "送达以证据完整或者基本完整的为准，证据无效的不计"
        ),
    },
}
FIRST: MappingProxyType[PaperKind, Version] = MappingProxyType(
    {
        kind: Version(FIRST_VERSION, MappingProxyType({name.value: text for name, text in texts.items()}))
        for kind, texts in _TEXTS.items()
    }
)
"""Version one of each kind."""
