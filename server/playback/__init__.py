"""What players ask for: HLS playlists and parts, replay, thumbnails and WHEP."""
