"""Pages of the audit log, for the auditor."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.permissions import Permission
from portal import current
from portal.access import allows
from portal.pages import moment
from portal.queries import events as queries
from portal.sheets.export import MIME, workbook
from portal.wordlists.audit import FACTS, NOUNS, truth
from portal.wordlists.events import event_words, fact_words
from portal.words import word

bp = Blueprint("events", __name__)


@bp.get("/events")
@allows(Permission.EVENTS_READ)
def index() -> ResponseReturnValue:
    """Show what happened, newest first; filters stand in the address."""
    session = current.session()
    wanted, used = _wanted()
    before = request.args.get("before", type=int)
    page = queries.events(session, wanted, before)
    people = queries.actors(session)
    return render_template(
        "events/index.html",
        page=page,
        used=used,
        chips=_chips(wanted, used, dict(people)),
        tags=[(tag, event_words(tag)) for tag in queries.tags(session)],
        people=people,
        head_fits=queries.newest_is_head(session),
        event_words=event_words,
        fact_lines=fact_lines,
        subject_words=subject_words,
        export_url=url_for("events.export", **used),
        first_url=url_for("events.index", **used) if before else None,
        next_url=url_for("events.index", **used, before=page.next_before) if page.next_before else None,
    )


@bp.post("/events/export")
@allows(Permission.EVENTS_READ)
def export() -> ResponseReturnValue:
    """Hand out what the page's filters match as a workbook; that it was taken is itself an event."""
    wanted, _used = _wanted()
    act = current.act()
    with current.writing() as session:
        rows = queries.all_events(session, wanted)
        act.record(session, "events:exported", subject="events", rows=len(rows))
    notes = [_("Taken on %(moment)s by %(name)s", moment=moment(act.at), name=act.person.name)]
    if len(rows) == queries.MOST_EXPORTED:
        notes.append(_("Cut off at %(most)s events; narrow the days to get the rest.", most=queries.MOST_EXPORTED))
    headings = (
        _("Number"),
        _("When"),
        _("What"),
        _("Tag"),
        _("Who"),
        _("Borrower number"),
        _("Subject"),
        _("Facts"),
        _("Chain"),
        "SHA-256",
    )
    body = workbook(
        _("Events"),
        headings,
        (
            (
                row.id,
                moment(row.at),
                event_words(row.tag),
                row.tag,
                row.actor_name or _("the portal"),
                row.borrower_id,
                row.subject,
                "; ".join(fact_lines(row.facts)),
                _("whole") if row.is_whole else _("broken"),
                row.hash,
            )
            for row in rows
        ),
        notes=notes,
    )
    return Response(
        body,
        mimetype=MIME,
        headers={"Content-Disposition": f'attachment; filename="events-{act.today.isoformat()}.xlsx"'},
    )


def subject_words(subject: str) -> str:
    """Return "notice 12" for ``notice/12``; as it is stored where the noun has no word."""
    noun, _slash, number = subject.partition("/")
    return f"{NOUNS[noun]} {number}".strip() if noun in NOUNS else subject


def fact_lines(facts: dict[str, Any]) -> list[str]:
    """Return an event's facts for a reader: in words where they have words, else as they are stored."""
    lines = []
    for name, value in facts.items():
        if value in (None, "", [], {}):
            continue
        known = fact_words({name: value})
        label, text = known[0] if known and name not in FACTS else _audited(name, value)
        lines.append(f"{label} {text}")
    return lines


def _audited(name: str, value: object) -> tuple[str, str]:
    """Return label and value of a fact only the log shows."""
    label, kinds = FACTS.get(name, (name.replace("_", " "), ()))
    known = {code.value: code for kind in kinds for code in kind}
    if name == "kind" and value not in known:  # of a relief or a number, which a timeline shows too
        return fact_words({name: value})[0]
    if isinstance(value, bool):
        return str(label), truth(value=value)
    if isinstance(value, list) and kinds:
        return str(label), "、".join(word(known[one]) if one in known else str(one) for one in value)
    return str(label), word(known[value]) if isinstance(value, str) and value in known else _flat(value)


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {inner}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(str(inner) for inner in value)
    return str(value)


def _wanted() -> tuple[queries.EventFilter, dict[str, Any]]:
    """Return the filters of the address, and those of them that could be read, as they were written."""
    wanted = queries.EventFilter(
        tag=request.args.get("tag") or None,
        actor_id=request.args.get("actor", type=int),
        from_on=_day("from"),
        to_on=_day("to"),
    )
    read = {"tag": wanted.tag, "actor": wanted.actor_id, "from": wanted.from_on, "to": wanted.to_on}
    return wanted, {name: str(value) for name, value in read.items() if value is not None}


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _chips(wanted: queries.EventFilter, used: dict[str, Any], people: dict[int, str]) -> list[tuple[str, str]]:
    """Return (what the log is narrowed to, the address without it)."""
    labels = {}
    if wanted.tag is not None:
        labels["tag"] = event_words(wanted.tag)
    if wanted.actor_id is not None:
        labels["actor"] = people.get(wanted.actor_id, _("nobody of this number"))
    if wanted.from_on is not None:
        labels["from"] = _("from %(day)s", day=wanted.from_on.isoformat())
    if wanted.to_on is not None:
        labels["to"] = _("until %(day)s", day=wanted.to_on.isoformat())
    return [
        (label, url_for("events.index", **{key: value for key, value in used.items() if key != name}))
        for name, label in labels.items()
    ]
