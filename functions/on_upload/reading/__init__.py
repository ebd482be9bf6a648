"""From bytes to rows: every format that people have, as a stream, every cell as it was written."""
