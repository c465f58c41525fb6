"""What the report says, with what stands outside of the records: the files, the stamps, who keeps all this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidence.adapters.dossiers.signing import CompanySeal
from evidence.domain import report
from evidence.domain.excerpt import Excerpt, Json, streams_in
from evidence.domain.notes import Checkpoint, parse_note
from evidence.domain.report import About
from evidence.domain.wording import CUSTODY_WORDS, LIMITS

NOT_SAID = "未填写"
NOT_EVIDENTIAL = "不具证据效力 / not evidential"


@dataclass(frozen=True)
class Keeping:
    """Who operates the system and who keeps the record, and for how long (证据规定93 I(4)-(6), 94)."""

    employer: str = ""
    custodian: str = ""
    retention: str = ""


@dataclass(frozen=True)
class Stamp:
    """A time stamp of a dossier. `token` is the DER of a TimeStampResp over the SHA-256 of `note`."""

    authority: str
    policy: str
    evidential: bool
    stamped: str
    note: str
    size: int
    token: bytes

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Stamp":
        return cls(
            authority=row["authority"],
            policy=row["policy"],
            evidential=row["evidential"],
            stamped=f"{row['stamped']:%Y-%m-%dT%H:%M:%SZ}",
            note=row["note"],
            size=row["size"],
            token=bytes(row["token"]),
        )


def told_of(
    about: About,
    excerpt: Excerpt,
    stated: Checkpoint,
    note: str,
    stamped: Sequence[Stamp],
    files: Sequence[Json],
    opened: Sequence[Json],
    names: Mapping[str, str],
    custody: Mapping[str, Sequence[Json]],
    keeping: Keeping,
    seal: CompanySeal,
) -> dict[str, Any]:
    """Everything that the report says, ready to be set in type."""
    by_name = {str(file["name"]): file for file in files}
    in_doubt = [] if seal.evidential else [f"报告签名证书:{seal.name}"]
    in_doubt += [f"时间戳:{each.authority}" for each in stamped if not each.evidential]
    return {
        "title": "证据报告" if about.case else "本人记录报告",
        "subtitle": f"{keeping.employer or '用人单位' + NOT_SAID} · 契证账本 {stated.origin}",
        "house": keeping.employer or NOT_SAID,
        "warning": f"{NOT_EVIDENTIAL} — {';'.join(in_doubt)}" if in_doubt else "",
        "checkpoint": {"size": stated.size, "root": stated.root.hex()},
        "parties": report.parties(about, names),
        "story": report.story(excerpt, about.subjects),
        "figures": report.figures(excerpt, about.subjects),
        "signatures": report.signatures(excerpt, about.subjects),
        "operation": report.operation(excerpt),
        "completeness": _completeness(excerpt, stated),
        "files": [file for file in files if not str(file["name"]).startswith("records/")],
        "records": [
            {"seq": it.seq, "type": it.type or "不是事件", **_hashes(by_name[f"{it.name}.leaf"])}
            for it in excerpt.records
        ],
        "openings": [{**it, "value": it["value"] or it.get("why")} for it in opened],
        "keeping": _keeping(keeping, stamped, stated, note),
        "custody": _custody(custody),
        "laws": report.laws(),
        "limits": LIMITS,
    }


def _hashes(file: Json) -> Json:
    return {"sha256": file["sha256"], "sm3": file["sm3"]}


def _completeness(excerpt: Excerpt, stated: Checkpoint) -> list[list[str]]:
    streams = streams_in(excerpt).values()
    whole = sum(bool(each["whole"]) for each in streams)
    return [
        ["账本", stated.origin],
        ["检查点", f"共{stated.size}条记录,根 {stated.root.hex()}"],
        ["哈希算法", "SHA-256(叶 0x00、节点 0x01,RFC 6962);另列 SM3(GB/T 32905)"],
        ["完整的事件流", f"{whole}条,每条自首个事件起逐条相连(prev_stream),中间无遗漏"],
        ["仅示部分的事件流", f"{len(streams) - whole}条,不主张完整"],
        ["所含记录", f"{len(excerpt.records)}条,各附至检查点的证明"],
        ["可重复", "同一出证申请再次导出,除报告签名与 manifest.json 外逐字节相同"],
    ]


def _keeping(keeping: Keeping, stamped: Sequence[Stamp], stated: Checkpoint, note: str) -> list[list[str]]:
    witnesses = [each.name for each in parse_note(note.encode()).signatures if each.name != stated.origin]
    doubt = {True: "", False: f"({NOT_EVIDENTIAL})"}
    stamps = [
        f"{each.authority},策略 {each.policy},{each.stamped},覆盖{each.size}条{doubt[each.evidential]}"
        for each in stamped
    ]
    return [
        ["运营主体", keeping.employer or NOT_SAID],
        ["保管人", keeping.custodian or NOT_SAID],
        ["形成与保存", "正常业务活动中自动形成,追加写入,永久保存;个人数据以本人密钥密封"],
        ["保存期限", keeping.retention or NOT_SAID],
        ["法律保留", "立案期间不得删除当事人个人数据(个人信息保护法第47条第2款)"],
        ["见证人", "、".join(witnesses) or "无"],
        ["时间戳机构", "\n".join(stamps) or "无"],
        ["公证", "无"],
    ]


def _custody(custody: Mapping[str, Sequence[Json]]) -> list[Json]:
    rows = [(name, entry) for name, entries in custody.items() for entry in entries]
    return [
        {
            "seq": entry["seq"],
            "what": CUSTODY_WORDS[name],
            "time": entry["time"],
            "says": ";".join(
                f"{title}{entry[field]}"
                for field, title in (
                    ("by", "经办 "),
                    ("handed_in_by", "提交人 "),
                    ("recipient", "对象 "),
                    ("purpose", "目的 "),
                    ("field", "字段 "),
                    ("sha256", "SHA-256 "),
                    ("sm3", "SM3 "),
                    ("named_by", "哈希见于记录 "),
                )
                if entry.get(field)
            ),
        }
        for name, entry in sorted(rows, key=lambda row: str(row[1]["seq"]).zfill(20))
    ]
