"""Work longer than a page."""
