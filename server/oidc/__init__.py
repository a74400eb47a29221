"""Signing in with a provider of identities (OpenID Connect), where one is set."""
