"""One meaning per word: the glossary lists each word once, and the chassis speaks none of the business's words."""

import ast
import re

# Words of the business that are plain English too: alone they prove nothing.
PLAIN = {
    "assignment", "award", "closing", "consent", "cost", "demand", "leaving", "level", "offer", "period", "policy", "post", "rank",
    "ranking", "reversal", "scheme", "sharing", "signing", "target", "template",
}  # fmt: skip
# Who may do what depends on the relation to an employee (decision 0009), so the face of a service must say it.
KNOWN = {"facing": {"employee", "department", "departments"}}


def rows(house):
    """(中文, English, meaning, part) of each row."""
    part = ""
    for line in (house.root / "docs/glossary.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            part = line.removeprefix("## ")
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and cells[0] != "中文" and not cells[0].startswith("-"):
            yield (*cells, part)


def ambiguous(house):
    seen = set()
    for chinese, english, meaning, _ in rows(house):
        yield from (f"{word} is said twice" for word in (chinese, english) if word in seen)
        yield from (f"{english} has no meaning" for _ in range(not meaning))
        seen |= {chinese, english}


def business_words(house):
    words = {english.lower() for _, english, _, part in rows(house) if part == "Words of the business"}
    return {word for word in words if re.fullmatch(r"[a-z]+", word)} - PLAIN


def spoken(house):
    """Each name in the chassis that holds a word of the business."""
    business = business_words(house)
    for source in house.sources:
        if source.package != "chassis" or source.room == "testing":
            continue
        names = {source.path.stem}
        for node in ast.walk(source.tree):
            match node:
                case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                    names.add(name)
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    names.add(name)
        for name in sorted(names):
            words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+", name)}
            if said := (words & (business | {word + "s" for word in business})) - KNOWN.get(source.room, set()):
                yield f"{source.where} says {name} ({', '.join(sorted(said))})"


def test_every_word_has_one_meaning(house):
    assert len(list(rows(house))) >= 60
    assert list(ambiguous(house)) == []


def test_the_chassis_says_no_word_of_the_business(house):
    assert list(spoken(house)) == []


def test_a_word_with_two_meanings_and_a_word_of_the_business_in_the_chassis_are_caught(planted):
    house = planted(
        {
            "docs/glossary.md": (
                "## Words of the business\n\n| 中文 | English | meaning |\n|---|---|---|\n"
                "| 违约金 | damages | what is owed |\n| 赔偿 | damages | something else |\n| 员工 | employee |  |\n"
            ),
            "services/chassis/src/chassis/facing/policy.py": "def allowed(employee, damages): ...\n",
            "services/chassis/src/chassis/keeping/keys.py": "def key_of_employee(subject): ...\n",
            "services/points/src/points/handlers.py": "def key_of_employee(subject): ...\n",
        }
    )
    assert list(ambiguous(house)) == ["damages is said twice", "employee has no meaning"]
    assert list(spoken(house)) == [
        "services/chassis/src/chassis/facing/policy.py says damages (damages)",
        "services/chassis/src/chassis/keeping/keys.py says key_of_employee (employee)",
    ]
