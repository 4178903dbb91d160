"""The pages: repositories, pull requests with their diff and conversation, files, check runs, deliveries."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, g, redirect, render_template, request, url_for
from markupsafe import Markup

from bot.sandbox.api.http import sandbox
from bot.sandbox.model import CheckRun, Pull, Repository, ReviewComment, Thread
from bot.sandbox.pages.content import view_of
from bot.sandbox.pages.markdown import render
from bot.sandbox.pages.protection import only_from_here, protect
from bot.sandbox.scenario import Scenario
from bot.sandbox.shapes.pulls import pull_diff
from bot.sandbox.suggestions import NotAppliableError

blueprint = Blueprint("pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static")
_MAX_DELIVERIES = 200


blueprint.before_request(only_from_here)
blueprint.after_request(protect)


@blueprint.get("/")
def index() -> str:
    state = sandbox()
    repositories = [(each, state.pulls_of(each)) for each in state.repositories.values()]
    return render_template("index.html", repositories=repositories, conclusion=_conclusion)


@blueprint.get("/deliveries")
def deliveries() -> str:
    newest = sorted(sandbox().deliveries.values(), key=lambda each: -each.id)[:_MAX_DELIVERIES]
    return render_template("deliveries.html", deliveries=newest)


@blueprint.get("/<owner>/<repo>")
def repository(owner: str, repo: str) -> str:
    found = _repository(owner, repo)
    return render_template(
        "index.html", repositories=[(found, sandbox().pulls_of(found))], conclusion=_conclusion, title=found.full_name
    )


@blueprint.get("/<owner>/<repo>/pull/<int:number>")
def pull_page(owner: str, repo: str, number: int) -> str:
    pull = _pull(owner, repo, number)
    people = [pull.user.login, *(login for login in pull.repository.roles if login != pull.user.login)]
    view = view_of(sandbox(), pull)
    return render_template(
        "pull.html", view=view, pull=pull, people=people, texts_of=_texts, problem=g.get("problem", "")
    )


@blueprint.get("/<owner>/<repo>/pull/<int:number>.diff")
def pull_diff_text(owner: str, repo: str, number: int) -> Response:
    return Response(pull_diff(_pull(owner, repo, number)).raw, mimetype="text/plain")


@blueprint.get("/<owner>/<repo>/blob/<revision>/<path:path>")
def blob(owner: str, repo: str, revision: str, path: str) -> str:
    found = _repository(owner, repo)
    sha = found.git.resolve(revision)
    entry = found.git.entry(sha, path) if sha else None
    if entry is None or entry.type != "blob":
        abort(404)
    lines = found.git.blob(entry.sha).decode("utf-8", "replace").split("\n")
    return render_template("blob.html", repository=found, revision=revision, path=path, lines=lines)


@blueprint.get("/<owner>/<repo>/runs/<int:run_id>")
def run_page(owner: str, repo: str, run_id: int) -> str:
    run = _run(owner, repo, run_id)
    found = run.suite.repository
    return render_template("run.html", run=run, repository=found, texts=_texts(run), pull=_pull_of(run))


# What a person does


@blueprint.post("/<owner>/<repo>/pull/<int:number>/comment")
def comment(owner: str, repo: str, number: int) -> Any:
    pull, text = _pull(owner, repo, number), request.form.get("body", "")
    if text.strip():
        _scenario().comment(pull, text.replace("\r\n", "\n"), actor=_actor())
    return _back(pull)


@blueprint.post("/<owner>/<repo>/pull/<int:number>/threads/<int:thread_id>")
def answer(owner: str, repo: str, number: int, thread_id: int) -> Any:
    """A reply, or the switch between resolved and open."""
    pull = _pull(owner, repo, number)
    thread = _thread(pull, thread_id)
    text = request.form.get("body", "")
    first = sandbox().comments_in(thread)[0]
    if request.form.get("do") == "resolve":
        _scenario().resolve(thread, actor=_actor())
    elif request.form.get("do") == "unresolve":
        _scenario().unresolve(thread, actor=_actor())
    elif text.strip():
        _scenario().reply(first, text.replace("\r\n", "\n"), actor=_actor())
    return _back(pull, f"discussion_r{first.id}")


@blueprint.post("/<owner>/<repo>/pull/<int:number>/suggestions/<int:comment_id>")
def commit_suggestion(owner: str, repo: str, number: int, comment_id: int) -> Any:
    pull = _pull(owner, repo, number)
    chosen: ReviewComment | None = sandbox().review_comments.get(comment_id)
    if chosen is None or chosen.thread.pull is not pull:
        abort(404)
    try:
        _scenario().commit_suggestions([chosen], actor=_actor())
    except NotAppliableError as error:
        g.problem = str(error)
        return pull_page(owner, repo, number), 409
    return _back(pull)


@blueprint.post("/<owner>/<repo>/pull/<int:number>/state")
def change_state(owner: str, repo: str, number: int) -> Any:
    pull, scenario = _pull(owner, repo, number), _scenario()
    changes = {
        "close": scenario.close,
        "reopen": scenario.reopen,
        "draft": scenario.convert_to_draft,
        "ready": scenario.ready_for_review,
    }
    change = changes.get(request.form.get("do", ""))
    if change is None:
        abort(400)
    change(pull, actor=_actor())
    return _back(pull)


@blueprint.post("/<owner>/<repo>/runs/<int:run_id>")
def press(owner: str, repo: str, run_id: int) -> Any:
    """The re-run button, or one of the run's own."""
    run = _run(owner, repo, run_id)
    identifier = request.form.get("identifier", "")
    try:
        if identifier:
            _scenario().press_button(run, identifier, actor=_actor())
        else:
            _scenario().press_rerun(run, actor=_actor())
    except LookupError:
        abort(409)
    pull = _pull_of(run)
    return _back(pull) if pull else redirect(request.path)


@blueprint.post("/deliveries/<int:delivery_id>")
def redeliver(delivery_id: int) -> Any:
    state = sandbox()
    delivery = state.deliveries.get(delivery_id)
    if delivery is None:
        abort(404)
    app = state.apps[int(delivery.headers["X-GitHub-Hook-ID"])]
    state.webhooks.redeliver(app, delivery)
    return redirect(url_for("pages.deliveries"))


def _scenario() -> Scenario:
    return Scenario(sandbox())


def _actor() -> str:
    """Only somebody who has an account can act; else it is the owner."""
    login = request.form.get("actor", "")
    return login if login.lower() in sandbox().users else ""


def _back(pull: Pull, fragment: str = "") -> Any:
    owner, repo = pull.repository.owner.login, pull.repository.name
    place = url_for("pages.pull_page", owner=owner, repo=repo, number=pull.number, _anchor=fragment or None)
    return redirect(place, 303)


def _repository(owner: str, repo: str) -> Repository:
    return sandbox().find_repository(owner, repo) or abort(404)


def _pull(owner: str, repo: str, number: int) -> Pull:
    return sandbox().pulls.get((_repository(owner, repo).id, number)) or abort(404)


def _thread(pull: Pull, thread_id: int) -> Thread:
    thread = sandbox().threads.get(thread_id)
    return thread if thread is not None and thread.pull is pull else abort(404)


def _run(owner: str, repo: str, run_id: int) -> CheckRun:
    run = sandbox().check_runs.get(run_id)
    return run if run is not None and run.suite.repository is _repository(owner, repo) else abort(404)


def _texts(run: CheckRun) -> list[Markup]:
    return [render(text) for text in (run.summary, run.text) if text]


def _pull_of(run: CheckRun) -> Pull | None:
    pulls = sandbox().pulls_of(run.suite.repository)
    return next((pull for pull in pulls if pull.head_sha == run.suite.head_sha), None)


def _conclusion(pull: Pull) -> str:
    runs = sandbox().runs_for(pull.repository, pull.head_sha)
    return ", ".join(f"{run.name}: {run.conclusion or run.status.replace('_', ' ')}" for run in runs[:3])
