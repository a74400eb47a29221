"""How to run Tingbo with Docker, PostgreSQL, Redis and nginx."""
