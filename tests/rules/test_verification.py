"""Check codes notice what fingers and ears get wrong."""

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import verification
from models.rules.refusals import Refused
from models.rules.verification import ALPHABET

randoms = st.binary(min_size=verification.RANDOM_BYTES, max_size=32)


def bare(code: str) -> str:
    return code.replace("-", "")


def test_the_alphabet_has_a_prime_size_and_no_look_alikes() -> None:
    size = len(ALPHABET)
    assert size == len(set(ALPHABET)) == 23
    assert all(size % divisor for divisor in range(2, size))
    for pair in ("0O", "1I", "1L", "2Z", "5S", "8B", "UV"):
        assert sum(letter in ALPHABET for letter in pair) == 0


@given(randoms)
def test_codes_are_well_formed_however_typed(random_bytes: bytes) -> None:
    code = verification.make_code(random_bytes)
    assert [len(group) for group in code.split("-")] == [4, 4, 4]
    assert verification.is_well_formed(code)
    for typed in (code.lower(), bare(code), code.replace("-", " "), f"  {code.replace('-', '—')} "):
        assert verification.normalise(typed) == code
        assert verification.is_well_formed(typed)
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    assert verification.normalise(wide) == code


@given(randoms)
def test_every_wrong_character_and_every_exchange_is_noticed(random_bytes: bytes) -> None:
    code = bare(verification.make_code(random_bytes))
    for place, letter in itertools.product(range(12), ALPHABET):
        wrong = code[:place] + letter + code[place + 1 :]
        assert verification.is_well_formed(wrong) == (wrong == code)
    for one, two in itertools.combinations(range(12), 2):
        letters = list(code)
        letters[one], letters[two] = letters[two], letters[one]
        wrong = "".join(letters)
        assert verification.is_well_formed(wrong) == (wrong == code)


@given(randoms, st.permutations(range(12)), st.sampled_from(ALPHABET), st.sampled_from(ALPHABET))
def test_two_wrong_characters_are_noticed(random_bytes: bytes, places: list[int], first: str, second: str) -> None:
    code = bare(verification.make_code(random_bytes))
    letters = list(code)
    letters[places[0]], letters[places[1]] = first, second
    wrong = "".join(letters)
    assert verification.is_well_formed(wrong) == (wrong == code)


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    if verification.is_well_formed(text):
        assert set(bare(verification.normalise(text))) <= set(ALPHABET)


def test_lengths_and_foreign_letters_are_refused() -> None:
    code = verification.make_code(bytes(16))
    assert not verification.is_well_formed("")
    assert not verification.is_well_formed(bare(code)[:-1])
    assert not verification.is_well_formed(bare(code) + "3")
    assert not verification.is_well_formed("O" * 12)


def test_codes_differ_and_use_the_whole_alphabet() -> None:
    codes = [verification.make_code(number.to_bytes(16)) for number in range(5000)]
    assert len(set(codes)) == 5000
    assert set(Counter("".join(codes))) == {*ALPHABET, "-"}


def test_too_little_randomness_is_a_fault() -> None:
    with pytest.raises(ValueError, match="16 random bytes"):
        verification.make_code(bytes(15))


def test_serials() -> None:
    assert verification.serial("X助催", 2026, 123) == "X助催〔2026〕000123号"
    assert verification.serial("X助催", 2026, 9_123_456) == "X助催〔2026〕9123456号"
    with pytest.raises(Refused, match="mark"):
        verification.serial(" ", 2026, 1)
    with pytest.raises(Refused, match="used up"):
        verification.serial("X助催", 2026, 10_000_000)
    for year, number in ((1999, 1), (2026, 0)):
        with pytest.raises(ValueError, match="no document number"):
            verification.serial("X助催", year, number)
