"""`jinko up` as people run it: a process of its own, many drops, bad ones, half-copied ones, and Ctrl-C."""
