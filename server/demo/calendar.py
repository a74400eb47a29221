"""What the demonstration court has in its calendar: invented, past, today and to come [pure]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

COURT = {
    "name": "云龙湖区人民法院（演示）",
    "name_en": "Yunlong Lake District People's Court (demonstration)",
    "level": "basic",
    "time_zone": "Asia/Shanghai",
    "case_number_style": "cn",
}
ROOMS = (
    ("第一法庭", "Courtroom 1"),
    ("第二法庭", "Courtroom 2"),
    ("第三法庭", "Courtroom 3"),
)
POSITIONS = (
    ("judge", "审判席", "Bench"),
    ("prosecution", "原告席", "Plaintiff"),
    ("defence", "被告席", "Defendant"),
    ("wide", "法庭全景", "Wide view"),
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A hearing of the calendar; ``day`` counts from today, ``on_air`` puts it on the air.

    ``parties`` are role and name. ``applied_for``: its application waits for the first signature.
    """

    room: int
    day: int
    at: time
    case: str
    title: str
    title_en: str
    cause: str
    parties: tuple[tuple[str, str], ...]
    on_air: bool = False
    applied_for: bool = False

    def scheduled_at(self, now: datetime) -> datetime:
        """Return when it is scheduled, by the court's own calendar."""
        zone = ZoneInfo(COURT["time_zone"])
        today = now.astimezone(zone)
        if self.on_air:
            return today.replace(minute=today.minute // 5 * 5, second=0, microsecond=0)
        day = today.date() + timedelta(days=self.day)
        return datetime.combine(day, self.at, zone)


def plan(year: int) -> tuple[Planned, ...]:
    """Return the demonstration's hearings, those on the air first."""

    def case(number: int, kind: str = "民初") -> str:
        return f"（{year}）苏9999{kind}{number}号"

    return (
        Planned(
            0,
            0,
            time(9),
            case(1024),
            "甲公司诉乙公司买卖合同纠纷",
            "Company A v. Company B, contract of sale",
            "买卖合同纠纷",
            (("plaintiff", "甲公司"), ("defendant", "乙公司")),
            on_air=True,
        ),
        Planned(
            1,
            0,
            time(9),
            case(1101),
            "张某诉李某买卖合同纠纷",  # of the same kind as the first: both have one scene
            "Zhang v. Li, contract of sale",
            "买卖合同纠纷",
            (("plaintiff", "张某"), ("defendant", "李某")),
            on_air=True,
        ),
        Planned(
            2,
            0,
            time(15, 30),
            case(1187),
            "丙物业公司诉王某物业服务合同纠纷",
            "Property company C v. Wang, service contract",
            "物业服务合同纠纷",
            (("plaintiff", "丙物业公司"), ("defendant", "王某")),
        ),
        Planned(
            0,
            1,
            time(9, 30),
            case(77, "行初"),
            "赵某诉某区市场监督管理局行政处罚案",
            "Zhao v. a district market authority, administrative penalty",
            "行政处罚",
            (("plaintiff", "赵某"), ("defendant", "某区市场监督管理局")),
            applied_for=True,
        ),
        Planned(
            1,
            3,
            time(14),
            case(312, "刑初"),
            "被告人钱某盗窃案",
            "Defendant Qian, theft",
            "盗窃",
            (("accused", "钱某"),),
        ),
        Planned(
            0,
            -1,
            time(9, 30),
            case(982),
            "孙某诉丁公司劳动争议",
            "Sun v. Company D, labour dispute",
            "劳动争议",
            (("plaintiff", "孙某"), ("defendant", "丁公司")),
        ),
        Planned(
            1,
            -6,
            time(10),
            case(955),
            "戊公司诉己公司建设工程合同纠纷",
            "Company E v. Company F, construction contract",
            "建设工程合同纠纷",
            (("plaintiff", "戊公司"), ("defendant", "己公司")),
        ),
    )
