"""The language: recipes, names, events, records and their JSON Schemas. Pure functions, under two seconds."""
