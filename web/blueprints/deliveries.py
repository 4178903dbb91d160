"""What GitHub delivered and what came of it, for operators, who may have it done again."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.errors import UserError
from web.access.viewer import readable_repositories, require_operator
from web.extension import services
from workers.history import MAX_DELIVERIES
from workers.logs import get_logger
from workers.models import DeliveryState
from workers.queue import QUEUE_ERRORS

log = get_logger(__name__)
blueprint = Blueprint("deliveries", __name__, url_prefix="/deliveries")


@blueprint.get("/")
def list_all() -> str:
    require_operator()
    state = _state(request.args.get("state", ""))
    before = request.args.get("before", type=int)
    deliveries = services().history.deliveries(state=state, before=before)
    return render_template(
        "deliveries.html",
        deliveries=deliveries,
        state=state,
        states=list(DeliveryState),
        older=deliveries[-1].id if len(deliveries) == MAX_DELIVERIES else None,
    )


@blueprint.get("/<id:delivery_id>")
def show(delivery_id: int) -> str:
    """Without its payload: an operator may not read every repository."""
    require_operator()
    delivery = services().history.delivery(delivery_id) or abort(404)
    return render_template("delivery.html", delivery=delivery, readable=readable_repositories())


@blueprint.post("/<id:delivery_id>/runs")
def run_again(delivery_id: int) -> ResponseReturnValue:
    operator = require_operator()
    try:
        ticket = services().inbox.run_again(delivery_id)
    except UserError as error:
        flash(f"Delivery {delivery_id} was not run again: {error.message}.", "problem")
    else:
        log.info("delivery_run_again", row=delivery_id, by=operator.login)
        flash(f"Delivery {delivery_id} runs again.", "done")
        try:
            services().queues.put(ticket)
        except QUEUE_ERRORS as error:
            log.warning("delivery_not_enqueued", row=delivery_id, error=type(error).__name__)
    if request.args.get("back") == "delivery":
        return redirect(url_for("deliveries.show", delivery_id=delivery_id), 303)
    return redirect(url_for("deliveries.list_all", state=request.args.get("state") or None), 303)


def _state(value: str) -> DeliveryState | None:
    if not value:
        return None
    return DeliveryState(value) if value in list(DeliveryState) else abort(404)
