"""The particulars of an employee as a roster writes them: 工号, name, identity number, department, rank, place."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal

from people.domain.cells import Clean, Unreadable, Value, is_blank, shown
from people.domain.written import INVISIBLE, half_width, text

LEVELS = ("基层", "中层", "高层")
DEPTH = 3

STAFF_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,19}", re.ASCII)
IDENTITY_NUMBER = re.compile(r"\d{17}[\dX]", re.ASCII)
PHONE = re.compile(r"1\d{10}", re.ASCII)
RANK = re.compile(r"P([1-9]|10)|M[1-6]", re.ASCII)
REGION = re.compile(r"[A-Z]+(_[A-Z]+)*", re.ASCII)
DOTS_IN_NAMES = str.maketrans(dict.fromkeys("•・‧∙⋅．.", "·"))
FIRST_RARE_IDEOGRAPH, LAST_RARE_IDEOGRAPH = "\U00020000", "\U0003fffd"
BETWEEN_LEVELS = re.compile(r"\s*[/\\>→]\s*")

# GB 11643: weights of the first seventeen digits, and the last place by the sum's remainder.
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
LAST_PLACES = "10X98765432"

REGIONS = {
    **{
        "北京": "BEIJING",
        "天津": "TIANJIN",
        "上海": "SHANGHAI",
        "重庆": "CHONGQING",
        "河北": "HEBEI",
        "山西": "SHANXI",
    },
    **{"内蒙古": "INNER_MONGOLIA", "辽宁": "LIAONING", "吉林": "JILIN", "黑龙江": "HEILONGJIANG", "江苏": "JIANGSU"},
    **{"浙江": "ZHEJIANG", "安徽": "ANHUI", "福建": "FUJIAN", "江西": "JIANGXI", "山东": "SHANDONG", "河南": "HENAN"},
    **{"湖北": "HUBEI", "湖南": "HUNAN", "广东": "GUANGDONG", "广西": "GUANGXI", "海南": "HAINAN", "四川": "SICHUAN"},
    **{"贵州": "GUIZHOU", "云南": "YUNNAN", "西藏": "TIBET", "陕西": "SHAANXI", "甘肃": "GANSU", "青海": "QINGHAI"},
    **{"宁夏": "NINGXIA", "新疆": "XINJIANG", "深圳": "SHENZHEN"},
}


def staff_number(value: Value) -> Clean[str]:
    """工号 is text: its leading zeros count. A number cell has lost them, which is said, not repaired."""
    if isinstance(value, Decimal):
        was = shown(value)
        if not STAFF_NUMBER.fullmatch(was):
            raise Unreadable("工号应为字母和数字")
        return Clean(was, "工号在表中是数字,前导零可能已丢失,请核对")
    if is_blank(value):
        raise Unreadable("工号不能为空")
    if not isinstance(value, str):
        raise Unreadable("工号应为字母和数字")
    now = half_width(value).removeprefix("=").strip("'\"")
    if not STAFF_NUMBER.fullmatch(now):
        raise Unreadable("工号应为字母和数字")
    return Clean(now, "工号统一为半角,去掉空格和引号" if now != value else "")


def person_name(value: Value) -> Clean[str]:
    """A name, its rare characters untouched; only spaces and look-alikes of the middle dot are changed."""
    if not isinstance(value, str):
        raise Unreadable("姓名不能为空" if value is None else "姓名应为文字")
    seen = value.translate(INVISIBLE)
    words = seen.split() if seen.isascii() else seen.translate(DOTS_IN_NAMES).split()
    now = (" " if seen.isascii() else "").join(words)
    if not now:
        raise Unreadable("姓名不能为空")
    if not all(is_of_a_name(character) for character in now):
        raise Unreadable("姓名含有数字、符号或无法识别的字符")
    if not 2 <= len(now) <= 50 or now[0] == "·" or now[-1] == "·":
        raise Unreadable("姓名不完整")
    return Clean(now, "去掉姓名中的空格,间隔号统一为“·”" if now != value else "")


def is_of_a_name(character: str) -> bool:
    if FIRST_RARE_IDEOGRAPH <= character <= LAST_RARE_IDEOGRAPH:
        return True  # Newer characters than this Python knows of may stand there.
    return character in "·〇 -.'" or unicodedata.category(character)[0] in "LM"


def identity_number(value: Value) -> Clean[str]:
    """An 18-place identity number whose birthday exists and whose last place is right (GB 11643)."""
    if is_blank(value):
        raise Unreadable("身份证号不能为空")
    if isinstance(value, Decimal):
        raise Unreadable("身份证号在表中是数字,末几位已丢失,请改为文本后重填")
    if not isinstance(value, str):
        raise Unreadable("身份证号应为18位")
    now = half_width(value).strip("'").replace(" ", "").upper()
    if not IDENTITY_NUMBER.fullmatch(now):
        raise Unreadable("身份证号应为18位")
    try:
        date(int(now[6:10]), int(now[10:12]), int(now[12:14]))
    except ValueError:
        raise Unreadable("身份证号中的出生日期不存在") from None
    if last_place(now[:17]) != now[17]:
        raise Unreadable("身份证号校验位不对")
    return Clean(now, "身份证号统一为半角大写" if now != value else "")


def last_place(first_seventeen: str) -> str:
    digits = (int(digit) for digit in first_seventeen)
    return LAST_PLACES[sum(weight * digit for weight, digit in zip(WEIGHTS, digits, strict=True)) % 11]


def phone(value: Value) -> Clean[str]:
    if is_blank(value):
        raise Unreadable("手机号不能为空")
    was = shown(value)
    now = re.sub(r"[\s-]", "", half_width(was)).removeprefix("+86")
    if not PHONE.fullmatch(now):
        raise Unreadable("手机号应为11位数字")
    return Clean(now, "手机号去掉空格、横线和区号,统一为半角" if now != was else "")


def department(value: Value, aliases: Mapping[str, str], departments: Collection[str] = ()) -> Clean[str]:
    """A path of three levels. Each name is looked up among the approved aliases; what stays unknown is quarantined."""
    was = text(value).value
    found = [aliases.get(name, name) for name in BETWEEN_LEVELS.split(half_width(aliases.get(was, was)).strip("/"))]
    now = "/".join(found)
    if len(found) != DEPTH or not all(found) or (departments and now not in departments):
        raise Unreadable("部门不是三级路径,也没有批准的别名" if len(found) != DEPTH else "部门未知", quarantined=True)
    return Clean(now, "部门按别名表和三级路径统一" if now != value else "")


def rank(value: Value) -> Clean[str]:
    was = text(value).value
    now = half_width(was).upper().replace(" ", "")
    if not RANK.fullmatch(now):
        raise Unreadable("职级应为P1–P10或M1–M6")
    return Clean(now, "职级统一为半角大写" if now != value else "")


def level(value: Value) -> Clean[str]:
    now = text(value).value
    if now not in LEVELS:
        raise Unreadable("层级应为基层、中层或高层")
    return Clean(now, "去掉空格" if now != value else "")


def region(value: Value) -> Clean[str]:
    """Whose minimum wage holds where the person works, by its code or by the name of the province."""
    was = half_width(text(value).value)
    now = REGIONS.get(was.removesuffix("省").removesuffix("市"), was.upper())
    if not REGION.fullmatch(now):
        raise Unreadable("工作地未知")
    return Clean(now, "工作地换成代码" if now != value else "")
