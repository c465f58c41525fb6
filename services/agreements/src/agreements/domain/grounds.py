"""What a ground of leaving, and the kind of what was given, mean for damages; each with the article it rests on."""

from dataclasses import dataclass
from typing import Literal

from agreements.domain.policy import ProbationRule
from contracts.agreements import TrainingClass
from contracts.people import Ground

Effect = Literal["DUE", "NOTHING", "ONLY_IF_SETTLED"]


@dataclass(frozen=True)
class Consequence:
    """What follows, on which article, why in one sentence; `contested` where tribunals are divided."""

    effect: Effect
    article: str
    why: str
    contested: bool = False


def consequence_of(ground: Ground, probation_rule: ProbationRule) -> Consequence:
    match ground:
        case "ART36_MUTUAL_EMPLOYER_INITIATED" | "ART36_MUTUAL_EMPLOYEE_INITIATED":
            return by_mutual_agreement(ground)
        case "ART37_RESIGN_WITH_NOTICE" | "ART37_RESIGN_WITHOUT_NOTICE" | "ART37_RESIGN_IN_PROBATION":
            return by_resignation(ground, probation_rule)
        case "ART38_EMPLOYER_FAULT":
            return Consequence("NOTHING", "劳动合同法38; 实施条例26(1)", "因用人单位过错解除,不属于违反服务期约定。")
        case "ART39_1" | "ART39_2" | "ART39_3" | "ART39_4" | "ART39_5" | "ART39_6":
            return by_dismissal(ground)
        case "ART40_1" | "ART40_2" | "ART40_3":
            article = f"劳动合同法40({ground[-1]}); 实施条例26"
            return Consequence("NOTHING", article, "用人单位无过失性辞退,员工未违约。")
        case "ART41":
            return Consequence("NOTHING", "劳动合同法41; 实施条例26", "经济性裁员由用人单位解除,员工未违约。")
        case "ART44_EMPLOYER_ENDS":
            return Consequence("NOTHING", "劳动合同法44", "劳动合同非因员工违约而终止。")
        case "ART48_UNLAWFUL_TERMINATION":
            why = "解除被认定违法,不产生违约金,已提出的主张应予撤销;恢复劳动关系的,服务期继续计算。"
            return Consequence("NOTHING", "劳动合同法48", why)
        case "EXPIRY_EMPLOYEE_REFUSES_EXTENSION":
            return Consequence(
                "DUE", "实施条例17; 劳动合同法22", "劳动合同续延至服务期满,员工拒绝续延即违反服务期约定。"
            )
        case "EXPIRY_EMPLOYER_ENDS":
            return Consequence("NOTHING", "劳动合同法44(1); 实施条例17", "用人单位在合同期满时不再续延,员工未违约。")
        case "EMPLOYER_ARRANGED_TRANSFER":
            return Consequence("NOTHING", "实施条例10", "用人单位安排的调动,培训协议由新用人单位承继。")


def by_mutual_agreement(
    ground: Literal["ART36_MUTUAL_EMPLOYER_INITIATED", "ART36_MUTUAL_EMPLOYEE_INITIATED"],
) -> Consequence:
    if ground == "ART36_MUTUAL_EMPLOYER_INITIATED":
        why = "用人单位提出协商解除,视为放弃剩余服务期;另有签署的和解协议的从其约定。"
        return Consequence("ONLY_IF_SETTLED", "劳动合同法36; 解释(一)35", why)
    why = "员工提出协商解除,以双方约定的金额为准;未约定即不主张。"
    return Consequence("ONLY_IF_SETTLED", "劳动合同法36; 劳动合同法22", why)


def by_resignation(
    ground: Literal["ART37_RESIGN_WITH_NOTICE", "ART37_RESIGN_WITHOUT_NOTICE", "ART37_RESIGN_IN_PROBATION"],
    probation_rule: ProbationRule,
) -> Consequence:
    match ground:
        case "ART37_RESIGN_WITH_NOTICE":
            return Consequence("DUE", "劳动合同法22; 劳动合同法37", "员工辞职,服务期未满的部分应付违约金。")
        case "ART37_RESIGN_WITHOUT_NOTICE":
            why = "员工未提前通知即离职,服务期未满的部分应付违约金;其他损失依劳动合同法90另行主张,不并入违约金。"
            return Consequence("DUE", "劳动合同法22; 劳动合同法37", why)
        case "ART37_RESIGN_IN_PROBATION" if probation_rule == "EXEMPT_264":
            return Consequence("NOTHING", "劳办发[1995]264号三", "试用期内辞职,不得要求支付培训费用。", contested=True)
        case "ART37_RESIGN_IN_PROBATION":
            why = "公司政策认为服务期约定在试用期内同样有约束力。"
            return Consequence("DUE", "劳动合同法22; 劳动合同法37", why, contested=True)


def by_dismissal(
    ground: Literal["ART39_1", "ART39_2", "ART39_3", "ART39_4", "ART39_5", "ART39_6"],
) -> Consequence:
    if ground == "ART39_1":
        why = "试用期内被证明不符合录用条件,不在应付违约金之列。"
        return Consequence("NOTHING", "劳动合同法39(1); 实施条例26", why)
    fault = {
        "ART39_2": "严重违反规章制度",
        "ART39_3": "严重失职、营私舞弊,造成重大损害",
        "ART39_4": "同时与其他用人单位建立劳动关系",
        "ART39_5": "以欺诈等手段订立劳动合同",
        "ART39_6": "被依法追究刑事责任",
    }[ground]
    article = f"劳动合同法39({ground[-1]}); 实施条例26(2)"
    return Consequence("DUE", article, f"因员工{fault}而解除,仍应支付违约金。")


def barred_by_class(training_class: TrainingClass) -> Consequence | None:
    """Why nothing may be claimed for what was given, whatever the ground; None for special training 专项培训."""
    match training_class:
        case "SPECIAL":
            return None
        case "ONBOARDING":
            return Consequence("NOTHING", "劳动法68; 劳动合同法22", "岗前培训是用人单位的法定义务,不是专项培训。")
        case "MANDATORY_SAFETY":
            return Consequence("NOTHING", "安全生产法28; 劳动合同法22", "安全培训是用人单位的法定义务,不是专项培训。")
        case "SPECIAL_TREATMENT":
            why = "特殊待遇不是专项培训,不得自动主张违约金;损失由裁判机构酌定。"
            return Consequence("NOTHING", "解释(二)12; 劳动合同法25", why, contested=True)
