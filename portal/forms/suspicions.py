"""Forms of suspicions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from models.rules.refusals import Refused
from models.rules.suspicions import GROUNDS, QUESTIONS, Answer, Answered, Ground, Question
from models.rules.workflows import SuspicionStep
from portal.errors import sentence
from portal.services.suspicion_reports import MOST_CHARACTERS, NotReady
from portal.wordlists.suspicions import WORDS

_LENGTH = Length(max=MOST_CHARACTERS, message=_l("Write less: a page at most."))


class ProposalForm(FlaskForm):
    """The checklist of benign causes and the grounds; one pair of fields for each, made below."""

    def begin(self, answers: Mapping[Question, Answered], grounds: Mapping[Ground, str]) -> None:
        """Fill the form from a report that is mended."""
        for question, given in answers.items():
            self[f"answer_{question.value}"].data = given.answer.value
            self[f"evidence_{question.value}"].data = given.evidence
        for ground, evidence in grounds.items():
            self[f"ground_{ground.value}"].data = True
            self[f"proof_{ground.value}"].data = evidence

    def questions(self) -> Iterable[tuple[Question, Field, Field]]:
        """Pair each question's answer with its evidence, in the order it is asked."""
        return [(one, self[f"answer_{one.value}"], self[f"evidence_{one.value}"]) for one in QUESTIONS]

    def ground_fields(self) -> Iterable[tuple[Ground, Field, Field]]:
        """Pair each ground with its evidence."""
        return [(one, self[f"ground_{one.value}"], self[f"proof_{one.value}"]) for one in GROUNDS]

    def in_summary(self, field: Field) -> str:
        """Name a field where it stands without its question or ground: twelve links would be called the same."""
        kind, _, key = field.name.partition("_")
        above = {"evidence": "answer", "proof": "ground"}.get(kind)
        if above is None:
            return str(field.label.text)
        return f"{self[f'{above}_{key}'].label.text} · {field.label.text}"

    def answers(self) -> dict[Question, Answered]:
        """Return the checklist as filled in; a question left open is not known."""
        return {
            one: Answered(Answer(answer.data or Answer.UNKNOWN.value), evidence.data or "")
            for one, answer, evidence in self.questions()
        }

    def grounds(self) -> dict[Ground, str]:
        """Return the grounds ticked, each with its evidence."""
        return {one: proof.data or "" for one, stated, proof in self.ground_fields() if stated.data}

    def refuse(self, refusal: NotReady) -> None:
        """Put each obstacle where it can be mended; those that no field mends go above the form."""
        above: list[str] = []
        for obstacle in refusal.obstacles:
            said = sentence(Refused(obstacle.sentence, **dict(obstacle.values)))
            if obstacle.question is None:
                above.append(said)
                continue
            kind = "evidence" if obstacle.code.value == "no_evidence" else "answer"
            field = self[f"{kind}_{obstacle.question.value}"]
            field.errors = [*field.errors, said]
        self.form_errors = above


for _question, _cause in QUESTIONS.items():
    setattr(
        ProposalForm,
        f"answer_{_question.value}",
        RadioField(
            _l(_cause.sentence),
            choices=[SelectChoice(code.value, label) for code, label in WORDS[Answer].items()],
            validators=[InputRequired(_l("Answer this question; “not known” is an answer too."))],
        ),
    )
    setattr(ProposalForm, f"evidence_{_question.value}", TextAreaField(_l("How it is known"), validators=[_LENGTH]))
for _ground, _rule in GROUNDS.items():
    setattr(ProposalForm, f"ground_{_ground.value}", BooleanField(_l(_rule.sentence)))
    setattr(
        ProposalForm,
        f"proof_{_ground.value}",
        TextAreaField(_l("What was seen, said or found, by whom and when"), validators=[_LENGTH]),
    )


class ReasonForm(FlaskForm):
    """Why a report is returned."""

    reason = TextAreaField(_l("Reason"), validators=[DataRequired(_l("Give the reason.")), _LENGTH])


class ReplyForm(FlaskForm):
    """What the person says."""

    replied_on = DateField(_l("Day of the reply"), validators=[InputRequired(_l("Enter the day of the reply."))])
    text = TextAreaField(
        _l("What the person says"),
        validators=[DataRequired(_l("Write down what the person says.")), _LENGTH],
        description=_l("In the person's own words; papers handed in are named here."),
    )


class DecisionForm(FlaskForm):
    """Uphold, dismiss or send back, with reasons."""

    step = RadioField(_l("Decision"), validators=[InputRequired(_l("Choose a decision."))])
    reason = TextAreaField(
        _l("Reasons"),
        validators=[DataRequired(_l("Give the reasons.")), _LENGTH],
        description=_l("What was considered, also of the person's reply, and why it leads to this decision."),
    )

    def offer(self, steps: Iterable[SuspicionStep]) -> None:
        """Offer the steps that are open now."""
        words = WORDS[SuspicionStep]
        self.step.choices = [(step.value, words[step]) for step in steps if step in words]
