"""Broadcasts: the state machine, orders, and the connections to the processes on the air."""
