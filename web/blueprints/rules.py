"""The pages of the rules: they show nothing of a repository, and are for everybody."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from workers.rule_pages import rule_pages

blueprint = Blueprint("rules", __name__, url_prefix="/rules")


@blueprint.get("/")
def list_all() -> str:
    return render_template("rules.html", rules=rule_pages().values())


@blueprint.get("/<rule_id>")
def show(rule_id: str) -> str:
    rule = rule_pages().get(rule_id.upper()) or abort(404)
    return render_template("rule.html", rule=rule)
