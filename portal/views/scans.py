"""Pages of scanned receipts: send a bundle in, see what was filed, and say where the rest belongs."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.rules.permissions import Permission
from models.rules.refusals import Refused
from notices import scans as reading
from portal import current
from portal.access import allows
from portal.errors import sentence
from portal.forms.scans import AssignForm, BundleForm
from portal.pages import download
from portal.queries import jobs as job_reads
from portal.queries import scans as reads
from portal.services import scans
from portal.views.jobs import progress_text

bp = Blueprint("scans", __name__)


@bp.route("/notices/scans", methods=["GET", "POST"])
@allows(Permission.NOTICES_SERVE)
def index() -> ResponseReturnValue:
    """List the bundles, and take a new one in."""
    form = BundleForm()
    if form.validate_on_submit():
        try:
            contents = [content for content in (one.read() for one in form.files.data) if content]
            files = [(content, reading.pages(content)) for content in contents]
            with current.writing() as session:
                bundle = scans.take_in(session, act=current.act(), files=files)
        except Refused as refusal:
            form.files.errors = [sentence(refusal)]
        else:
            flash(_("The scans are being read. You may leave this page."), "success")
            return redirect(url_for("scans.bundle", bundle_id=bundle.id), 303)
    found = reads.bundles(current.session(), current.actor())
    return render_template("scans/index.html", form=form, found=found), 422 if form.errors else 200


@bp.get("/notices/scans/<int:bundle_id>")
@allows(Permission.NOTICES_SERVE)
def bundle(bundle_id: int) -> ResponseReturnValue:
    """Show where each page of a bundle stands."""
    reader, actor, today = current.session(), current.actor(), current.today()
    found = reads.bundle(reader, actor, bundle_id)
    job = job_reads.one_job(reader, actor, current.now(), found.job_id) if found.job_id else None
    form = AssignForm(formdata=None)
    form.belongs_to.choices = _choices()
    return render_template(
        "scans/bundle.html",
        found=found,
        pages=reads.pages(reader, actor, today, bundle_id),
        form=form,
        job=job,
        job_text=progress_text(job) if job else "",
    )


@bp.get("/notices/scans/pages/<int:page_id>/picture.jpg")
@allows(Permission.NOTICES_SERVE)
def picture(page_id: int) -> ResponseReturnValue:
    """Send the picture of a page that is not filed yet."""
    return download(reads.picture(current.session(), current.actor(), page_id), "image/jpeg", f"scan-{page_id}.jpg")


@bp.post("/notices/scans/pages/<int:page_id>/assign")
@allows(Permission.NOTICES_SERVE)
def assign(page_id: int) -> ResponseReturnValue:
    """File a page with the notice that is named."""
    form = AssignForm()
    form.belongs_to.choices = _choices()
    if not form.validate():
        raise Refused("Choose the notice this page belongs to.")
    kind, _dash, number = form.belongs_to.data.partition("-")
    with current.writing() as session:
        page = scans.assign(session, act=current.act(), page_id=page_id, **{f"{kind}_id": int(number)})
    flash(_("The page is filed."), "success")
    return redirect(url_for("scans.bundle", bundle_id=page.bundle_id), 303)


@bp.post("/notices/scans/pages/<int:page_id>/set-aside")
@allows(Permission.NOTICES_SERVE)
def set_aside(page_id: int) -> ResponseReturnValue:
    """Say that a page belongs to no notice."""
    with current.writing() as session:
        page = scans.set_aside(session, act=current.act(), page_id=page_id)
    flash(_("The page is set aside."), "info")
    return redirect(url_for("scans.bundle", bundle_id=page.bundle_id), 303)


def _choices() -> list[tuple[str, str]]:
    """Return the papers a page could belong to: ``notice-7`` or ``paper-9``, and what to call it."""
    return [
        (
            f"paper-{one.paper_id}" if one.paper_id else f"notice-{one.notice_id}",
            f"{one.village} {_('co-borrower of %(name)s', name=one.name) if one.paper_id else one.name} {one.serial}",
        )
        for one in reads.choices(current.session(), current.actor(), current.today())
    ]
