"""The demo district: invented places and people, and the bank's files about them."""
