"""A record as a line of an export. Tier 0."""

from typing import Any

from concur.crawl.jobs import Record


def row(record: Record) -> dict[str, Any]:
    """A record in JSON's types: url, status, bytes (of the decoded body), ms, depth, referrer, title, error."""
    return {
        "url": str(record.url),
        "status": record.status,
        "bytes": record.seen.size_bytes,
        "ms": round(record.duration_ns / 1e6, 3),
        "depth": record.depth,
        "referrer": None if record.referrer is None else str(record.referrer),
        "title": record.seen.title,
        "error": record.error,
    }
