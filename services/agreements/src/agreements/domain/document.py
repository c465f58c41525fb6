"""The text of an agreement, the same bytes whenever it is written: its SHA-256 is what is signed and sealed.

A form that was once used is never changed, or signed hashes would no longer be met: a new form stands beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

ARTICLE_22 = (
    "用人单位为劳动者提供专项培训费用,对其进行专业技术培训的,可以与该劳动者订立协议,约定服务期。",
    "劳动者违反服务期约定的,应当按照约定向用人单位支付违约金。违约金的数额不得超过用人单位提供的培训费用。"
    "用人单位要求劳动者支付的违约金不得超过服务期尚未履行部分所应分摊的培训费用。",
    "用人单位与劳动者约定服务期的,不影响按照正常的工资调整机制提高劳动者在服务期期间的劳动报酬。",
)
HEADINGS = {
    "cost": "培训费用",
    "service_period": "服务期",
    "liability": "违约责任",
    "records": "记录的保存方式",
    "address": "送达地址确认",
}


@dataclass(frozen=True)
class Wording:
    """Everything that the text says."""

    agreement: str
    employee: str
    course: str
    template: str
    template_version: int
    policy: int
    agreed_cost: Decimal
    service_months: int
    flat_penalty: Decimal | None
    ends_with_contract: bool
    personal_terms: str
    clauses: Mapping[str, str]


def text_of(wording: Wording) -> bytes:
    """The agreement in form 1, as UTF-8 with a line feed after each line."""
    if wording.flat_penalty is None:
        penalty = "以服务期尚未履行部分所应分摊的培训费用为限"
    else:
        penalty = f"{wording.flat_penalty:.2f}元,且不超过服务期尚未履行部分所应分摊的培训费用"
    contract = "服务期随劳动合同终止" if wording.ends_with_contract else "服务期长于劳动合同的,劳动合同续延至服务期满"
    extra = sorted(name for name in wording.clauses if name not in HEADINGS)
    lines = [
        "专项培训协议(格式1)",
        f"协议编号:{wording.agreement}",
        f"员工:{wording.employee}",
        f"课程:{wording.course}",
        f"模板:{wording.template}第{wording.template_version}版;公司制度:第{wording.policy}版",
        f"约定培训费用:人民币{wording.agreed_cost:.2f}元",
        f"服务期:{wording.service_months}个月,自培训结束次日起算",
        f"违约金:{penalty}",
        f"劳动合同:{contract}",
        *(
            f"第{number}条 {HEADINGS.get(name, name)}:{wording.clauses[name]}"
            for number, name in enumerate((*HEADINGS, *extra), start=1)
        ),
    ]
    if wording.personal_terms:
        lines.append(f"特别约定:{wording.personal_terms}")
    lines += ["附:《中华人民共和国劳动合同法》第二十二条", *ARTICLE_22]
    return "".join(f"{line}\n" for line in lines).encode()


def hash_of(text: bytes) -> str:
    return sha256(text).hexdigest()
