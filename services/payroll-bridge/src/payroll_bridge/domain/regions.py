"""What regions add to the national rules on deductions 各地规定: a dated table, and which place is under which rule."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts import Refusal


@dataclass(frozen=True)
class RegionRule:
    region: str
    first_day: date
    article: str
    notice_before_damages: bool = False
    """The employee must have been told reason and amount in writing before damages are deducted."""
    penalty_share: Decimal | None = None
    """Money penalties for discipline may take so much of the month's wage, each and together. None: no legal basis."""


NATIONAL = "NATIONAL"

TABLE = (
    RegionRule(NATIONAL, date(1995, 1, 1), "工资支付暂行规定16"),
    RegionRule("GUANGDONG", date(2005, 5, 1), "广东省工资支付条例15", notice_before_damages=True),
    RegionRule("SHENZHEN", date(2008, 11, 1), "深圳经济特区和谐劳动关系促进条例16", penalty_share=Decimal("0.30")),
)

PLACES: dict[str, tuple[str, ...]] = {
    "GUANGDONG": (
        *("GUANGDONG", "GUANGZHOU", "ZHUHAI", "SHANTOU", "FOSHAN", "SHAOGUAN", "HEYUAN", "MEIZHOU", "HUIZHOU"),
        *("SHANWEI", "DONGGUAN", "ZHONGSHAN", "JIANGMEN", "YANGJIANG", "ZHANJIANG", "MAOMING", "ZHAOQING"),
        *("QINGYUAN", "CHAOZHOU", "JIEYANG", "YUNFU"),
    ),
    "SHENZHEN": ("SHENZHEN",),
    NATIONAL: (
        *(NATIONAL, "BEIJING", "TIANJIN", "HEBEI", "SHANXI", "INNER_MONGOLIA", "LIAONING", "JILIN", "HEILONGJIANG"),
        *("SHANGHAI", "JIANGSU", "ZHEJIANG", "ANHUI", "FUJIAN", "JIANGXI", "SHANDONG", "HENAN", "HUBEI", "HUNAN"),
        *("GUANGXI", "HAINAN", "CHONGQING", "SICHUAN", "GUIZHOU", "YUNNAN", "TIBET", "XIZANG", "SHAANXI", "GANSU"),
        *("QINGHAI", "NINGXIA", "XINJIANG"),
        *("SHIJIAZHUANG", "TAIYUAN", "HOHHOT", "SHENYANG", "DALIAN", "CHANGCHUN", "HARBIN", "NANJING", "SUZHOU"),
        *("WUXI", "HANGZHOU", "NINGBO", "HEFEI", "FUZHOU", "XIAMEN", "NANCHANG", "JINAN", "QINGDAO", "ZHENGZHOU"),
        *("WUHAN", "CHANGSHA", "NANNING", "HAIKOU", "CHENGDU", "GUIYANG", "KUNMING", "LHASA", "XIAN", "LANZHOU"),
        *("XINING", "YINCHUAN", "URUMQI"),
    ),
}
RULED_BY = {place: region for region, places in PLACES.items() for place in places}


@dataclass(eq=False)
class RegionUnknown(Refusal):
    place: str

    def __str__(self) -> str:
        return f"region {self.place!r} is not in the table of regions"


def rule_of(place: str, on: date, table: tuple[RegionRule, ...] = TABLE) -> RegionRule:
    """The rule in force at a place on a day; before a region had its own, the national one. Refuses an unknown place:
    which rules hold there is never guessed."""
    if place not in RULED_BY:
        raise RegionUnknown(place)
    in_force = [rule for rule in table if rule.region in (RULED_BY[place], NATIONAL) and rule.first_day <= on]
    return max(in_force, key=lambda rule: (rule.region != NATIONAL, rule.first_day), default=table[0])
