"""What was done, by whom and when: an append-only table whose entries hang together by digests."""
