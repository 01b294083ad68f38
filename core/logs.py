"""Structured logs: one configuration for every process, for our lines and those of libraries."""

import logging
import sys

import structlog

from core.settings import LogSettings


def configure_logs(settings: LogSettings) -> None:
    """Send structlog and standard logging to standard error; call once at an entry point.

    Each line carries the ids bound to its context: the request, upload, message or figure that it
    was written for (`workers.log_ids`, `ui.request_log`).
    """
    level = logging.getLevelNamesMapping()[settings.level]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.json_lines
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*before, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_print_to_standard_error,
    )
    of_libraries = logging.StreamHandler(sys.stderr)
    of_libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *before],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[of_libraries])


def _print_to_standard_error(*_: object) -> structlog.PrintLogger:
    """Made for each line: whoever runs a command in its own process may replace standard error."""
    return structlog.PrintLogger(sys.stderr)
