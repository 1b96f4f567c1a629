"""Copies of the whole installation: made, opened again, kept for a while, brought back."""
