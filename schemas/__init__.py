"""The language of Jinko: what may be asked, what parts tell one another, what is remembered.

Nothing here reads or writes anything: every module holds types and pure functions, and imports pydantic,
PyYAML and the standard library only. `python -m schemas` writes the JSON Schemas of `schemas/json/`.
"""
