"""What the report of a dossier says, section by section, before it is set in type: out of the records alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from evidence.domain.canonical import own_day
from evidence.domain.excerpt import Excerpt, Json, Shown
from evidence.domain.story import SEALED, line, word
from evidence.domain.wording import DISPUTES, FIGURES, LAWS, OPERATION

SIGNED, SEALED_BY_COMPANY = "agreements.AgreementSigned.v1", "agreements.AgreementSealed.v1"
CHECKED = "evidence.SelfChecked.v1"
KEYS = "evidence.ServiceKeyRegistered.v1"


@dataclass(frozen=True)
class About:
    """Whom and what a dossier is about. `case` and what follows are None where somebody exports their own story."""

    subjects: tuple[str, ...]
    since: date
    until: date
    case: str | None = None
    request: str | None = None
    number: str = ""
    dispute: str = ""
    claim: str = ""
    amount: str | None = None
    recipient: str = ""
    purpose: str = ""


def parties(about: About, names: Mapping[str, str]) -> list[list[str]]:
    """The head of the report: what, who, when; a name stands there only where it was opened for this case."""
    who = "、".join(f"{subject}({names.get(subject, '姓名' + SEALED)})" for subject in about.subjects)
    rows = [["劳动者", who]]
    if about.case is None:
        return [*rows, ["事由", "劳动者自行导出本人全部记录(劳动争议调解仲裁法第6条、第39条)"]]
    return [
        ["案件编号", about.number],
        ["争议类型", DISPUTES.get(about.dispute, about.dispute)],
        *rows,
        ["仲裁(诉讼)请求", about.claim],
        ["请求金额", f"{about.amount}元" if about.amount else "未列"],
        ["涉及期间", f"{about.since} 至 {about.until}"],
        ["出证对象", about.recipient],
        ["出证目的", about.purpose],
        ["案件标识", about.case],
        ["出证申请标识", str(about.request)],
    ]


def story(excerpt: Excerpt, subjects: Iterable[str]) -> list[Json]:
    """What happened to whom, in the order of the ledger; a fact without a day of its own has that of its recording."""
    those = set(subjects)
    return [
        {
            "seq": record.seq,
            "day": str(own_day(record.data) or str(record.event["time"])[:10]),
            "who": str(record.event["actor"]),
            "about": str(record.event["subject"]),
            "says": line(record.type, record.data),
        }
        for record in excerpt.records
        if record.is_first and record.event.get("subject") in those
    ]


def figures(excerpt: Excerpt, subjects: Iterable[str]) -> list[Json]:
    """Each figure with the rule that it rests on, the steps that led to it, and the records behind it."""
    those, places = set(subjects), excerpt.by_event()
    found: list[Json] = []
    for record in excerpt.of(*FIGURES):
        if record.event.get("subject") not in those:
            continue
        kind, basis = FIGURES[record.type]
        named = places.get(str(record.data.get("fact")))
        found.append(
            {
                "seq": record.seq,
                "kind": kind,
                "says": line(record.type, record.data),
                "basis": "、".join(
                    f"{title}:{word(record.data[name])}" for name, title in basis if record.data.get(name)
                ),
                "steps": [str(step) for step in cast(list[object], record.data.get("steps") or [])],
                "from": named.seq if named else None,
            }
        )
    return found


def signatures(excerpt: Excerpt, subjects: Iterable[str]) -> list[Json]:
    """A report on each signed agreement: who, how identified, when, which document, with which intent (电子签名法13)."""
    those = set(subjects)
    sealed = {record.stream: record for record in excerpt.of(SEALED_BY_COMPANY)}
    found: list[Json] = []
    for record in excerpt.of(SIGNED):
        if record.event.get("subject") not in those:
            continue
        company = sealed.get(record.stream)
        same = company is not None and company.data.get("document") == record.data.get("document")
        found.append(
            {
                "seq": record.seq,
                "rows": [
                    ["协议标识", record.stream],
                    ["签署人", str(record.data.get("employee"))],
                    ["身份核验方式", str(record.data.get("identified_by"))],
                    ["签署日", str(record.data.get("on"))],
                    ["记录时间(UTC)", str(record.event["time"])],
                    ["文件哈希(SHA-256)", str(record.data.get("document"))],
                    ["意思表示原文", str(record.data.get("intent"))],
                    ["操作主体", str(record.event["actor"])],
                    ["原始签名密钥", signed_with(record)],
                    ["公司盖章", _sealing(company, same=same)],
                ],
            }
        )
    return found


def _sealing(company: Shown | None, *, same: bool) -> str:
    if company is None:
        return "无盖章记录"
    said = "同一文件哈希" if same else f"另一文件哈希 {company.data.get('document')}"
    return f"{company.data.get('on')},{said}(记录 {company.seq})"


def signed_with(record: Shown) -> str:
    """The key under which the service signed what it said, before the ledger chained it."""
    headers = cast(list[list[object]], record.envelope.get("headers") or [])
    value = next((said for name, said in headers if name == "signature"), None)
    flags = cast(list[object], record.envelope.get("flags") or [])
    return f"{str(value).split(' ')[0]}{'(' + '、'.join(map(str, flags)) + ')' if flags else ''}" if value else "无签名"


def operation(excerpt: Excerpt) -> list[list[str]]:
    """How the system ran: its own checks in the period, the keys, and what the ledger flagged (证据规定93 I(1)-(3))."""
    checks = excerpt.of(CHECKED)
    flagged = [record for record in excerpt.records if record.envelope.get("flags")]
    rows = [[title, text] for title, text in OPERATION]
    rows.append(["账本自检", f"期间内{len(checks)}次" if checks else "期间内无自检记录"])
    rows += [[f"自检(记录 {record.seq})", _check(record)] for record in checks[-20:]]
    rows += [[f"密钥登记(记录 {record.seq})", str(record.data.get("key_id"))] for record in excerpt.of(KEYS)]
    rows.append(
        [
            "异常标记",
            "、".join(f"记录 {record.seq}" for record in flagged) if flagged else "本证据包所含记录均无异常标记",
        ]
    )
    return rows


def _check(record: Shown) -> str:
    data = record.data
    builds = cast(Mapping[str, object], data.get("builds") or {})
    health = cast(Mapping[str, object], data.get("health") or {})
    services = ";".join(
        f"{name} {health.get(name, '')} 构建 {str(build)[:16]}" for name, build in sorted(builds.items())
    )
    clock = f"时钟对照 {data['clock']} 偏差 {data.get('clock_offset')} 毫秒" if data.get("clock") else "未对照时钟"
    looked_at = f"校验记录 {data.get('since')} 至 {data.get('size')},异常 {data.get('findings')} 项"
    return f"{record.event['time']} {looked_at};{clock};{services}"


def laws() -> list[list[str]]:
    """Each article that the dossier answers, and where in it."""
    return [list(row) for row in LAWS]
