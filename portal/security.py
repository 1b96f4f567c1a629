"""Headers of every answer: nothing from elsewhere, nothing inline, nothing kept."""

from __future__ import annotations

from flask import Flask, Response, request

from portal import current
from portal.access import is_static

_POLICY = "; ".join(  # noqa: FLY002  # one directive a line is what a reader checks
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Bootstrap draws its own marks as data: images
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    )
)

_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}


def install(app: Flask) -> None:
    """Put the headers on every answer, errors included."""
    app.after_request(_finish)


def _finish(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if is_static(request.endpoint):
        response.headers.setdefault("Cache-Control", "public, max-age=3600")
    else:
        response.headers["Cache-Control"] = "no-store"
    if current.settings().secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if response.status_code == 303 and response.location:  # noqa: PLR2004  # See Other: an act was done
        current.remember_where_it_led(response.location)
    return response
