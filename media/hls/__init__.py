"""Low-Latency HLS (draft-pantos-hls-rfc8216bis-22): parts, playlists, reloads, and the origin."""
