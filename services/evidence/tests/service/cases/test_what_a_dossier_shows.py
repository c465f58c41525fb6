"""What the law asks a dossier to show: the table of `docs/dossier.md`, row by row, in a real one."""

import json
import re
from collections.abc import Callable
from fnmatch import fnmatch
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from evidence.adapters.dossiers import making

pytestmark = pytest.mark.postgres
PAGE = Path(__file__).parents[5] / "docs/dossier.md"
MUST: dict[str, tuple[str, ...]] = {
    "电子签名法 5, 8": ("exact bytes", "proofs", "readable form"),
    "电子签名法 6(三)": ("sender, receiver, times",),
    "电子签名法 13": ("signer's certificate or key, user verification, signature report",),
    "证据规定 93(一)–(三)": ("build hashes, health, clock and self-check records of the period",),
    "证据规定 93(四)–(六), 94": (
        "operator, custodian, ordinary course, retention class",
        "neutral parties (witness, TSA)",
    ),
    "在线诉讼规则 16–19": (
        "root, hash algorithm, how to recompute",
        "origin signatures *before* chaining",
        "format specification",
    ),
    "互联网法院规定 11": ("repeatable export", "completeness"),
    "调解仲裁法 6, 39": ("the employee can export their own story",),
}
"""LEDGER's "What it must show", item by item."""
PLACE = re.compile(
    r"`([^`]+)`(?: \(`([^`]+)`(?:, `([^`]+)`)?(?:, `([^`]+)`)?\))?(?: of `([^`]+)`)?(?: ([一二三四五六七八九十]+、[^|,]+))?"
)


def rows() -> list[tuple[str, str, str]]:
    table = PAGE.read_text().split("## Asked by")[1].split("\n\n")[1].splitlines()[2:]
    return [
        (asked, item, where)
        for asked, item, where in ([cell.strip() for cell in row.strip("|").split("|")] for row in table)
    ]


def test_every_item_that_must_be_shown_has_its_row():
    assert {(asked, item) for asked, item, _ in rows()} == {
        (asked, item) for asked, items in MUST.items() for item in items
    }


@pytest.fixture
def dossier(room: Any, stamped: str, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, bytes], dict[str, Any]]:
    """A dossier, and what its report was set from."""
    told: dict[str, Any] = {}
    set_in_type: Callable[..., bytes] = making.typeset

    def typeset(said: dict[str, Any], exhibits: bytes) -> bytes:
        told.update(said)
        return set_in_type(said, exhibits)

    monkeypatch.setattr(making, "typeset", typeset)
    with ZipFile(BytesIO(room.ask("GET", stamped).content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}, told


SECTIONS = {
    "二、经过": "story",
    "四、签名报告": "signatures",
    "五、系统运行记录": "operation",
    "六、完整性与证据清单": "completeness",
    "八、保管、期限与中立第三方": "keeping",
    "九、移交与提交记录": "custody",
}


def test_each_row_is_answered_where_it_says(room, dossier):
    files, told = dossier
    looked = 0
    for _, item, where in rows():
        for found in PLACE.finditer(where):
            name, *fields, kind, section = found.groups()
            looked += 1
            if name.startswith("GET "):
                assert name.removeprefix("GET ") in room.http.app.openapi()["paths"], name
                continue
            there = [data for path, data in files.items() if fnmatch(path, name)]
            assert there, f"{item}: {name}"
            if kind:
                there = [data for data in there if f'"type":"{kind}"'.encode() in data]
                assert there, f"{item}: {kind}"
            for field in (field for field in fields if field):
                assert all(f'"{field}":'.encode() in data for data in there), f"{item}: {field} in {name}"
            if section:
                assert told[SECTIONS[section.strip()]], f"{item}: {section}"
    assert looked >= 25


def test_the_report_has_every_section_in_its_outline(dossier):
    files, _ = dossier
    pdf = PdfFileReader(BytesIO(files["报告.pdf"]))
    entries = [pdf.root["/Outlines"]["/First"]]
    while "/Next" in entries[-1]:
        entries.append(entries[-1]["/Next"])
    titles = [str(entry["/Title"]) for entry in entries]
    assert [title.split(" ")[-1] for title in titles] == [
        "当事人与案件", "经过", "数额及其推算", "签名报告", "系统运行记录", "完整性与证据清单", "已开启的密封字段",
        "保管、期限与中立第三方", "移交与提交记录", "法律依据对照", "本报告不主张什么",
    ]  # fmt: skip


def test_the_report_says_who_signed_how_they_were_identified_and_what(dossier):
    _, told = dossier
    (signed,) = told["signatures"]
    said = dict(signed["rows"])
    assert (said["签署人"], said["身份核验方式"], said["意思表示原文"]) == (
        "E1001",
        "WebAuthn(用户验证)",
        "我已阅读并同意",
    )
    assert said["原始签名密钥"].startswith("agreements/")
    assert "同一文件哈希" in said["公司盖章"]


def test_each_figure_comes_with_its_rule_its_steps_and_its_facts(dossier):
    _, told = dossier
    damages = next(figure for figure in told["figures"] if figure["kind"] == "违约金")
    assert damages["steps"][-1] == "100000.00×12÷24=50000.00元"
    assert "适用条文:劳动合同法第22条第2款" in damages["basis"]
    points = next(figure for figure in told["figures"] if figure["kind"] == "积分")
    assert points["from"] == next(line["seq"] for line in told["story"] if line["says"].startswith("完成培训"))


def test_the_report_says_how_the_system_ran_and_that_nothing_is_claimed_beyond_that(dossier):
    files, told = dossier
    said = dict(told["operation"])
    assert said["账本自检"] == "期间内1次"
    assert any("时钟对照 time.example 偏差 3 毫秒" in text for text in said.values())
    assert "不主张法律仅赋予他人的推定" in "".join(told["limits"])
    assert "不主张法律仅赋予他人的推定" in files["说明.txt"].decode()
    assert "not evidential" in told["warning"]
    assert dict(told["keeping"])["公证"] == "无"


def test_the_texts_name_every_file_that_is_there(dossier):
    files, _ = dossier
    readme = files["说明.txt"].decode()
    for name in files.keys() - {"说明.txt"}:
        assert name.split("/")[0] in readme, name
    listed = {file["name"] for file in json.loads(files["manifest.json"])["files"]}
    assert listed == files.keys() - {"manifest.json"}
