"""The local ground where it promises more than the ports do, the settings, the ledger and the Hub."""
