"""工号, names, identity numbers, departments, ranks and places: what is kept, what is tidied, what is refused."""

from decimal import Decimal

import pytest

from people.domain.cells import Unreadable
from people.domain.particulars import (
    department,
    identity_number,
    level,
    person_name,
    phone,
    rank,
    region,
    staff_number,
)

ALIASES = {"销管": "销售管理部", "总部人事": "集团/总部/人力资源部"}


def test_a_staff_number_keeps_its_leading_zeros():
    assert staff_number("001024").value == "001024"
    assert staff_number("001024").why == ""


@pytest.mark.parametrize("written", ["００１０２４", " 001024 ", '="001024"', "'001024"])
def test_a_staff_number_in_wide_digits_or_quotes_is_tidied(written: str):
    assert staff_number(written).value == "001024"
    assert staff_number(written).why


def test_a_staff_number_kept_as_a_number_is_taken_with_a_warning():
    assert staff_number(Decimal(1024)).value == "1024"
    assert "前导零" in staff_number(Decimal(1024)).why


@pytest.mark.parametrize("written", ["", None, True, "工号", "1 024", Decimal("1024.5"), Decimal("1E+25"), "0" * 21])
def test_what_is_no_staff_number_is_refused(written: str | Decimal | bool | None):
    with pytest.raises(Unreadable):
        staff_number(written)


@pytest.mark.parametrize(
    "name",
    [
        "王伟",
        "欧阳文轩",
        "阿依古丽·买买提",
        "王𬭎",
        "李㛃",
        "陈䶮",
        "张〇",
        "金\U00031350",
        "Anna-Maria O'Neil",
        "J. Smith",
    ],
)
def test_a_name_is_kept_as_its_bearer_writes_it(name: str):
    assert person_name(name).value == name
    assert person_name(name).why == ""


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("王　伟", "王伟"),
        (" 王伟", "王伟"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
    ],
)
def test_spaces_and_look_alike_dots_in_a_name_are_tidied(written: str, name: str):
    assert person_name(written).value == name
    assert person_name(written).why


@pytest.mark.parametrize(
    "written", ["", "　", None, "王", "王?", "王3", "王\ufffd", "王\ue000", "·买买提", Decimal(3), "王\0伟"]
)
def test_what_is_no_whole_name_is_refused(written: str | Decimal | None):
    with pytest.raises(Unreadable):
        person_name(written)


def test_an_identity_number_with_the_right_last_place_is_taken():
    assert identity_number("990000198611210003").why == ""
    assert identity_number("９９００００１９８６１１２１０００３").value == "990000198611210003"
    assert identity_number("99000019491231000x").value == "99000019491231000X"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("990000198611210004", "校验位"),
        ("990000198602300003", "出生日期"),
        ("99000019861121000", "18位"),
        (Decimal("990000198611210000"), "末几位已丢失"),
        (None, "不能为空"),
        (True, "18位"),
    ],
)
def test_a_wrong_identity_number_is_refused(written: str | Decimal | bool | None, why: str):
    with pytest.raises(Unreadable) as refusal:
        identity_number(written)
    assert why in refusal.value.why


def test_a_telephone_number_is_taken_from_text_or_number():
    assert phone("10012340001").why == ""
    assert phone(Decimal(10012340001)).value == "10012340001"
    assert phone("+86 100-1234-0001").value == "10012340001"
    for written in ("12345", "", None, "0755-1234567"):
        with pytest.raises(Unreadable):
            phone(written)


def test_a_path_of_three_levels_is_taken_in_silence():
    assert department("集团/制造中心/一车间", ALIASES).why == ""


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("集团／制造中心／一车间", "集团/制造中心/一车间"),
        ("集团 > 制造中心 > 一车间", "集团/制造中心/一车间"),
        ("集团/营销中心/销管", "集团/营销中心/销售管理部"),
        ("总部人事", "集团/总部/人力资源部"),
    ],
)
def test_an_approved_alias_or_another_stroke_is_followed_and_told(written: str, path: str):
    assert department(written, ALIASES).value == path
    assert department(written, ALIASES).why


@pytest.mark.parametrize("written", ["市管", "集团/制造中心", "集团//一车间", "集团/制造中心/一车间/甲班"])
def test_an_unknown_department_is_quarantined_and_never_guessed(written: str):
    with pytest.raises(Unreadable) as refusal:
        department(written, ALIASES)
    assert refusal.value.quarantined


def test_where_the_departments_are_known_another_path_is_quarantined():
    known = {"集团/制造中心/一车间"}
    assert department("集团/制造中心/一车间", ALIASES, known).value == "集团/制造中心/一车间"
    with pytest.raises(Unreadable) as refusal:
        department("集团/制造中心/九车间", ALIASES, known)
    assert refusal.value.quarantined


def test_ranks_run_from_p1_to_p10_and_from_m1_to_m6():
    assert [rank(f"P{n}").value for n in range(1, 11)] == [f"P{n}" for n in range(1, 11)]
    assert rank("ｍ６").value == "M6"
    for written in ("P0", "P11", "M7", "经理", None):
        with pytest.raises(Unreadable):
            rank(written)


def test_there_are_three_levels():
    assert level("中层").why == ""
    assert level(" 中层").why
    for written in ("中级", "", None):
        with pytest.raises(Unreadable):
            level(written)


def test_a_place_of_work_is_a_code_or_the_name_of_a_province():
    assert region("SHENZHEN").why == ""
    assert region("深圳市").value == "SHENZHEN"
    assert region("广东省").value == "GUANGDONG"
    for written in ("火星", "", None, "GUANG DONG"):
        with pytest.raises(Unreadable):
            region(written)
