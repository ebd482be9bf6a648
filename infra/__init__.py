"""What the pipeline stands on: four ports, the grounds that fill them, and the ledger of records."""
