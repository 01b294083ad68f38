"""Structured logs: one configuration for every process."""

import logging
import sys

import structlog

from core.settings import LogSettings


def configure_logs(settings: LogSettings) -> None:
    """Send structlog and standard logging to standard error; call once at an entry point."""
    level = logging.getLevelNamesMapping()[settings.level]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.json_lines
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_print_to_standard_error,
    )
    logging.basicConfig(level=max(level, logging.WARNING), stream=sys.stderr)


def _print_to_standard_error(*_: object) -> structlog.PrintLogger:
    """Made for each line: whoever runs a command in its own process may replace standard error."""
    return structlog.PrintLogger(sys.stderr)
