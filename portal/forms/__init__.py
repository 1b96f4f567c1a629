"""Forms: what a person may send, one module per noun."""
