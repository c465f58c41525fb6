"""The sample company: a roster of 500 and its old training records, with all that real sheets have, from one seed.

`python deploy/sample/generate.py [FOLDER]` writes both files there, else beside itself, byte for byte the same each
time. Nobody in them exists: identity numbers are of a region 9900xx that is none, telephone numbers begin with 100.
"""

import csv
import io
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from random import Random

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

SEED = 20240101
MADE = datetime(2024, 1, 2, 9, 0)  # noqa: DTZ001 - a workbook's creation time has no zone
EMPLOYEES = 500
MIDDLE = 80
HIRED_IN_2024 = 25
LEAVERS = 9

# path, place of work, people, middle managers, senior managers, the middle managers' post, other posts
DEPARTMENTS = (
    ("集团/总部/总经办", "GUANGDONG", 14, 2, 8, "行政经理", ("秘书", "行政专员")),
    ("集团/总部/人力资源部", "GUANGDONG", 14, 3, 0, "人事经理", ("招聘专员", "培训专员", "薪酬专员")),
    ("集团/总部/财务部", "GUANGDONG", 14, 3, 0, "财务经理", ("会计", "出纳", "成本分析员")),
    ("集团/制造中心/一车间", "GUANGDONG", 90, 12, 0, "车间主任", ("操作工", "班组长", "设备技师")),
    ("集团/制造中心/二车间", "GUANGDONG", 84, 12, 0, "车间主任", ("操作工", "班组长", "焊工")),
    ("集团/制造中心/三车间", "JIANGSU", 75, 10, 0, "车间主任", ("操作工", "班组长", "电工")),
    ("集团/制造中心/质量部", "JIANGSU", 40, 6, 0, "质量经理", ("检验员", "质量工程师")),
    ("集团/研发中心/电子研发部", "SHENZHEN", 45, 9, 0, "研发经理", ("电子工程师", "测试工程师")),
    ("集团/研发中心/软件研发部", "SHENZHEN", 40, 9, 0, "研发经理", ("软件工程师", "算法工程师")),
    ("集团/营销中心/国内销售部", "SHANGHAI", 35, 6, 0, "销售经理", ("销售代表", "销售管理专员")),
    ("集团/营销中心/海外销售部", "SHENZHEN", 27, 5, 0, "销售经理", ("外贸专员", "客户经理")),
    ("集团/供应链中心/采购物流部", "GUANGDONG", 22, 3, 0, "采购经理", ("采购员", "仓管员", "物流专员")),
)
REGION_AS_WORDS = {"GUANGDONG": "广东省", "SHENZHEN": "深圳市", "JIANGSU": "江苏", "SHANGHAI": "上海"}
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任"
COMPOUND_SURNAMES = ("欧阳", "司马", "上官", "诸葛", "皇甫", "令狐")
GIVEN = "伟芳娜敏静丽强磊洋艳勇军杰娟涛明超秀霞平刚桂英华玉兰建国志文辉力晨宇浩然欣怡佳雪梅思远博雅宁"
NOTED_NAMES = {
    3: "欧阳文轩", 17: "司马静", 29: "阿依古丽·买买提", 41: "王𬭎", 58: "李㛃", 73: "巴特尔·苏和", 90: "诸葛思远",
    120: "张〇", 151: "上官玉兰", 188: "迪丽娜尔·艾合买提", 230: "陈䶮", 307: "令狐冲和",
}  # fmt: skip
RANK_WAGES = {
    "P1": 4200, "P2": 4800, "P3": 5500, "P4": 6500, "P5": 8000, "P6": 10000, "P7": 13000, "P8": 16000, "P9": 20000,
    "P10": 25000, "M1": 12000, "M2": 15000, "M3": 19000, "M4": 26000, "M5": 35000, "M6": 50000,
}  # fmt: skip
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
LAST_PLACES = "10X98765432"

HEADER = (
    "序号", "工号", "姓名", "身份证号", "手机号", "部门", "岗位", "职级", "层级", "工作地", "入职日期", "合同开始",
    "合同到期", "试用期至", "月工资(元)", "绩效奖金(元)",
)  # fmt: skip
DEPARTMENT_COLUMN = HEADER.index("部门")

COURSES = (
    ("安全生产三级教育", "安全生产", "24"), ("特种作业复训", "安全生产", "8"), ("企业文化", "企业文化", "4"),
    ("职场礼仪", "职场礼仪", "2"), ("岗位技能提升", "岗位技能", "16"), ("六西格玛绿带", "质量管理", "40"),
    ("大客户谈判", "销售管理", "12"), ("渠道管理", "销管", "8"), ("硬件可靠性设计", "研发技术", "20"),
    ("中层领导力", "领导力", "16"), ("职业规划", "职业规划", "3.5"),
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    number: str
    name: str
    identity: str
    phone: str
    department: str
    post: str
    rank: str
    level: str
    region: str
    hired_on: date
    contract_start: date
    contract_end: date | None
    probation_end: date
    wage: int
    bonus: int


def people(random: Random) -> list[Person]:
    numbers = [f"{n:06}" for n in sorted(random.sample(range(1001, 9000), EMPLOYEES))]
    drawn = [
        (path, region, *seat)
        for path, region, size, middle, senior, manager, posts in DEPARTMENTS
        for seat in seats(random, size, middle, senior, manager, posts)
    ]
    juniors = [at for at, seat in enumerate(drawn) if seat[3] == "基层"]
    new = set(random.sample(juniors, HIRED_IN_2024))
    return [
        person(random, at, number, hired_on(random, at in new), *seat)
        for at, (number, seat) in enumerate(zip(numbers, drawn, strict=True))
    ]


def seats(
    random: Random, size: int, middle: int, senior: int, manager: str, posts: tuple[str, ...]
) -> Iterator[tuple[str, str, str]]:
    """Post, level and rank of everyone in a department, its managers first."""
    for _ in range(senior):
        yield "总监", "高层", random.choice(("M4", "M4", "M5", "M6"))
    for _ in range(middle):
        yield manager, "中层", random.choice(("M1", "M1", "M2", "M2", "M3"))
    for _ in range(size - middle - senior):
        yield random.choice(posts), "基层", f"P{random.choice((1, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10))}"


def hired_on(random: Random, is_new: bool) -> date:
    if is_new:
        return date(2024, 1, 2) + timedelta(days=random.randrange(330))
    return date(2012, 3, 1) + timedelta(days=random.randrange(4250))


def person(
    random: Random, at: int, number: str, hired: date, department: str, region: str, post: str, level: str, rank: str
) -> Person:
    start, end = contract(hired)
    wage = RANK_WAGES[rank] + random.randrange(0, 20) * 50
    return Person(
        number=number,
        name=NOTED_NAMES.get(at) or name(random),
        identity=identity(random, at),
        phone=f"100{random.randrange(10**4):04}{at:04}",
        department=department,
        post=post,
        rank=rank,
        level=level,
        region=region,
        hired_on=hired,
        contract_start=start,
        contract_end=end,
        probation_end=months_after(hired, 6 if level != "基层" else 3) - timedelta(days=1),
        wage=wage,
        bonus=wage * random.choice((5, 10, 15, 20)) // 100,
    )


def contract(hired: date) -> tuple[date, date | None]:
    """Two fixed terms of three years, then one without an end (劳动合同法14)."""
    second, third = months_after(hired, 36), months_after(hired, 72)
    if hired.year >= 2021:
        return hired, second - timedelta(days=1)
    return (second, third - timedelta(days=1)) if hired.year >= 2018 else (third, None)


def months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, 28))


def name(random: Random) -> str:
    surname = random.choice(COMPOUND_SURNAMES) if random.random() < 0.02 else random.choice(SURNAMES)
    return surname + "".join(random.sample(GIVEN, random.choice((1, 2, 2, 2))))


def identity(random: Random, at: int) -> str:
    born = date(1966, 1, 1) + timedelta(days=random.randrange(13500))
    first = f"99000{at % 10}{born:%Y%m%d}{at:03}"
    remainder = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(first)) % 11
    return first + LAST_PLACES[remainder]


# The roster as a workbook


class RosterPage:
    """A sheet as people keep them: what one writes as a date, the next writes as text, a third as a bare number."""

    def __init__(self, random: Random, workbook: xlsxwriter.Workbook) -> None:
        self.random = random
        self.sheet: Worksheet = workbook.add_worksheet("花名册")
        self.bold: Format = workbook.add_format({"bold": True, "align": "center", "valign": "vcenter"})
        self.middle: Format = workbook.add_format({"valign": "vcenter"})
        self.date: Format = workbook.add_format({"num_format": "yyyy/m/d"})

    def write(self, rows: list[tuple[Person, str]]) -> None:
        """Each person with the words for the first day at work, if they are not to be those of a real day."""
        self.sheet.merge_range(0, 0, 0, len(HEADER) - 1, "华南精工集团2024年度员工花名册", self.bold)
        self.sheet.merge_range(1, 0, 1, len(HEADER) - 1, "填表部门:人力资源部  工号为文本,金额单位:元", self.middle)
        self.sheet.write_row(2, 0, HEADER, self.bold)
        for at, (person, first_day) in enumerate(rows):
            self.line(at + 3, at + 1, person, first_day)
        self.departments([person.department for person, _ in rows])
        end = len(rows) + 3
        self.sheet.merge_range(end, 0, end, 3, "合计", self.bold)
        self.sheet.write_number(end, HEADER.index("月工资(元)"), sum(person.wage for person, _ in rows))
        self.sheet.write_number(end, HEADER.index("绩效奖金(元)"), sum(person.bonus for person, _ in rows))
        self.sheet.freeze_panes(3, 3)
        self.sheet.set_column(1, len(HEADER) - 1, 14)

    def line(self, row: int, ordinal: int, person: Person, first_day: str) -> None:
        wide = self.random.random() < 0.03
        self.sheet.write_number(row, 0, ordinal)
        texts = (
            person.number.translate(WIDE) if wide else person.number,
            self.spaced(person.name),
            person.identity,
            person.phone.translate(WIDE) if wide else person.phone,
        )
        for column, text in enumerate(texts, 1):
            self.sheet.write_string(row, column, text)
        region = REGION_AS_WORDS[person.region] if self.random.random() < 0.02 else person.region
        for column, text in enumerate((person.post, person.rank, person.level, region), DEPARTMENT_COLUMN + 1):
            self.sheet.write_string(row, column, text)
        form = self.random.randrange(20)
        days = (person.hired_on, person.contract_start, person.contract_end, person.probation_end)
        for column, day in enumerate(days, HEADER.index("入职日期")):
            self.day(row, column, day, form)
        if first_day:
            self.sheet.write_string(row, HEADER.index("入职日期"), first_day)
        self.money(row, HEADER.index("月工资(元)"), person.wage)
        self.money(row, HEADER.index("绩效奖金(元)"), person.bonus)

    def spaced(self, name: str) -> str:
        return "　".join(name) if len(name) == 2 and self.random.random() < 0.1 else name

    def day(self, row: int, column: int, day: date | None, form: int) -> None:
        if day is None:
            self.sheet.write_string(row, column, "无固定期限")
        elif form < 12:
            self.sheet.write_datetime(row, column, day, self.date)
        elif form < 14:
            self.sheet.write_number(row, column, (day - date(1899, 12, 30)).days)
        elif form < 17:
            self.sheet.write_string(row, column, f"{day.year}/{day.month}/{day.day}")
        else:
            written = f"{day.year}年{day.month}月{day.day}日"
            self.sheet.write_string(row, column, written.translate(WIDE) if form == 19 else written)

    def money(self, row: int, column: int, amount: int) -> None:
        form = self.random.randrange(30)
        words = {0: f"{amount:,}元", 1: f"￥{amount:,}.00", 2: str(amount).translate(WIDE)}
        if form in words:
            self.sheet.write_string(row, column, words[form])
        else:
            self.sheet.write_number(row, column, amount)

    def departments(self, paths: list[str]) -> None:
        """One department's cells merged over a few rows at a time, as pages are printed."""
        row = 3
        for path, same in groupby(paths):
            left = len(list(same))
            while left:
                run = min(left, self.random.randrange(1, 16))
                if run == 1:
                    self.sheet.write_string(row, DEPARTMENT_COLUMN, path, self.middle)
                else:
                    self.sheet.merge_range(row, DEPARTMENT_COLUMN, row + run - 1, DEPARTMENT_COLUMN, path, self.middle)
                row, left = row + run, left - run


def roster(random: Random, company: list[Person]) -> bytes:
    """The company, one person twice, and one whose first day no calendar has."""
    rows = [(person, "") for person in company]
    rows.insert(140, rows[133])
    template = company[300]
    impossible = person(
        random, EMPLOYEES, "009901", template.hired_on, template.department, template.region, "操作工", "基层", "P2"
    )
    rows.insert(302, (impossible, "2024-02-30"))
    content = io.BytesIO()
    workbook = xlsxwriter.Workbook(content, {"in_memory": True})
    workbook.set_properties({"title": "员工花名册", "author": "人力资源部", "created": MADE})
    RosterPage(random, workbook).write(rows)
    workbook.close()
    return content.getvalue()


# The old training records


def history(random: Random, company: list[Person]) -> bytes:
    """What the company's earlier system let out: GB18030, with what nobody ever cleaned."""
    staff = [person.number for person in company if person.hired_on < date(2021, 1, 1)]
    gone = [f"{n:06}" for n in random.sample(range(1, 1000), LEAVERS)]
    lines = [training(random, random.choice(staff)) for _ in range(600)]
    lines += [training(random, number) for number in gone for _ in range(2)]
    random.shuffle(lines)
    lines = list({(line[0], line[1], line[3]): line for line in lines}.values())
    lines.insert(80, lines[70])  # the same record twice
    lines.insert(210, [*lines[200][:5], "41"])  # the same training with another score
    lines.insert(120, [staff[1], "六西格玛绿带", "质量管理", "2023-02-29", "40", "85"])
    lines.insert(150, ["", "企业文化", "企业文化", "2022/5/6", "4", "90"])
    lines.insert(330, [staff[2], "企业文化", "企业文化", "2022/5/6", "4", "130"])
    lines.insert(331, [staff[3], "职场礼仪", "职场礼仪", "2022/5/6", "-2", "80"])
    lines.insert(410, [staff[4], "卖场陈列", "市管", "2021/9/9", "6", "77"])
    hours = sum(Decimal(unicodedata.normalize("NFKC", line[4]).removesuffix("学时")) for line in lines)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("工号", "课程", "类型", "日期", "学时", "成绩"))
    writer.writerows(lines)
    writer.writerow(("合计", "", "", "", f"{hours}", ""))
    return text.getvalue().encode("gb18030")


def training(random: Random, number: str) -> list[str]:
    course, kind, hours = random.choice(COURSES)
    day = date(2021, 1, 4) + timedelta(days=random.randrange(1080))
    day_form = random.randrange(4)
    written = (day.isoformat(), f"{day:%Y}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日")
    hours_form = random.randrange(12)
    return [
        number,
        course,
        kind,
        written[min(day_form, 2)],
        f"{hours}学时" if hours_form == 0 else hours.translate(WIDE) if hours_form == 1 else hours,
        score(random),
    ]


def score(random: Random) -> str:
    form = random.randrange(20)
    if form < 4:
        return ("缺考", "免考", "√", "合格")[form]
    points = str(random.randrange(52, 101))
    return points.translate(WIDE) if form == 4 else f"{points}分" if form == 5 else points


def main(folder: Path) -> None:
    random = Random(SEED)
    company = people(random)
    (folder / "花名册.xlsx").write_bytes(roster(random, company))
    (folder / "历史培训.csv").write_bytes(history(random, company))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
