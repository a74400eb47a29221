"""What each role may do [pure]. Who holds which role at which court is data."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """Something that not everybody may do."""

    ADMINISTER = "administer"  # courts and people
    EQUIP = "equip"  # courtrooms and cameras, with the cameras' addresses
    SCHEDULE = "schedule"  # hearings and their broadcasts
    WATCH_ROOM = "watch_room"  # undelayed pictures and the console's state
    ORDER = "order"  # every order to a broadcast
    STOP = "stop"  # the orders that take something off the air
    REPORT = "report"  # write the image-text report
    PARTNERS = "partners"  # media partners and their keys
    STATISTICS = "statistics"  # detail behind the published figures
    AUDIT = "audit"  # read the journal
    EXPORT = "export"  # copies of the court's own record
    EXPORT_CLOSED = "export_closed"  # the same of its closed parts
    SIGN = "sign"  # incident forms and reasons, as the presiding judge
    APPLICATIONS = "applications"  # read applications for broadcasts
    APPLY = "apply"  # write them
    APPROVE = "approve"  # sign the step of one's own role


class Role(StrEnum):
    """What somebody is at a court."""

    ADMINISTRATOR = "administrator"
    TECHNICIAN = "technician"
    CLERK = "clerk"
    PRESIDING_JUDGE = "presiding_judge"
    PARTNER_MANAGER = "partner_manager"
    AUDITOR = "auditor"
    # Applications for broadcasts: who writes them, and the steps of a policy's chain.
    APPLICANT = "applicant"
    DIVISION_HEAD = "division_head"
    TRIAL_MANAGEMENT = "trial_management"
    VICE_PRESIDENT = "vice_president"
    UPPER_COURT = "upper_court"


_P = Permission
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    # What a judge signs nobody signs in their stead (rule B-25), nor an approval (rule B-45).
    Role.ADMINISTRATOR: frozenset(Permission) - {_P.SIGN, _P.APPROVE},
    Role.TECHNICIAN: frozenset(
        {
            _P.EQUIP,
            _P.SCHEDULE,
            _P.WATCH_ROOM,
            _P.ORDER,
            _P.STOP,
            _P.EXPORT,
            _P.APPLICATIONS,
        }
    ),
    Role.CLERK: frozenset({_P.WATCH_ROOM, _P.REPORT}),
    # The presiding judge has a stop control of their own (rule B-12).
    Role.PRESIDING_JUDGE: frozenset(
        {
            _P.WATCH_ROOM,
            _P.STOP,
            _P.EXPORT,
            _P.EXPORT_CLOSED,
            _P.SIGN,
            _P.APPLICATIONS,
            _P.APPLY,
            _P.APPROVE,
        }
    ),
    Role.PARTNER_MANAGER: frozenset({_P.PARTNERS, _P.STATISTICS}),
    Role.AUDITOR: frozenset({_P.AUDIT, _P.STATISTICS, _P.APPLICATIONS}),
    Role.APPLICANT: frozenset({_P.SCHEDULE, _P.APPLICATIONS, _P.APPLY}),
    **dict.fromkeys(
        (Role.DIVISION_HEAD, Role.TRIAL_MANAGEMENT, Role.VICE_PRESIDENT, Role.UPPER_COURT),
        frozenset({_P.APPLICATIONS, _P.APPROVE}),
    ),
}
