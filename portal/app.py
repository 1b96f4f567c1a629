"""Put the portal together."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Settings
from models.crypto import KeyRing, use_keys
from models.database import Database
from notices import typefaces
from portal import access, current, errors, locales, navigation, pages, readiness, security, sessions, uploads
from portal.cli import commands
from portal.jobs import web as jobs_web
from portal.views import (
    accounts,
    areas,
    backups,
    borrowers,
    casework,
    checks,
    escalations,
    events,
    evidence_files,
    explanations,
    handovers,
    health,
    import_layouts,
    imports,
    interest_rates,
    jobs,
    lenders,
    limitation,
    loans,
    monthly_statements,
    notice_batches,
    notices,
    paper_batches,
    paper_services,
    papers,
    part_layouts,
    proofs,
    publicity,
    rates,
    reconciliations,
    retention,
    returns,
    roster_matches,
    scans,
    suspicions,
    today,
    users,
    wordings,
)

_ROOT = Path(__file__).parent.parent
_VIEWS = (
    accounts,
    areas,
    backups,
    borrowers,
    casework,
    checks,
    escalations,
    events,
    evidence_files,
    explanations,
    handovers,
    health,
    import_layouts,
    imports,
    interest_rates,
    jobs,
    lenders,
    limitation,
    loans,
    monthly_statements,
    notice_batches,
    notices,
    paper_batches,
    paper_services,
    papers,
    part_layouts,
    proofs,
    publicity,
    rates,
    reconciliations,
    retention,
    returns,
    roster_matches,
    scans,
    suspicions,
    today,
    users,
    wordings,
)


def create_app(settings: Settings | None = None, database: Database | None = None) -> Flask:
    """Make the portal's WSGI application.

    Args:
        settings: read from the environment when not given.
        database: opened from the settings when not given; tests share theirs.

    Raises:
        SettingsError: the environment does not describe an installation that can run.
        UndeclaredView: a view says nothing about who may open it.

    """
    settings = settings or Settings.from_environment()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    use_keys(KeyRing(values=settings.key("values"), index=settings.key("index")))
    typefaces.use(settings.typefaces_dir)
    app = Flask("portal", root_path=str(_ROOT / "portal"), template_folder="../templates", static_folder="../static")
    app.config.update(
        SECRET_KEY=settings.key("cookies").hex(),
        SESSION_COOKIE_NAME="__Host-portal" if settings.secure_cookies else "portal",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=25 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,  # the session's own time-outs end it
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.extensions["portal_settings"] = settings
    app.extensions["portal_database"] = database or Database(settings.database_url)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask's documented way
    uploads.install(app)
    CSRFProtect(app)
    Bootstrap5(app)
    readiness.install(app)
    sessions.install(app)
    locales.install(app)
    security.install(app)
    errors.install(app)
    pages.install(app)
    navigation.install(app)
    app.teardown_appcontext(current.close_sessions)
    for module in _VIEWS:
        app.register_blueprint(module.bp)
    jobs_web.install(app)
    commands.install(app)
    access.guard(app)
    return app
