"""Answers in bulk: who answers (`engine`), and what a line of the file of answers says (`lines`)."""
