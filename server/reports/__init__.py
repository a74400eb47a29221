"""The image-text live report 图文直播."""
