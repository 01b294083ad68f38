"""Celery workers and the stage functions they run."""
