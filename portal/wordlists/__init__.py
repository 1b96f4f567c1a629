"""Words for codes, one list per noun."""
