"""Identity numbers, telephones and names: published vectors, then properties."""

from datetime import date

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PHRASES_DICT

from models.rules import identity
from models.rules.refusals import Refused

VALID = ("11010519491231002X", "440524188001010014", "120223198902021249", "130132199210293822")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_by_the_standard(body: str) -> str:
    return "10X98765432"[sum(w * int(c) for w, c in zip(WEIGHTS, body, strict=True)) % 11]


@st.composite
def resident_ids(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1930, 1, 1), date(2026, 12, 31)))
    body = f"{draw(st.integers(110000, 829999))}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return body + check_by_the_standard(body)


@pytest.mark.parametrize("number", VALID)
def test_published_numbers_are_accepted(number: str) -> None:
    assert identity.check_resident_id(number) == number


@given(resident_ids())
def test_numbers_made_by_the_standards_weights_are_accepted_whatever_the_area(number: str) -> None:
    assert identity.check_resident_id(number) == number


@given(resident_ids(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_every_single_wrong_character_is_refused_without_quoting_the_number(
    number: str, place: int, other: str
) -> None:
    wrong = number[:place] + other + number[place + 1 :]
    if wrong == number:
        assert identity.check_resident_id(wrong) == number
        return
    with pytest.raises(Refused) as refused:
        identity.check_resident_id(wrong)
    assert wrong not in str(refused.value)
    assert wrong[6:14] not in str(refused.value)


def test_written_forms_come_out_as_one() -> None:
    assert identity.check_resident_id(" 110105 19491231 002x\u00a0") == VALID[0]
    assert identity.check_resident_id("１１０１０５１９４９１２３１００２ｘ") == VALID[0]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("130402198207290622", "should be 4"),
        ("", "missing"),
        ("1101051949123100", "has 16"),
        ("110105491231002", "15-digit"),
        ("11010519490231002X", "does not exist"),
        ("11010500001231002X", "does not exist"),
        ("1101051949123100AX", "17 digits"),
        ("X1010519491231002X", "17 digits"),
    ],
)
def test_the_refusal_names_the_exact_reason(number: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        identity.check_resident_id(number)


def test_birth_sex_and_age() -> None:
    assert identity.birth_date(VALID[2]) == date(1989, 2, 2)
    assert identity.sex(VALID[0]) is identity.Sex.FEMALE
    assert identity.sex("110105194912310011") is identity.Sex.MALE
    assert identity.age_on(VALID[2], date(2026, 2, 1)) == 36
    assert identity.age_on(VALID[2], date(2026, 2, 2)) == 37


@given(resident_ids())
def test_a_masked_number_hides_the_birth_date(number: str) -> None:
    masked = identity.masked_id(number)
    assert masked == f"{number[:6]}********{number[-4:]}"
    assert identity.masked_id(number[:-1]) == "*" * 17


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("13800138000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("１３８ ００１３ ８０００", "13800138000"),
        ("19912345678", "19912345678"),
        ("0913-8200000", "0913-8200000"),
        ("(0913) 8200000", "0913-8200000"),
        ("+86 913 8200000", "0913-8200000"),
        ("01082000000", "010-82000000"),
        ("02982000000", "029-82000000"),
    ],
)
def test_telephones_have_one_written_form(written: str, kept: str) -> None:
    assert identity.check_phone(written) == kept
    assert identity.check_phone(kept) == kept
    assert phonenumbers.is_possible_number(phonenumbers.parse(kept, "CN"))


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "missing"),
        ("8200000", "area code"),
        ("12800138000", "begins with 13 to 19"),
        ("1380013800", "has 10 digits"),
        ("138001380000", "has 12 digits"),
        ("妈妈13800138000", "digits only"),
        ("13800138000/13900139000", "digits only"),
        ("0913-0200000", "neither"),
        ("+85291234567", "digits only"),
    ],
)
def test_wrong_telephones_are_refused(written: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        identity.check_phone(written)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_every_mobile_of_the_shape_is_kept_and_masked(number: str) -> None:
    assert identity.check_phone(number) == number
    assert identity.masked_phone(number) == f"{number[:3]}****{number[7:]}"


def test_other_telephones_are_masked_too() -> None:
    assert identity.masked_phone("0913-8200000") == "0913-***0000"
    assert identity.masked_phone("010-82000000") == "010-****0000"
    assert identity.masked_phone("12345") == "*****"


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三丰", "张**"), ("张三", "张*"), ("欧阳小明", "欧阳**"), ("欧阳", "欧*"), ("张", "*"), ("", "")],
)
def test_masked_names(name: str, masked: str) -> None:
    assert identity.masked_name(name) == masked


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("张三丰", "zsf"),
        ("单小雄", "sxx"),
        ("曾国", "zg"),
        ("仇英英", "qyy"),
        ("解明", "xm"),
        ("欧阳小明", "oyxm"),
        ("尉迟明", "ycm"),
        ("查良", "zl"),
        ("区小明", "oxm"),
        ("阿依古丽·买买提", "aygl mmt".replace(" ", "")),
        ("Li Lei", "ll"),
        ("", ""),
    ],
)
def test_initials_are_what_one_would_type(name: str, letters: str) -> None:
    assert identity.initials(name) == letters


@given(st.text())
def test_initials_of_anything_are_lower_case_letters(name: str) -> None:
    letters = identity.initials(name)
    assert letters == letters.lower()
    assert all(letter.isalpha() for letter in letters)


_HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
_TOGETHER = st.sampled_from(sorted(one for one in PHRASES_DICT if len(one) in (2, 3)))


@given(st.lists(st.one_of(_HAN, _TOGETHER, st.sampled_from("长重乐行朝还曾单")), min_size=1, max_size=4).map("".join))
def test_a_name_read_by_its_characters_reads_as_when_read_whole(name: str) -> None:
    whole = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER, errors="ignore"))
    assert identity._first_letters(name) == whole


def test_last_four() -> None:
    assert identity.last_four("11010519491231002x") == "002X"
    assert identity.last_four("0913-8200000") == "0000"
    assert identity.last_four("12") == ""


def test_social_credit_code() -> None:
    assert identity.check_uscc("91350100M000100Y43") == "91350100M000100Y43"
    assert identity.check_uscc("９１350100m000100y43 ") == "91350100M000100Y43"
    with pytest.raises(Refused, match="check character"):
        identity.check_uscc("91350100M000100Y44")
    for text in ("", "91350100", "91350100I000100Y43"):
        with pytest.raises(Refused, match="18 digits and letters"):
            identity.check_uscc(text)
