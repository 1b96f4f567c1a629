"""Journeys through the portal in a real Chromium, one for each role."""
