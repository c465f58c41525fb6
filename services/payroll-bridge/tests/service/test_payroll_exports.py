"""The files of a closed month: what was closed and no more, and the same however often they are begun."""

import csv
import hashlib
import json
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from chassis.keeping.work import Cause

pytestmark = pytest.mark.postgres
june_5 = date(2031, 6, 5)


def test_the_files_are_what_was_exported(desk: Any, passed: Any):
    desk.pay("E1")
    desk.hear(*passed("E1", june_5, "95", course="=1+1"))
    desk.close()
    assert desk.ask("GET", "/periods/2031-06").json()["state"] == "CLOSED"
    desk.errands()
    desk.errands()

    sheet = (desk.folder / "2031-06.csv").read_bytes()
    shown = desk.ask("GET", "/periods/2031-06").json()
    assert (shown["state"], shown["file"]) == ("EXPORTED", hashlib.sha256(sheet).hexdigest())
    rows = list(csv.DictReader(sheet.decode("utf-8-sig").splitlines()))
    assert sheet.startswith(b"\xef\xbb\xbf")
    assert [(row["项目"], row["金额"], row["课程或债权"]) for row in rows] == [
        ("优秀奖励", "240.00", "'=1+1"),
        ("培训补贴", "400.00", "'=1+1"),
    ]
    told = json.loads((desk.folder / "2031-06.json").read_bytes())
    assert (told["sheet"], told["paid"], len(told["lines"])) == (shown["file"], "640.00", 2)
    assert b"8000" not in sheet
    assert len(desk.said("PayrollExported")) == 1


def test_an_export_that_was_interrupted_gives_the_same_file(desk: Any, passed: Any):
    desk.pay("E1")
    desk.hear(*passed("E1", june_5))
    desk.close()
    desk.folder.mkdir(parents=True)
    (desk.folder / ".2031-06.csv.part").write_bytes(b"half a")
    (desk.folder / "2031-06.json").mkdir()  # in the way: the first try fails
    desk.errands()
    assert desk.said("PayrollExported") == []
    assert not (desk.folder / "2031-06.csv").exists()
    (desk.folder / "2031-06.json").rmdir()
    desk.committer.commit(Cause("user:test", uuid4()), lambda work: work.write("update errands set next_try = now()"))
    desk.errands()
    assert (desk.folder / "2031-06.csv").read_bytes().count(b"\n") == 2
    assert len(desk.said("PayrollExported")) == 1
