"""The bell between server processes: what is true is in the database, the bus says "look again".

Messages may be lost (a slow listener, Redis away); a listener is told so by ``MISSED`` and reads
the database again. Leases choose one server among several.
"""

from server.bus.contract import BUS, MISSED, Bus, Message, Subscription
from server.bus.in_process import InProcessBus

__all__ = ["BUS", "MISSED", "Bus", "InProcessBus", "Message", "Subscription"]
