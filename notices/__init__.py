"""What we say on paper: plain data in, PDF out."""
