"""The local ground: a folder, one SQLite file, subprocesses. A product, not a test double.

<home>/inbox/      people drop files here
<home>/outbox/     Jinko writes here
<home>/jinko.db    records, the queue, the jobs, what is known of every object
<home>/jobs/<id>/  lock, log and exit code of each job
"""
