"""A project's own server: publishes model and data, closes rounds, aggregates, checks and grants credit."""
