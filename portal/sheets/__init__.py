"""Spreadsheets: checked, read in a child process, written."""
