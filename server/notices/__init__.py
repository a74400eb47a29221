"""Public notices 公告 of hearings (rule B-07): made, published, changed, withdrawn."""
