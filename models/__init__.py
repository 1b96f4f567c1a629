"""What we know: tables over rules."""
