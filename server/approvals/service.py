"""The approvals of all courts: what reads, writes, signs and clears them."""

from __future__ import annotations

from aiohttp import web

from server.approvals.attachments import Attachments
from server.approvals.clearance import Clearances
from server.approvals.dossier import Dossiers
from server.approvals.pilots import PilotService
from server.approvals.policies import PolicyService
from server.approvals.signatures import Signatures
from server.approvals.voiding import Voiding
from server.approvals.writing import Writing
from server.blobs import Blobs
from server.database import Database
from server.hearings.service import HearingService


class ApprovalService:
    """Every act is an entry of the journal in the same transaction.

    What an application stands for is computed from what was signed, never read from its state.
    """

    def __init__(
        self,
        database: Database,
        hearings: HearingService,
        policies: PolicyService,
        pilots: PilotService,
        blobs: Blobs,
    ) -> None:
        self.policies = policies
        self.pilots = pilots
        self.dossiers = Dossiers(database, hearings, policies)
        self.voiding = Voiding(database, self.dossiers, hearings)
        self.attachments = Attachments(database, self.dossiers, blobs)
        self.writing = Writing(
            database, hearings, policies, self.dossiers, self.voiding, self.attachments
        )
        self.signatures = Signatures(database, self.dossiers, self.voiding)
        self.clearances = Clearances(database, policies, self.voiding)


APPROVALS = web.AppKey("approvals", ApprovalService)
