"""A file for printing that is fetched again is marked on each page, as a single paper is, and each fetch is known."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pdfplumber
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from config import Settings
from models.database import Database
from models.events import Event
from models.notices import Notice
from models.papers import IssuedPaper
from models.rules.refusals import StaleData
from portal.queries import print_files
from portal.services import notices
from tests.conftest import sign_in, work_off
from tests.world import World

pytestmark = pytest.mark.usefixtures("time_is")

MARK = "补打"


def pages(pdf: bytes) -> list[str]:
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return ["".join(page.extract_text().split()) for page in document.pages]


def is_marked(pdf: bytes) -> list[bool]:
    """Say of each page whether its watermark and the line at its head say so."""
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return [
            any(one["size"] > 50 for one in page.chars if one["text"] == MARK[0])
            and MARK in "".join(one["text"] for one in page.chars if one["top"] < 40)
            for page in document.pages
        ]


def told(database: Database, tag: str) -> Sequence[dict[str, Any]]:
    with database.reader() as session:
        return session.scalars(select(Event.facts).where(Event.tag == tag).order_by(Event.id)).all()


def made(client: FlaskClient, database: Database, settings: Settings, path: str) -> str:
    batch: str = client.post(path, data={}).location
    work_off(database, settings)
    return batch


@pytest.mark.parametrize(
    ("path", "noun", "count", "working"),
    [("/notices/batches/new", "notice-batch", 5, 2), ("/papers/batches/reminders", "paper-batch", 2, 1)],
)
def test_the_second_fetch_of_a_file_is_marked_on_each_page(
    client: FlaskClient,
    database: Database,
    settings: Settings,
    world: World,
    path: str,
    noun: str,
    count: int,
    working: int,
) -> None:
    sign_in(client, "centre")
    batch = made(client, database, settings, path)
    assert "次，最近一次" not in client.get(batch).get_data(as_text=True)
    first, second, third = (client.get(f"{batch}/print.pdf").data for _ in range(3))
    assert not any(is_marked(first))
    assert all(is_marked(second))
    assert is_marked(third) == is_marked(second)
    assert f"其中{MARK}" not in pages(first)[0]
    assert f"其中{MARK}{count}份" in pages(second)[0]
    assert len(pages(second)) == len(pages(first)) >= count + working
    for before, after in zip(pages(first)[working:], pages(second)[working:], strict=True):
        assert sorted(after) == sorted(before + MARK * 2)  # the watermark lies across a line of text
    assert [(one["part"], one["papers"], one["reprints"]) for one in told(database, f"{noun}:printed")] == [
        (1, count, 0),
        (1, count, count),
        (1, count, count),
    ]
    page = client.get(batch).get_data(as_text=True)
    assert "3 次，最近一次" in page
    assert world.users["centre"].name in page


def test_only_what_was_printed_before_is_marked(
    client: FlaskClient, database: Database, settings: Settings, world: World
) -> None:
    sign_in(client, "centre")
    batch = made(client, database, settings, "/papers/batches/reminders")
    with database.reader() as session:
        one = session.scalars(select(IssuedPaper).order_by(IssuedPaper.number)).first()
    assert one is not None
    assert not any(is_marked(client.get(f"/papers/{one.id}/paper.pdf").data))
    sent = client.get(f"{batch}/print.pdf").data
    assert sum(is_marked(sent)) == 1
    assert not is_marked(sent)[0]  # the cover sheet goes out for the first time
    assert f"其中{MARK}1份" in pages(sent)[0]
    single = client.get(f"/papers/{one.id}/paper.pdf").data
    assert pages(single)[0] in pages(sent)  # it looks as it does alone


def test_a_file_made_while_another_goes_out_is_not_sent_without_marks(
    client: FlaskClient, database: Database, settings: Settings, world: World
) -> None:
    sign_in(client, "centre")
    batch_id = int(made(client, database, settings, "/notices/batches/new").rpartition("/")[2])
    act = world.act("centre")
    with database.reader() as session:
        stops = [stop for stop, _said, _pdf in print_files.papers(session, act.person, act.today, batch_id, 1)]
    with database.write() as session:
        notices.record_batch_print(session, act=act, batch_id=batch_id, part=1, stops=stops)
    with pytest.raises(StaleData, match="same moment"), database.write() as session:
        notices.record_batch_print(session, act=act, batch_id=batch_id, part=1, stops=stops)
    assert len(told(database, "notice-batch:printed")) == 1
    with database.reader() as session:
        assert all(row.printed_at is not None for row in session.scalars(select(Notice)))
