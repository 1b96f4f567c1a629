"""Pure decisions: facts and a date in, a decision out. Standard library only."""
