"""The columns of the lists that add to what is known: reliefs, contact details, a school's former pupils."""

from __future__ import annotations

from portal.sheets.columns import Column, Layout

_CONTRACT = ("借款合同编号", "合同号", "贷款合同编号", "合同号码")
_ID_NUMBER = ("借款学生身份证号", "学生身份证号", "身份证号码", "身份证", "证件号码", "公民身份号码")
_NAME = ("借款学生姓名", "学生姓名", "借款人姓名", "借款人")
_LENDER = ("经办银行", "银行", "贷款机构", "放款银行")
_DATA_ON = ("数据截止日", "统计日期", "报表日期")

RELIEFS = Layout(
    key_column="contract_no",
    title="减免缓还清单",
    columns=(
        Column("contract_no", "合同编号", _CONTRACT, is_required=True, example="DK2021000001", is_text=True),
        Column("name", "姓名", _NAME, is_required=False, example="张某某"),
        Column("id_number", "身份证号", _ID_NUMBER, is_required=False, is_text=True),
        Column("lender", "贷款银行", _LENDER, is_required=False, example="国家开发银行"),
        Column("kind", "类型", ("减免类型", "救助类型", "政策类型", "事项", "种类"), example="缓还"),
        Column("scope", "范围", ("减免范围", "适用范围", "本金利息"), is_required=False, example="本金"),
        Column("from_on", "起始日", ("起始日期", "开始日期", "生效日期", "生效日"), example="2026-01-01"),
        Column(
            "last_on", "截止日(含当日)", ("截止日期", "结束日期", "终止日期", "止期", "失效日期"), is_required=False
        ),
        Column(
            "deferred_until", "缓还至", ("本金缓还至", "延期至", "缓还到期日"), is_required=False, example="2027-12-20"
        ),
        Column("cause", "暂停原因", ("暂停计算原因",), is_required=False),
        Column(
            "reason", "事由", ("减免事由", "政策依据", "依据", "原因"), is_required=False, example="2026年国家缓还政策"
        ),
        Column("is_void", "是否撤销", ("撤销",), is_required=False, example="否"),
        Column("data_on", "数据日期", _DATA_ON, is_required=False, example="2026-12-21"),
    ),
)

CONTACTS = Layout(
    key_column="id_number",
    title="联系方式清单",
    columns=(
        Column("id_number", "身份证号", _ID_NUMBER, is_required=False, example="11010519491231002X", is_text=True),
        Column("contract_no", "合同编号", _CONTRACT, is_required=False, is_text=True),
        Column("name", "借款学生姓名", ("姓名", *_NAME[1:]), example="张某某"),
        Column(
            "owner", "联系方式属于", ("号码归属", "联系人类别", "与借款学生关系"), is_required=False, example="本人"
        ),
        Column(
            "phone", "联系电话", ("手机号", "手机", "手机号码", "电话", "本人电话"), is_required=False, is_text=True
        ),
        Column("address", "联系地址", ("地址", "现住址", "家庭住址", "家庭地址", "通讯地址"), is_required=False),
        Column("wechat", "微信", ("微信号",), is_required=False, is_text=True),
        Column("qq", "QQ", ("QQ号",), is_required=False, is_text=True),
        Column("email", "邮箱", ("电子邮箱", "电子邮件"), is_required=False, is_text=True),
        Column("source", "来源", ("数据来源", "提供单位"), is_required=False, example="银行"),
        Column("data_on", "数据日期", _DATA_ON, is_required=False, example="2026-12-21"),
    ),
)

SCHOOL_ROSTER = Layout(
    key_column="name",
    title="往届学生名册",
    columns=(
        Column("name", "姓名", ("学生姓名",), example="张某某"),
        Column("id_number", "身份证号", _ID_NUMBER, is_required=False, example="11010519491231002X", is_text=True),
        Column("born_on", "出生日期", ("出生年月日", "生日"), is_required=False, example="2000-01-01"),
        Column("village", "村", ("行政村", "村名", "家庭所在村"), is_required=False, example="(本镇行政村名)"),
        Column("school", "学校", ("学校名称", "毕业学校", "毕业高中", "就读学校"), example="(学校名)"),
        Column("class_name", "班级", ("毕业班级", "所在班级"), is_required=False, example="2018届高三(2)班"),
        Column("teacher", "班主任", ("班主任姓名", "老师"), is_required=False, example="李老师"),
        Column("parent_phone", "家长电话", ("监护人电话", "家长联系电话", "家长手机"), is_required=False, is_text=True),
        Column("data_on", "数据日期", _DATA_ON, is_required=False),
    ),
)
