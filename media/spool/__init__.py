"""The court's own record: an append-only log per camera, and the head that tells how far it is."""
