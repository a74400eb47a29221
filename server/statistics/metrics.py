"""The registry of published numbers: what each means, in Chinese and English [pure].

A definition is printed with every number it defines. Whoever changes how a number comes about
gives its definition a new version; numbers of different versions must not be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that is published, with its definition."""

    code: str
    version: int
    unit: str
    zh: str
    en: str
    definition_zh: str
    definition_en: str


def _registry(*metrics: Metric) -> Mapping[str, Metric]:
    return MappingProxyType({metric.code: metric for metric in metrics})


METRICS: Final = _registry(
    Metric(
        "hearings",
        1,
        "hearing",
        "直播庭审场次",
        "Hearings broadcast",
        "当年（按法院所在时区）实际开播的庭审数。同一庭审无论以几种形式直播均计一场。",
        "Hearings whose broadcast started in the year, in the court's time zone. A hearing counts "
        "once, in however many media it was broadcast.",
    ),
    Metric(
        "broadcasts_video",
        1,
        "broadcast",
        "视频直播场次",
        "Video broadcasts",
        "当年实际开播且以视频形式直播的庭审数。同时有图文直播的，在两种形式中各计一场。",
        "Hearings broadcast by video in the year. One that also had an image-text report counts "
        "in both media.",
    ),
    Metric(
        "broadcasts_text",
        1,
        "broadcast",
        "图文直播场次",
        "Image-text reports",
        "当年实际开播且以图文形式直播的庭审数。同时有视频直播的，在两种形式中各计一场。",
        "Hearings broadcast as an image-text report in the year. One that also had video counts "
        "in both media.",
    ),
    Metric(
        "visits",
        1,
        "visit",
        "观看人次",
        "Visits",
        "同一观众以同一种形式（视频直播、回放、图文直播、合作媒体）观看同一场庭审计一人次，中断超过30分钟"
        "后再次观看另计一人次；归入开始观看的月份。依据为服务器收到的播放请求和连接。"
        "自报为程序的访问和本院工作人员登录后的访问不计。合作媒体的人次单列，不计入公众人次。",
        "One viewer at one hearing in one medium (live video, replay, image-text report, partner) "
        "until a break of more than 30 minutes; in the month in which it began. The evidence is "
        "the requests and connections that the server itself sees. Programs that say so and staff "
        "who are signed in are not counted. Partner visits stand apart and are not part of the "
        "public's.",
    ),
    Metric(
        "watched_minutes",
        1,
        "minute",
        "观看分钟",
        "Minutes watched",
        "各人次中实际观看时间之和（60秒以上没有播放请求的间隔不计），合计后舍去不足一分钟的部分。",
        "Time really watched, over all visits: gaps of more than 60 seconds without a request are "
        "left out. Rounded down to minutes after adding up.",
    ),
    Metric(
        "peak",
        1,
        "visit",
        "峰值",
        "Peak",
        "同一场庭审以同一种形式，在同一个自然分钟内有观看的人次的最大值；年度值为各场的最大值。",
        "The most visits to one hearing in one medium that were watching within the same calendar "
        "minute; for a year, the highest of its hearings.",
    ),
)
