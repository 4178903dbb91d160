"""Hands events to the app over HTTP: signed, recorded, and again on request."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import urllib3

from bot.sandbox.model import App, Delivery

TIMEOUT_SECONDS = 10.0
"""An app that takes longer has failed."""


def signature(secret: str, body: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"


class WebhookSender:
    """Posts deliveries one after the other from a thread of its own, which starts with the first of them.

    `deliveries` gets every attempt. `observer` is called with each attempt that GitHub itself could have made.
    """

    def __init__(
        self, deliveries: dict[int, Delivery], new_id: Callable[[], int], clock: Callable[[], datetime]
    ) -> None:
        self.deliveries = deliveries
        self.host = "127.0.0.1"
        self.observer: Callable[[Delivery], None] | None = None
        self._new_id = new_id
        self._clock = clock
        self._pool = urllib3.PoolManager(retries=False)
        self._waiting: deque[tuple[App, Delivery]] = deque()
        self._held: list[tuple[App, Delivery]] | None = None
        self._unfinished = 0
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def send(
        self,
        app: App,
        event: str,
        action: str | None,
        payload: dict[str, Any],
        *,
        installation_id: int | None = None,
        repository_id: int | None = None,
    ) -> Delivery:
        """Queues a new event; the delivery that is returned is filled in when it was made."""
        body = json.dumps(payload, separators=(",", ":")).encode()
        guid = str(uuid.uuid4())
        delivery = Delivery(
            id=self._new_id(),
            guid=guid,
            event=event,
            action=action,
            headers=self._headers(app, event, guid, body),
            body=body,
            delivered_at=self._clock(),
            installation_id=installation_id,
            repository_id=repository_id,
        )
        self._queue(app, delivery)
        return delivery

    def redeliver(self, app: App, delivery: Delivery) -> Delivery:
        """The same event once more: same guid and body, new attempt."""
        again = self._another(delivery, redelivery=True)
        self._queue(app, again)
        return again

    def duplicate(self, app: App, delivery: Delivery) -> Delivery:
        """The same event twice without anybody having asked."""
        again = self._another(delivery)
        self._queue(app, again)
        return again

    def forge(self, app: App, delivery: Delivery, *, body: bytes | None = None, **headers: str | None) -> Delivery:
        """An attempt with another body or other headers (None removes one; `_` stands for `-`), not signed anew."""
        changed = dict(delivery.headers)
        for name, value in headers.items():
            changed.pop(name.replace("_", "-"), None)
            if value is not None:
                changed[name.replace("_", "-")] = value
        forged = self._another(delivery, forged=True, headers=changed, body=delivery.body if body is None else body)
        self._queue(app, forged)
        return forged

    def hold(self) -> None:
        """Keeps what is sent from now on until `release`."""
        with self._changed:
            self._held = self._held or []

    def release(self, *, newest_first: bool = False, mixed: random.Random | None = None) -> None:
        """In the order in which it was sent, the newest first, or in any order."""
        with self._changed:
            held, self._held = self._held or [], None
            if mixed is not None:
                mixed.shuffle(held)
            self._waiting.extend(reversed(held) if newest_first else held)
            self._changed.notify_all()

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """Waits (seconds) until every delivery that is not held has been made; False when time ran out."""
        with self._changed:
            return self._changed.wait_for(lambda: self._unfinished == len(self._held or []), timeout)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(TIMEOUT_SECONDS)
        self._pool.clear()

    def _headers(self, app: App, event: str, guid: str, body: bytes) -> dict[str, str]:
        return {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": f"GitHub-Hookshot/{hashlib.sha256(str(app.id).encode()).hexdigest()[:7]}",
            "X-GitHub-Delivery": guid,
            "X-GitHub-Enterprise-Host": self.host,
            "X-GitHub-Enterprise-Version": "3.19.0",
            "X-GitHub-Event": event,
            "X-GitHub-Hook-ID": str(app.id),
            "X-GitHub-Hook-Installation-Target-ID": str(app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-Hub-Signature": signature(app.webhook_secret, body, "sha1"),
            "X-Hub-Signature-256": signature(app.webhook_secret, body),
        }

    def _another(self, delivery: Delivery, **changes: Any) -> Delivery:
        fresh: dict[str, Any] = {"status": "pending", "status_code": 0, "duration": 0.0, "response_body": ""}
        fresh |= {"id": self._new_id(), "delivered_at": self._clock(), "response_headers": {}}
        return replace(delivery, **{**fresh, **changes})

    def _queue(self, app: App, delivery: Delivery) -> None:
        with self._changed:
            self.deliveries[delivery.id] = delivery
            self._unfinished += 1
            (self._waiting if self._held is None else self._held).append((app, delivery))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sandbox-webhooks", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                app, delivery = self._waiting.popleft()
            self._post(app, delivery)
            if self.observer is not None and not delivery.forged:
                self.observer(delivery)
            with self._changed:
                self._unfinished -= 1
                self._changed.notify_all()

    def _post(self, app: App, delivery: Delivery) -> None:
        started = time.monotonic()
        try:
            answer = self._pool.request(
                "POST", app.webhook_url, body=delivery.body, headers=delivery.headers, timeout=TIMEOUT_SECONDS
            )
        except urllib3.exceptions.NewConnectionError:  # counts as a kind of timeout there
            delivery.status = "failed to connect to host"
        except urllib3.exceptions.TimeoutError:
            delivery.status = "timed out"
        except urllib3.exceptions.HTTPError as error:
            delivery.status = f"failed to exchange: {type(error).__name__}"
        else:
            delivery.status_code = answer.status
            delivery.status = "OK" if answer.status < 300 else f"Invalid HTTP Response: {answer.status}"
            delivery.response_headers = dict(answer.headers)
            delivery.response_body = answer.data.decode("utf-8", "replace")
        delivery.duration = round(time.monotonic() - started, 3)
