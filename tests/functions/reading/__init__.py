"""From bytes to rows: every format, every kind of dirt, every trap."""
