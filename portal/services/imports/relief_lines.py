"""One line of a list of reliefs: what its words mean, and how it waits for confirmation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeVar

from models.borrowers import id_index
from models.rules import cells, figures
from models.rules.facts import PauseCause, ReliefFact, ReliefKind, ReliefScope
from models.rules.refusals import Refused
from portal.services.imports.naming import Named, NamedLoan
from portal.services.imports.rows import RowCheck
from portal.sheets.more_columns import RELIEFS
from portal.sheets.tables import TableRow

T = TypeVar("T")
CONTRACT = 40
_REASON = 200
_KINDS = {
    ReliefKind.WAIVER: ("免除", "减免", "豁免", "免息", "免收"),
    ReliefKind.DEFERRAL: ("缓还", "缓缴", "延期", "展期", "延期还款", "延期还本", "本金缓还"),
    ReliefKind.PAUSE: ("暂停计算", "暂停", "中止", "中止计算"),
}
_SCOPES = {
    ReliefScope.ALL: ("本息", "本金和利息", "全部", "本金及利息"),
    ReliefScope.INTEREST: ("利息",),
    ReliefScope.PRINCIPAL: ("本金",),
}
_CAUSES = {
    PauseCause.CLAIMS_PAID: ("已还待核", "已还款待核", "称已还款", "已还款"),
    PauseCause.DISPUTE: ("争议", "异议"),
    PauseCause.HARDSHIP_REVIEW: ("困难审核", "困难核查", "救助审核"),
    PauseCause.OTHER: ("其他",),
}
_YES, _NO = frozenset({"是", "撤销", "y", "yes", "1", "√"}), frozenset({"否", "n", "no", "0"})
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReliefLine:
    """One relief as a list has it; ``relief_id`` names the one it corrects or takes back."""

    loan_id: int
    fact: ReliefFact
    cause: PauseCause | None
    reason: str
    is_void: bool = False
    relief_id: int | None = None

    @classmethod
    def from_content(cls, clean: dict[str, Any]) -> ReliefLine:
        """Return a line from what was staged."""
        until = clean["to_on"]
        fact = ReliefFact(
            ReliefKind(clean["kind"]),
            date.fromisoformat(clean["from_on"]),
            date.fromisoformat(until) if until else None,
            ReliefScope(clean["scope"]),
        )
        cause = PauseCause(clean["cause"]) if clean["cause"] else None
        return cls(clean["loan_id"], fact, cause, clean["reason"], clean["is_void"], clean["relief_id"])

    def content(self) -> dict[str, Any]:
        """Return the line as it is staged."""
        return {
            "loan_id": self.loan_id,
            "kind": self.fact.kind.value,
            "scope": self.fact.scope.value,
            "from_on": self.fact.from_on.isoformat(),
            "to_on": self.fact.to_on.isoformat() if self.fact.to_on else None,
            "cause": self.cause.value if self.cause else None,
            "reason": self.reason,
            "is_void": self.is_void,
            "relief_id": self.relief_id,
        }


def read(row: TableRow, named: Named) -> tuple[RowCheck, NamedLoan | None, ReliefLine | None]:
    """Read one row: what is wrong with it, the contract it names, and the relief if all of it can be read."""
    check = RowCheck(row, RELIEFS)
    contract_no = check.words("contract_no", CONTRACT)
    kind = check.need("kind", _kind)
    from_on = check.need("from_on", figures.day)
    scope = check.take("scope", _scope) or ReliefScope.ALL
    cause = check.take("cause", _cause)
    last_on = check.take("last_on", figures.day)
    deferred_until = check.take("deferred_until", figures.day)
    is_void = check.take("is_void", _yes_or_no) or False
    loan: NamedLoan | None = None
    if contract_no:
        try:
            loan = named.loan(contract_no, cells.text(row["lender"]))
        except Refused as refusal:
            check.refuse("contract_no", refusal)
    if loan is not None:
        _check_owner(check, row, named, loan)
    if loan is None or kind is None or from_on is None or check.is_rejected:
        return check, loan, None
    fact = ReliefFact(kind, from_on, None, scope)
    if kind is ReliefKind.DEFERRAL:
        if deferred_until is None:
            check.refuse("deferred_until", Refused("Say until which day the repayment is put off."))
        fact = replace(fact, to_on=deferred_until)
    else:
        if deferred_until is not None:
            check.refuse("deferred_until", Refused("Only a deferral puts a due day off: leave this cell empty."))
        if last_on is not None and last_on < from_on:
            check.refuse("last_on", Refused("The last day lies before the first: check both dates."))
        fact = replace(fact, to_on=last_on + _DAY if last_on else None)
    reason = check.take_words("reason", _REASON) or RELIEFS.title
    if check.is_rejected:
        return check, loan, None
    return check, loan, ReliefLine(loan.id, fact, cause if kind is ReliefKind.PAUSE else None, reason, is_void)


def _check_owner(check: RowCheck, row: TableRow, named: Named, loan: NamedLoan) -> None:
    owner = named.people[loan.borrower_id]
    if row.has("id_number"):
        number = check.need("id_number", cells.resident_id)
        if number is not None:
            held = named.by_index.get(id_index(number))
            if held is None or held.id != owner.id:
                check.refuse("id_number", Refused("The contract belongs to another identity number: check both."))
    if row.has("name") and cells.text(row["name"]) != owner.name:
        check.refuse("name", Refused("The contract belongs to somebody of another name: check both."), fatal=False)


def _kind(cell: object) -> ReliefKind:
    found = _meant(cells.text(cell), _KINDS)
    if found is None:
        raise Refused("The kind is one of 免除, 缓还, 暂停计算.")
    return found


def _scope(cell: object) -> ReliefScope:
    found = _meant(cells.text(cell), _SCOPES)
    if found is None:
        raise Refused("What it covers is one of 本息, 本金, 利息.")
    return found


def _cause(cell: object) -> PauseCause:
    found = _meant(cells.text(cell), _CAUSES)
    if found is None:
        raise Refused("Why the count is paused is one of 已还待核, 争议, 困难审核, 其他.")
    return found


def _meant(written: str, words: dict[T, tuple[str, ...]]) -> T | None:
    return next((meant for meant, names in words.items() if written in names), None)


def _yes_or_no(cell: object) -> bool:
    written = cells.text(cell).lower()
    if written in _YES:
        return True
    if written in _NO:
        return False
    raise Refused("Write 是 or 否.")
