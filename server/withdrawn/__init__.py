"""What is withdrawn now: a mask over everything the public is shown, the same for every feature."""

from server.withdrawn.register import REGISTER, Register, mask_of

__all__ = ["REGISTER", "Register", "mask_of"]
