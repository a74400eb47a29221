"""Courts, their courtrooms and the cameras in them."""
