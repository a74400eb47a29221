"""What each role may do [pure]. Who holds which role at which court is data."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """Something that not everybody may do."""

    ADMINISTER = "administer"
    EQUIP = "equip"
    SCHEDULE = "schedule"
    CALL_OFF = "call_off"
    CALENDAR = "calendar"
    WATCH_ROOM = "watch_room"
    ORDER = "order"
    STOP = "stop"
    REPORT = "report"
    PARTNERS = "partners"
    STATISTICS = "statistics"
    AUDIT = "audit"
    EXPORT = "export"
    EXPORT_CLOSED = "export_closed"
    SIGN = "sign"
    APPLICATIONS = "applications"
    APPLY = "apply"
    APPROVE = "approve"
    WITHDRAW = "withdraw"
    REVIEW = "review"


class Role(StrEnum):
    """What somebody is at a court."""

    ADMINISTRATOR = "administrator"
    TECHNICIAN = "technician"
    CLERK = "clerk"
    PRESIDING_JUDGE = "presiding_judge"
    PARTNER_MANAGER = "partner_manager"
    AUDITOR = "auditor"
    WATCHER = "watcher"
    REVIEWER = "reviewer"
    # Applications for broadcasts: who writes them, and the steps of a policy's chain.
    APPLICANT = "applicant"
    DIVISION_HEAD = "division_head"
    TRIAL_MANAGEMENT = "trial_management"
    VICE_PRESIDENT = "vice_president"
    UPPER_COURT = "upper_court"


_P = Permission
# In the words of docs/permissions.md.
DUTIES: dict[Permission, str] = {
    _P.ADMINISTER: "courts and people",
    _P.EQUIP: "courtrooms and cameras, with the cameras' addresses",
    _P.SCHEDULE: "hearings and their broadcasts",
    _P.CALL_OFF: "cancel and adjourn hearings",
    _P.CALENDAR: "read the court's calendar",
    _P.WATCH_ROOM: "undelayed pictures and the console's state",
    _P.ORDER: "every order to a broadcast",
    _P.STOP: "the orders that take something off the air",
    _P.REPORT: "write the image-text report",
    _P.PARTNERS: "media partners and their keys",
    _P.STATISTICS: "detail behind the published figures",
    _P.AUDIT: "read the journal",
    _P.EXPORT: "copies of the court's own record",
    _P.EXPORT_CLOSED: "the same of its closed parts",
    _P.SIGN: "incident forms and reasons, as the presiding judge",
    _P.APPLICATIONS: "read applications for broadcasts",
    _P.APPLY: "write applications for broadcasts",
    _P.APPROVE: "sign the step of one's own role",
    _P.WITHDRAW: "take down what was published, and give it back",
    _P.REVIEW: "watch a replay before it is public, release it or refuse",
}
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    # What a judge signs nobody signs in their stead (rule B-25), nor an approval (rule B-45).
    Role.ADMINISTRATOR: frozenset(Permission) - {_P.SIGN, _P.APPROVE},
    Role.TECHNICIAN: frozenset(
        {
            _P.EQUIP,
            _P.SCHEDULE,
            _P.CALL_OFF,
            _P.CALENDAR,
            _P.WATCH_ROOM,
            _P.ORDER,
            _P.STOP,
            _P.EXPORT,
            _P.APPLICATIONS,
        }
    ),
    Role.CLERK: frozenset({_P.CALL_OFF, _P.CALENDAR, _P.WATCH_ROOM, _P.REPORT}),
    # The presiding judge has a stop control of their own (rule B-12).
    Role.PRESIDING_JUDGE: frozenset(
        {
            _P.CALL_OFF,
            _P.CALENDAR,
            _P.WATCH_ROOM,
            _P.STOP,
            _P.EXPORT,
            _P.EXPORT_CLOSED,
            _P.SIGN,
            _P.APPLICATIONS,
            _P.APPLY,
            _P.APPROVE,
            _P.WITHDRAW,
        }
    ),
    # Watches what the public sees, and takes off the air what nobody may see (rule B-44).
    Role.WATCHER: frozenset({_P.CALENDAR, _P.WATCH_ROOM, _P.STOP}),
    # Looks a recording through before it is public; never its operator (rules B-29, B-45).
    Role.REVIEWER: frozenset({_P.CALENDAR, _P.WATCH_ROOM, _P.REVIEW, _P.WITHDRAW}),
    Role.PARTNER_MANAGER: frozenset({_P.PARTNERS, _P.STATISTICS}),
    Role.AUDITOR: frozenset({_P.AUDIT, _P.STATISTICS, _P.APPLICATIONS}),
    Role.APPLICANT: frozenset({_P.SCHEDULE, _P.CALL_OFF, _P.CALENDAR, _P.APPLICATIONS, _P.APPLY}),
    # Trial management answers for what is published and for complaints (2018 provisions, Art. 15).
    **dict.fromkeys(
        (Role.TRIAL_MANAGEMENT, Role.VICE_PRESIDENT),
        frozenset({_P.CALENDAR, _P.APPLICATIONS, _P.APPROVE, _P.WITHDRAW, _P.REVIEW}),
    ),
    **dict.fromkeys(
        (Role.DIVISION_HEAD, Role.UPPER_COURT),
        frozenset({_P.CALENDAR, _P.APPLICATIONS, _P.APPROVE}),
    ),
}
