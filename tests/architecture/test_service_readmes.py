"""A service's front page: the same six headings everywhere, none of them empty."""

import re

HEADINGS = ["Purpose", "Owns", "Publishes", "Consumes", "Offers", "When it breaks"]


def breaches(house):
    for package, folder in house.services.items():
        readme = folder.parents[1] / "README.md"
        if not readme.exists():
            yield f"{package} has no README.md"
            continue
        _, *parts = re.split(r"^## +", readme.read_text(encoding="utf-8"), flags=re.MULTILINE)
        said = {part.partition("\n")[0].strip(): part.partition("\n")[2].strip() for part in parts}
        if list(said) != HEADINGS:
            yield f"{package} has the headings {', '.join(said) or 'none'}"
        yield from (f"{package} says nothing under {heading}" for heading, text in said.items() if not text)


def test_every_service_has_the_six_headings(house):
    assert list(breaches(house)) == []


def test_a_missing_a_renamed_and_an_empty_heading_are_caught(planted):
    six = "# points\n" + "".join(f"\n## {heading}\n\nnothing\n" for heading in HEADINGS)
    house = planted(
        {
            "services/evidence/src/evidence/__init__.py": "",
            "services/learning/src/learning/__init__.py": "",
            "services/learning/README.md": six.replace("## Owns", "## Tables"),
            "services/people/src/people/__init__.py": "",
            "services/people/README.md": six.replace("## Offers\n\nnothing", "## Offers\n"),
            "services/points/src/points/__init__.py": "",
            "services/points/README.md": six,
        }
    )
    assert list(breaches(house)) == [
        "evidence has no README.md",
        "learning has the headings Purpose, Tables, Publishes, Consumes, Offers, When it breaks",
        "people says nothing under Offers",
    ]
