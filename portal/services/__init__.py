"""Writes: one function per act, no HTTP, no commit."""
