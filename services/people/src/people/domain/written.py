"""Words, days and amounts as people write them in sheets, and what they mean."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal

from people.domain.cells import Clean, Unreadable, Value, is_blank, shown

LONGEST_TEXT = 100
FEN = Decimal("0.01")
MOST_MONEY = Decimal(10**9)
SERIAL_OF_THE_DAY_THAT_NEVER_WAS = 60  # Excel's 1900 system counts a 29 February 1900, after Lotus 1-2-3.
OPEN_ENDED_IN_LAW = "无固定期限"  # 劳动合同法14
OPEN_ENDED = {OPEN_ENDED_IN_LAW, "长期", "无", "/", "-", "—", "——"}

YEAR_MONTH_DAY = re.compile(
    r"(\d{4})\s*(?:年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?|([-/.])\s*(\d{1,2})\s*\4\s*(\d{1,2}))"
    r"(?:[T\s]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?",
    re.ASCII,
)
EIGHT_DIGITS = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})", re.ASCII)
SERIAL = re.compile(r"\d{1,6}(\.\d+)?", re.ASCII)
PLAIN_NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,20})?", re.ASCII)
MONEY = re.compile(
    r"(?:¥|RMB|CNY|人民币)?\s*(\d{1,3}(?:,\d{3}){1,5}|\d{1,15})(\.\d{1,15})?\s*(万)?\s*元?整?", re.ASCII | re.IGNORECASE
)
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u2060\ufeff"))


def half_width(text: str) -> str:
    """Full-width digits, letters and marks in ordinary form. Not for names: it also exchanges rare characters."""
    return unicodedata.normalize("NFKC", text.translate(INVISIBLE)).strip()


def text(value: Value) -> Clean[str]:
    """Words of people, kept as they are but for spaces around and line breaks within."""
    if is_blank(value) or isinstance(value, bool):
        raise Unreadable("不能为空" if value is None or isinstance(value, str) else "应为文字")
    was = value if isinstance(value, str) else shown(value)
    now = " ".join(was.translate(INVISIBLE).split())
    if any(unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"} for character in now) or "\ufffd" in now:
        raise Unreadable("含有无法识别的字符")
    if len(now) > LONGEST_TEXT:
        raise Unreadable(f"超过{LONGEST_TEXT}个字")
    return Clean(now, "去掉多余的空格或换行" if now != was else "")


def day(value: Value) -> Clean[date]:
    """A day in any form sheets hold. Refuses days the calendar lacks and years no employment has (1940–2100)."""
    match value:
        case datetime():
            return Clean(plausible(value.date()), "去掉时刻" if value.time() != value.time().min else "")
        case date():
            return Clean(plausible(value))
        case Decimal():
            return day_of_number(value)
        case str() if value.strip():
            return day_of_text(value)
        case None | str():
            raise Unreadable("不能为空")
        case _:
            raise Unreadable("不是日期")


def last_day(value: Value) -> Clean[date | None]:
    """A day, or none for a contract without a fixed end."""
    if is_blank(value):
        return Clean(None)
    if isinstance(value, str) and half_width(value) in OPEN_ENDED:
        return Clean(None, "" if value == OPEN_ENDED_IN_LAW else "没有截止日")
    clean = day(value)
    return Clean(clean.value, clean.why)


def day_of_text(was: str) -> Clean[date]:
    now = half_width(was)
    if SERIAL.fullmatch(now) or EIGHT_DIGITS.fullmatch(now):
        return day_of_number(Decimal(now))
    match = YEAR_MONTH_DAY.fullmatch(now)
    if not match:
        raise Unreadable("不是日期")
    year, month, of_month = (int(part) for part in (match[1], match[2] or match[5], match[3] or match[6]))
    read = calendar_day(year, month, of_month)
    return Clean(read, "日期统一写法" if read.isoformat() != was else "")


def day_of_number(number: Decimal) -> Clean[date]:
    """Excel's serial numbers of the 1900 system, and days written as eight digits."""
    if not number.is_finite() or number < 1 or number > 99_999_999:
        raise Unreadable("不是日期")
    whole = int(number)
    if number == whole and (match := EIGHT_DIGITS.fullmatch(str(whole))):
        return Clean(calendar_day(int(match[1]), int(match[2]), int(match[3])), "八位数字按年月日读")
    if whole == SERIAL_OF_THE_DAY_THAT_NEVER_WAS:
        raise Unreadable("没有这一天(1900-02-29)")
    if whole > 99_999:
        raise Unreadable("不是日期")
    origin = date(1899, 12, 31) if whole < SERIAL_OF_THE_DAY_THAT_NEVER_WAS else date(1899, 12, 30)
    return Clean(plausible(origin + timedelta(days=whole)), "Excel日期序号换成日期")


def calendar_day(year: int, month: int, of_month: int) -> date:
    try:
        return plausible(date(year, month, of_month))
    except ValueError:
        raise Unreadable(f"没有这一天({year}-{month:02}-{of_month:02})") from None


def plausible(read: date) -> date:
    if not 1940 <= read.year <= 2100:
        raise Unreadable(f"年份不合理({read.isoformat()})")
    return read


def money(value: Value) -> Clean[Decimal]:
    """Yuan with two places. Refuses what is negative, finer than a fen, or a billion and more."""
    match value:
        case Decimal():
            return Clean(whole_fen(value))
        case str() if value.strip():
            now = half_width(value)
            match = MONEY.fullmatch(now)
            if not match:
                raise Unreadable("不是金额")
            amount = Decimal(match[1].replace(",", "") + (match[2] or "")) * (10_000 if match[3] else 1)
            return Clean(whole_fen(amount), "" if PLAIN_NUMBER.fullmatch(value) else "金额统一为元")
        case None | str():
            raise Unreadable("不能为空")
        case _:
            raise Unreadable("不是金额")


def whole_fen(amount: Decimal) -> Decimal:
    if not amount.is_finite() or not 0 <= amount < MOST_MONEY:
        raise Unreadable("金额应在0与十亿元之间")
    if amount != amount.quantize(FEN):
        raise Unreadable("金额不足一分")
    return abs(amount.quantize(FEN))


def quantity(value: Value, unit: str) -> Clean[Decimal]:
    """A plain number, with or without its unit behind it."""
    match value:
        case Decimal() if value.is_finite():
            return Clean(value)
        case str() if value.strip():
            now = half_width(value).removesuffix(unit).strip()
            if not PLAIN_NUMBER.fullmatch(now):
                raise Unreadable("不是数字")
            return Clean(Decimal(now), "数字统一写法" if now != value else "")
        case None | str():
            raise Unreadable("不能为空")
        case _:
            raise Unreadable("不是数字")
