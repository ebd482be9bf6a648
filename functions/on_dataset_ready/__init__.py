"""A dataset became a job: settings, base, order, submit."""
