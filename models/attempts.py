"""What an attempt to serve a paper and a picture of its receipt hold, whatever paper it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.rules.notices import FailureReason
from models.rules.service_of_notice import ServiceMethod, SignerRelation, Strength
from models.types import Instant, one_of


class ServiceAttempt:
    """One attempt to serve (送达), successful or not, with the strength of its proof."""

    id: Mapped[int] = mapped_column(primary_key=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrowers.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    logged_at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    was_served: Mapped[bool]
    method: Mapped[ServiceMethod] = mapped_column(one_of(ServiceMethod))
    signer_name: Mapped[str] = mapped_column(String(60), default="")
    signer_relation: Mapped[SignerRelation | None] = mapped_column(one_of(SignerRelation))
    place: Mapped[str] = mapped_column(String(120), default="")
    second_visitor: Mapped[str] = mapped_column(String(40), default="")
    witnesses: Mapped[list[Any]] = mapped_column(JSON, default=list)  # names
    post_number: Mapped[str] = mapped_column(String(40), default="")
    publication: Mapped[str] = mapped_column(String(80), default="")  # the medium of an announcement
    refusal_reason: Mapped[str] = mapped_column(String(300), default="")
    failure: Mapped[FailureReason | None] = mapped_column(one_of(FailureReason))  # when it was not served
    note: Mapped[str] = mapped_column(String(300), default="")
    proofs: Mapped[list[Any]] = mapped_column(JSON, default=list)  # names of further proofs at hand: "signed", …
    strength: Mapped[Strength] = mapped_column(one_of(Strength))
    verdict: Mapped[dict[str, Any]] = mapped_column(JSON)  # reasons and mends, as judged that day


class ReceiptPicture:
    """A photo or scan of the signed receipt: re-encoded, without metadata, named by its hash."""

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    width: Mapped[int]
    height: Mapped[int]
    image: Mapped[bytes] = mapped_column(LargeBinary)
    added_at: Mapped[datetime] = mapped_column(Instant)
    added_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
