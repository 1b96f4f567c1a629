"""Casework: questions a family asks, written down until they are answered."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.casework import Question
from models.rules.refusals import NotVisible, Refused
from portal.actors import Act
from portal.queries.scope import borrower_to_change

_LONGEST = 1000


def ask_question(session: Session, *, act: Act, borrower_id: int, text: str) -> Question:
    """Write down a question that cannot be answered at once.

    Raises:
        NotVisible: not within this person's reach.
        Refused: there is no text.

    """
    borrower = borrower_to_change(session, act.person, act.today, borrower_id)
    question = Question(
        borrower_id=borrower.id,
        asked_on=act.today,
        asked_text=_checked(text),
        recorded_by_id=act.person.user_id,
    )
    session.add(question)
    session.flush()
    act.record(session, "question:asked", borrower_id=borrower.id, subject=f"question/{question.id}")
    return question


def answer_question(session: Session, *, act: Act, question_id: int, text: str) -> Question:
    """Write down what was answered.

    Raises:
        NotVisible: no such question, or its borrower is not within this person's reach.
        Refused: there is no text, or it was answered before.

    """
    borrower_id = session.scalars(select(Question.borrower_id).where(Question.id == question_id)).one_or_none()
    if borrower_id is None:
        raise NotVisible
    borrower_to_change(session, act.person, act.today, borrower_id)
    question = session.scalars(select(Question).where(Question.id == question_id).with_for_update()).one()
    if question.answered_on is not None:
        raise Refused("This question was answered already.")
    question.answer_text = _checked(text)
    question.answered_on, question.answered_by_id = act.today, act.user_id
    act.record(session, "question:answered", borrower_id=borrower_id, subject=f"question/{question.id}")
    return question


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise Refused("Write the text first.")
    if len(text) > _LONGEST:
        raise Refused("Say it in at most %(most)s characters.", most=_LONGEST)
    return text
