"""The demonstration: a court with hearings on the air, put there through the service's own API."""
