"""What is withdrawn now: a mask over everything the public is shown, the same for every feature."""

from server.withdrawn.register import REGISTER, Register

__all__ = ["REGISTER", "Register"]
