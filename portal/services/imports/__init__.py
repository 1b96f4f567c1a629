"""Imports: the lists of bank and county, received, checked, compared, applied."""
