"""What is published of a run: which files, and the card that says what they are."""
