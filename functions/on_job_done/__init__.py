"""A finished job became the next stage, or an explained ending."""
