"""Three event-driven functions: a file became a dataset, a dataset a job, a job the next stage."""
