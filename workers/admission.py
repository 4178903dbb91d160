"""The way into the queue: a wish for a scan becomes a row, and a job where it needs one."""

from __future__ import annotations

from workers.logs import get_logger
from workers.scans import Request
from workers.services import Services

log = get_logger(__name__)


def request_scan(services: Services, request: Request) -> str:
    granted = services.scans.request(request)
    if granted.ticket is not None:
        services.queues.offer(granted.ticket)
    name = f"{request.repository.full_name}#{request.number}"
    log.info("scan_requested", scan=granted.scan_id, repository=request.repository.full_name, number=request.number)
    return f"scan {granted.scan_id} of {name} ({request.asked_by})" + (f": {granted.note}" if granted.note else "")
