"""Whether and how long a replay is public: review, release by itself, lifetime (B-29, B-31)."""
