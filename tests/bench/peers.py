"""How others would make the same notices: Typst, and a clerk's mail merge in LibreOffice. Their QR codes are given."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import pikepdf
import typst

from notices import typefaces, wording, words
from notices.content import NoticeContent
from notices.qr import encode

_FORM = Path(__file__).with_name("notice.typ")


class Typst:
    """A compiler kept for the life of a process, with our own faces."""

    def __init__(self) -> None:
        folder = typefaces.built()[0].path.parent
        self._compiler = typst.Compiler(str(_FORM), font_paths=[str(folder)], ignore_system_fonts=True)

    def make(self, given: Sequence[dict[str, Any]]) -> bytes:
        """Make one PDF of all."""
        return bytes(self._compiler.compile(sys_inputs={"papers": json.dumps(given)}, format="pdf"))


def given(paper: NoticeContent) -> dict[str, Any]:
    """Return what a form prints, made beforehand and not measured."""
    said = words.frame(paper).words_for_form(words.words(paper))
    code = base64.b64decode(encode(paper.check_url).data_address().partition(",")[2])
    return {
        "unit": paper.issuing_unit,
        "level": wording.LEVELS[paper.level],
        "serial": said.serial,
        "to": said.to,
        "who": said.who,
        "home": said.home,
        "name": said.name,
        "school": said.school,
        "code": said.code,
        "capitals": said.capitals,
        "total": said.total,
        "cells": [[getattr(row, name) for name in words.CELLS] for row in said.contracts],
        "lender": paper.lender_name,
        "authority": paper.authority,
        "data_on": paper.data_on.isoformat(),
        "pay_by": paper.pay_by.isoformat(),
        "issued_on": paper.issued_on.isoformat(),
        "channels": "；".join(paper.channels),
        "relief": "；".join(paper.relief_options),
        "next_steps": "；".join(paper.next_steps),
        "landline": paper.landline,
        "qr": list(code),
    }


def office() -> str | None:
    """Return where LibreOffice is, if it is installed."""
    return shutil.which("soffice")


def mail_merge(papers: Sequence[dict[str, Any]], folder: Path) -> int:
    """Merge notices into one document, as a clerk's mail merge does, and have LibreOffice print it to PDF.

    Returns:
        The size of the PDF in bytes.

    """
    merged = folder / "merged.fodt"
    merged.write_text(_document(papers), encoding="utf-8")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        [office() or "soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, merged],
        check=True,
        capture_output=True,
        timeout=600,
    )
    with pikepdf.open(folder / "merged.pdf") as document:
        if len(document.pages) < len(papers):
            raise AssertionError(f"{len(document.pages)} pages of {len(papers)} notices")
    return (folder / "merged.pdf").stat().st_size


def _document(papers: Sequence[dict[str, Any]]) -> str:
    """Write one flat OpenDocument text: a page for each paper, with its table, its code and its receipt."""
    body = "".join(_page(paper, place) for place, paper in enumerate(papers))
    names = ("office", "style", "text", "table", "draw", "fo", "xlink", "svg")
    kinds = {"fo": "xsl-fo-compatible", "svg": "svg-compatible"}
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{kinds.get(name, "drawing" if name == "draw" else name)}:1.0"'
        for name in names
        if name != "xlink"
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {spaces} xmlns:xlink="http://www.w3.org/1999/xlink" '
        'office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.text"><office:font-face-decls>'
        '<style:font-face style:name="N" svg:font-family="\'Noto Serif CJK SC\'"/></office:font-face-decls>'
        '<office:styles><style:default-style style:family="paragraph"><style:text-properties style:font-name="N" '
        'style:font-name-asian="N" fo:font-size="9pt" style:font-size-asian="9pt" fo:language="zh" '
        'style:language-asian="zh" style:country-asian="CN"/></style:default-style></office:styles>'
        '<office:automatic-styles><style:style style:name="P" style:family="paragraph"><style:paragraph-properties '
        'fo:break-before="page"/></style:style></office:automatic-styles>'
        f"<office:body><office:text>{body}</office:text></office:body></office:document>"
    )


def _page(paper: dict[str, Any], place: int) -> str:
    lines = [
        f"生源地信用助学贷款逾期催收通知书（{paper['level']}）", paper["serial"], paper["to"], paper["who"], paper["home"],
        f"您与{paper['lender']}签订的下列生源地信用助学贷款合同，有已到还款日而未归还的款项。{paper['authority']}现将有关事项通知如下：",
    ]  # fmt: skip
    rest = [
        f"二、还款请求。请您于{paper['pay_by']}前归还上述逾期款项。已经归还的，请来电核对，不需要重复还款。",
        f"三、还款渠道。仅限下列官方渠道：{paper['channels']}。", f"四、可以申请的帮助。{paper['relief']}。",
        f"五、未按期归还的后果。{paper['next_steps']}。", f"核验码 {paper['code']}，固定电话 {paper['landline']}",
        f"{paper['unit']}（盖章）{paper['issued_on']}", "送达回证", f"{paper['serial']} 受送达人 {paper['name']}",
    ]  # fmt: skip
    cells = "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in paper["cells"])
    table = f'<table:table table:name="T{place}"><table:table-column table:number-columns-repeated="9"/>{cells}</table:table>'
    code = base64.b64encode(bytes(paper["qr"])).decode()
    picture = (
        '<text:p><draw:frame text:anchor-type="as-char" svg:width="2.4cm" svg:height="2.4cm"><draw:image>'
        f"<office:binary-data>{code}</office:binary-data></draw:image></draw:frame></text:p>"
    )
    first = f"<text:p{'' if place == 0 else ' text:style-name=' + chr(34) + 'P' + chr(34)}>{escape(lines[0])}</text:p>"
    return first + "".join(map(_paragraph, lines[1:])) + table + "".join(map(_paragraph, rest)) + picture


def _paragraph(words_: str) -> str:
    return f"<text:p>{escape(words_)}</text:p>"


def _cell(words_: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{escape(words_)}</text:p></table:table-cell>'
