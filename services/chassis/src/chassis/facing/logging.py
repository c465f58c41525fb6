"""One JSON line for each thing that happened, for machines; never a payload, never personal data."""

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

from chassis.keeping.work import clock
from contracts.envelope import spoken

_LEVELS = logging.getLevelNamesMapping()


def configure_logging(service: str, level: str) -> None:
    """Sends the lines of this service to standard output, from structlog and from libraries alike."""

    def stamp(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        return {"timestamp": spoken(clock()), "service": service, **line}

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        stamp,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=lambda *_: logging.getLogger(service),  # which, unlike a print, lets no full disk end its caller
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processor=structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(service).setLevel(logging.DEBUG)  # structlog has sifted them
