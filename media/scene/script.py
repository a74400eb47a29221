"""Who says what, and when: a civil hearing about a contract, invented from beginning to end.

The pictures and voices are one loop of 48 s. The words are longer than the loop: each time round
the same people speak at the same moments, but the hearing goes on to its next phase. Whoever posts
the text report asks for one ``scene_line`` after another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Voice = Literal["presiding", "plaintiff", "defence"]

LOOP_S = 48.0  # a whole number of parts (0.32 s), so all tracks close at once
CASE = "甲公司诉乙公司买卖合同纠纷"


# What a report calls each voice's part (``server.reports``' codes).
ROLES: dict[Voice, str] = {
    "presiding": "presiding_judge",
    "plaintiff": "plaintiff_agent",
    "defence": "defendant_agent",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody speaks, from and to seconds of the loop."""

    start: float
    end: float
    voice: Voice


TURNS: tuple[Turn, ...] = (
    Turn(0.8, 6.2, "presiding"),
    Turn(7.0, 14.6, "plaintiff"),
    Turn(15.3, 18.3, "presiding"),
    Turn(19.0, 26.4, "defence"),
    Turn(27.1, 29.9, "presiding"),
    Turn(30.5, 36.4, "plaintiff"),
    Turn(37.0, 43.0, "defence"),
    Turn(43.8, 47.0, "presiding"),
)

# One column per phase of the hearing, one row per turn.
PHASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "opened",
        (
            "现在开庭。本院今天依法公开开庭审理{case}一案。",
            "诉讼请求：一、判令被告支付货款四十二万元；二、支付逾期付款违约金；三、本案诉讼费用由被告承担。",
            "被告针对原告的诉讼请求进行答辩。",
            "不同意原告的诉讼请求。第三批货物迟延交付，且部分规格与合同附件不符，被告有权暂缓付款。",
            "双方对合同的真实性是否有异议？",
            "没有异议。合同由双方法定代表人签字并盖章。",
            "对合同的真实性没有异议，对履行情况有异议。",
            "双方无争议的事实，本庭予以确认。下面进行法庭调查。",
        ),
    ),
    (
        "investigation",
        (
            "现在进行举证、质证。先由原告出示证据，并说明证明目的。",
            "出示证据一：买卖合同及附件；证据二：三份送货单，均有收货人签名，证明原告已经全部交货。",
            "被告发表质证意见。",
            "证据一真实性认可。证据二第三份送货单的签收日期晚于约定日期九天，不能证明按期交货。",
            "原告对迟延交货如何解释？",
            "第三批货物的交货日期经双方以电子邮件变更，现提交证据三：往来邮件打印件。",
            "邮件需要核对原始载体。即使真实，也只是询问，并非变更合同的合意。",
            "原告于庭后三日内提交邮件原始载体，由双方共同核对。",
        ),
    ),
    (
        "argument",
        (
            "法庭调查结束，现在进行法庭辩论。本案争议焦点是：第三批货物是否迟延交付，被告应否付款。",
            "原告已履行全部交货义务，被告收货后从未提出书面异议，应当依照合同约定支付货款及违约金。",
            "由被告方发表辩论意见。",
            "迟延交货造成被告停工两日，损失有生产记录为证。被告主张在应付货款中作相应抵减。",
            "双方是否有新的辩论意见？",
            "被告主张的损失与原告无关，且没有提起反诉，不应在本案中处理。",
            "坚持答辩意见，请求法庭综合全案证据依法认定。",
            "法庭辩论终结。双方的意见已记录在案。",
        ),
    ),
    (
        "final_statement",
        (
            "现在由双方作最后陈述。双方是否愿意在法庭主持下进行调解？",
            "坚持全部诉讼请求。原告愿意调解，可以就违约金部分作出让步。",
            "被告是否同意调解？",
            "同意调解。被告愿意分两期支付经核对的货款，希望原告免除违约金。",
            "请原告对该方案发表意见。",
            "分期付款的期限需要与公司商议，请法庭给予必要的时间。",
            "被告没有其他意见，等待原告答复。",
            "本庭将在核对证据后组织调解。请双方保持联系，按时提交材料。",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the text report: ``at_s`` counts from the start of the first loop."""

    at_s: float
    role: str
    phase: str
    body: str


def scene_line(number: int, case: str = CASE) -> Line:
    """Return the line that is said at the ``number``-th turn since the start; phases repeat.

    ``case`` is the title by which the presiding judge calls the case.
    """
    loop, turn = divmod(number, len(TURNS))
    phase, bodies = PHASES[loop % len(PHASES)]
    said = TURNS[turn]
    return Line(
        loop * LOOP_S + said.start, ROLES[said.voice], phase, bodies[turn].format(case=case)
    )
