"""The columns of the sheets of an organisation's workbook, in the order in which they are written."""

from __future__ import annotations

from portal.sheets.columns import Layout, headed

DISTRICTS = Layout(
    part="districts",
    key_column="code",
    names=("区县", "区", "县区"),
    columns=(
        headed("代码", "code", "区划代码", "区县代码", example="990101", text=True),
        headed("名称", "name", "区县", "区县名称", example="(本区名称)"),
        headed("资助中心名称", "centre_name", "资助中心", "学生资助管理中心", example="(本区)学生资助管理中心"),
        headed("联系电话", "centre_landline", "资助中心电话", "电话", example="0999-8200000", text=True),
        headed("文号", "issuing_mark", "发文字号", "通知书字号", required=False, example="资助催"),
        headed("是否虚构", "is_fictional", "虚构", required=False, example="否"),
    ),
)
TOWNSHIPS = Layout(
    part="townships",
    key_column="code",
    names=("乡镇", "乡镇街道"),
    columns=(
        headed("代码", "code", "区划代码", "乡镇代码", example="990101001", text=True),
        headed("名称", "name", "乡镇", "乡镇名称", example="(乡镇名)"),
    ),
)
VILLAGES = Layout(
    part="villages",
    key_column="code",
    names=("行政村", "村", "村社区"),
    columns=(
        headed("代码", "code", "区划代码", "村代码", example="990101001001", text=True),
        headed("名称", "name", "行政村", "村名", "村", example="(村名)"),
        headed("乡镇", "township", "所属乡镇", "乡镇名称", example="(乡镇名)"),
    ),
)
SCHOOLS = Layout(
    part="schools",
    key_column="code",
    names=("学校",),
    columns=(
        headed("代码", "code", "学校代码", "学校标识码", example="XX001", text=True),
        headed("名称", "name", "学校", "学校名称", example="(学校名)"),
        headed("乡镇", "township", "所在乡镇", "所属乡镇", example="(乡镇名)"),
        headed("电话", "landline", "联系电话", "学校电话", required=False, text=True),
    ),
)
SEATS = Layout(
    part="seats",
    key_column="school",
    names=("领导小组", "催收工作领导小组"),
    columns=(
        headed("学校", "school", "学校名称", example="(学校名)"),
        headed("姓名", "person_name", "成员姓名", example="(姓名)"),
        headed("职务", "seat", "小组职务", "岗位", example="组长"),
        headed("登录名", "username", "账号", "用户名", required=False, text=True),
        headed("任职起始日", "from_on", "起始日期", "任职日期", required=False),
    ),
)
ASSIGNMENTS = Layout(
    part="assignments",
    key_column="village",
    names=("包联辖区", "包联辖区划分表", "包联"),
    columns=(
        headed("乡镇", "township", "所属乡镇", required=False, example="(乡镇名)"),
        headed("村", "village", "行政村", "村名", example="(村名)"),
        headed("学校", "school", "包联学校", "学校名称", example="(学校名)"),
        headed("成员", "member", "包联人", "包联成员", "姓名", "负责人", required=False, example="(姓名)"),
        headed("起始日期", "from_on", "包联起始日", required=False),
    ),
)
LENDERS = Layout(
    part="lenders",
    key_column="name",
    names=("贷款银行", "银行"),
    columns=(
        headed("名称", "name", "银行名称", "贷款银行", example="国家开发银行"),
        headed("编码", "code", "代码", "简称", required=False, example="CDB", text=True),
        headed("还款渠道", "official_channels", "官方还款渠道", required=False),
    ),
)
ORGANISATION = (DISTRICTS, TOWNSHIPS, VILLAGES, SCHOOLS, SEATS, ASSIGNMENTS, LENDERS)
