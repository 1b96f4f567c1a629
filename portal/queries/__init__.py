"""Reads: frozen rows for pages."""
