"""The person's command: drop a file, watch it become a model, ask how things stand."""
