"""Damages in the words of the notice 《离职赔偿通知书》: step by step, with the article each step rests on."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from agreements.domain.costs import Cost, CostLine
from agreements.domain.damages import Damages, Part, Reading, down_to_fen
from agreements.domain.leave import Leave
from agreements.domain.proration import Reckoning
from contracts.agreements import Proration

READINGS = {
    "MONTH_THEN_DAY": "先按整月、余数按当月天数折算",
    "MONTH_PARTIAL_SERVED": "不足一月按已履行一月计",
    "DAY": "按日折算",
    "SERVICE_PERIOD_BINDS": "试用期内服务期约定同样有约束力",
    "EXEMPT_264": "试用期内免除",
}
COSTS = {
    "COURSE_FEE": "课程费",
    "COURSE_FEE_SHARE": "团体发票分摊",
    "TRAVEL": "差旅费",
    "OTHER_DIRECT": "其他直接费用",
    "WAGES_DURING_TRAINING": "培训期间工资",
}
UNITS = {"MONTH": "个月", "DAY": "天"}


def explain(damages: Damages) -> tuple[str, ...]:
    return (
        ground_step(damages),
        *(step for part in damages.parts for step in steps_of_part(part, damages.policy.proration)),
        *sum_steps(damages),
        *(
            f"另一种解释({READINGS[more.reads]})下为{yuan(more.amount)},本公司主张较低者。"
            for more in damages.higher_readings
        ),
        f"违约金为{yuan(damages.amount)}(合计后一次舍去至分)。",
    )


def ground_step(damages: Damages) -> str:
    contested = "(存在争议)" if damages.consequence.contested else ""
    return f"依据{damages.consequence.article}:{damages.consequence.why}{contested}"


def steps_of_part(part: Part, proration: Proration) -> Iterator[str]:
    name = part.promise.name
    yield f"{name}:{base_step(part.promise.cost)}"
    yield f"{name}:{time_step(part.reckoning, part.promise.suspended_months)}"
    if part.promise.leave:
        yield f"{name}:{leave_step(part.promise.leave)}"
    yield (f"{name}:未履行部分分摊的培训费用为{yuan(part.prorated_ceiling)}(劳动合同法22;{READINGS[proration]})。")
    if part.promise.flat_penalty is not None:
        yield f"{name}:{flat_step(part, part.promise.flat_penalty)}"
    contested = "(存在争议)" if part.consequence.contested else ""
    if part.consequence.effect == "NOTHING":
        yield f"{name}:依据{part.consequence.article}:{part.consequence.why}{contested}主张{yuan(Fraction())}。"
    elif part.consequence.effect == "DUE":
        yield f"{name}:主张{yuan(part.claim)}。"
    for more in part.higher_readings:
        yield f"{name}:{other_reading(more)}"


def base_step(cost: Cost) -> str:
    lines = "".join(f"{line_text(line)};" for line in cost.lines or ())
    agreed = "未另约定费用" if cost.agreed is None else f"约定费用{yuan(cost.agreed)}"
    return f"{lines}有凭证的培训费用{yuan(cost.proven)},{agreed},取其低者{yuan(cost.base)}为基数(实施条例16)。"


def line_text(line: CostLine) -> str:
    return f"{COSTS[line.kind]}{yuan(line.amount)}{'' if line.counts else f'不计入({why_not(line)})'}"


def why_not(line: CostLine) -> str:
    if line.kind == "WAGES_DURING_TRAINING":
        return "工资不属于培训费用"
    return "无凭证" if not line.vouched else "不合规定"


def time_step(reckoning: Reckoning, suspended_months: int) -> str:
    unit = UNITS[reckoning.unit]
    moved = f"(约定中止{suspended_months}个月,期末顺延)" if suspended_months else ""
    return (
        f"服务期共{reckoning.total}{unit},至{reckoning.period_end}届满{moved};"
        f"已履行{mixed(reckoning.served)}{unit},未履行{mixed(reckoning.unserved)}{unit}(民法典201-202)。"
    )


def leave_step(leave: tuple[Leave, ...]) -> str:
    days = sum(taken.days for taken in leave)
    if any(not taken.statutory for taken in leave):
        return f"休假{days}天计入已履行期间;无薪事假仅在书面约定中止时顺延期末。"
    return f"法定休假{days}天计入已履行期间。"


def flat_step(part: Part, flat_penalty: Decimal) -> str:
    prorated = down_to_fen(Fraction(flat_penalty) * part.reckoning.share)
    return f"约定违约金{yuan(flat_penalty)},仅在低于上限时适用;若理解为按比例折算的基数则为{yuan(prorated)}。"


def other_reading(more: Reading) -> str:
    return f"另一种解释({READINGS[more.reads]})下为{yuan(more.amount)}。"


def sum_steps(damages: Damages) -> Iterator[str]:
    if damages.advisory is not None:
        yield f"特殊待遇供律师参考的区间为0.00元至{yuan(damages.advisory)}(解释(二)12),不自动主张。"
    if damages.consequence.effect == "NOTHING":
        return
    if damages.consequence.effect == "DUE":
        yield f"各协议相加为{yuan(sum((part.claim for part in damages.parts), Fraction()))}。"
    settlement = damages.departure.settlement
    if settlement is not None:
        yield f"和解金额{yuan(settlement)},对全部协议一次适用,不超过上限合计{yuan(damages.ceiling)}。"
    elif damages.consequence.effect == "ONLY_IF_SETTLED":
        yield "未签署和解协议,不主张。"
    if damages.departure.waiver_pct:
        yield f"公司放弃{damages.departure.waiver_pct.normalize():f}%。"


def yuan(amount: Decimal | Fraction) -> str:
    return f"{down_to_fen(Fraction(amount)):,.2f}元"


def mixed(number: Fraction) -> str:
    """A whole number and a proper fraction: 20 16/31."""
    whole, rest = divmod(number, 1)
    if not rest:
        return str(whole)
    return f"{whole}又{rest}" if whole else str(rest)
