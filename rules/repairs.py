"""Which recipes repair a cause: chosen from what the analysis knows, turned into edits and verified elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.analysis.accesses import Access
from rules.finding import Location
from rules.fixes.recipe import (
    AddLoaderOption,
    AwaitAttribute,
    GiveCollection,
    KeepOnCommit,
    LoaderStep,
    Recipe,
    RefreshInstance,
    Statement,
)
from rules.index.models import Model, Relationship
from rules.sources import Sources

Links = tuple[tuple[Model, str], ...]


def recipes_for(accesses: Sequence[Access], sources: Sources) -> tuple[Recipe, ...]:
    """What can repair one cause, the best first. All accesses have the same cause."""
    return tuple(dict.fromkeys(_recipes(accesses, sources)))


def _recipes(accesses: Sequence[Access], sources: Sources) -> Iterator[Recipe]:
    first = accesses[0]
    if first.cause.kind in ("query", "construct") and first.relationship:
        if first.origin.kind == "construct" and not first.path:
            yield from _new_object(accesses, sources)
        else:
            yield from _loader_option(accesses, sources)
            if (
                first.model.has_async_attrs
                and first.can_await
                and not first.detached
                and first.operation == "read"
                and len(accesses) == 1
            ):
                yield AwaitAttribute(sources.location(first.place))
        return
    if first.detached and first.cause.kind in ("close", "expunge") and first.relationship:
        yield from _loader_option(accesses, sources)
        return
    yield from _refresh(accesses, sources)
    if first.cause.kind == "commit" and first.factory is not None:
        yield KeepOnCommit(sources.location(first.factory))


def _new_object(accesses: Sequence[Access], sources: Sources) -> Iterator[Recipe]:
    first = accesses[0]
    if first.collection and not any(access.needs for access in accesses):
        yield GiveCollection(sources.location(first.origin.place), first.attribute)
    yield from _refresh(accesses, sources)


def _loader_option(accesses: Sequence[Access], sources: Sources) -> Iterator[Recipe]:
    first = accesses[0]
    origin = first.origin
    below: Links = max((need for access in accesses for need in access.needs), key=len, default=())
    links: Links = ((first.model, first.attribute), *below)
    if first.path and first.option_place is not None:
        yield AddLoaderOption(Statement.OPTION, sources.location(first.option_place), _steps(links))
        return
    if not origin.direct:
        return
    path = _steps((*first.path, *links))
    place = sources.location(origin.place)
    if origin.kind in ("select", "returning"):
        yield AddLoaderOption(Statement.SELECT, place, path)
    elif origin.kind == "get":
        root = first.root or first.model
        if not origin.known:
            yield AddLoaderOption(Statement.GET, place, path)
        elif len(root.primary_keys) == 1:
            yield AddLoaderOption(Statement.GET_KNOWN, place, path, root.primary_keys[0])


def _steps(links: Links) -> tuple[LoaderStep, ...]:
    steps: list[LoaderStep] = []
    for model, name in links:
        attribute = model.attributes.get(name)
        collection = isinstance(attribute, Relationship) and attribute.collection
        steps.append(LoaderStep(model.name, name, model.info.module.name, collection))
    return tuple(steps)


def _refresh(accesses: Sequence[Access], sources: Sources) -> Iterator[Recipe]:
    """One refresh before the first read of the cause, where the session and the instance have names."""
    for access in accesses:
        site = access.refresh
        if site is None:
            continue
        here = [other for other in accesses if other.refresh is not None and other.refresh.instance == site.instance]
        relationships = [other.attribute for other in here if other.relationship]
        names: tuple[str, ...] = ()
        if relationships or access.cause.kind == "defer":
            names = tuple(dict.fromkeys(other.attribute for other in here))
        yield RefreshInstance(site.session, site.instance, names, before=_place(sources, site.before))
        return


def _place(sources: Sources, place: tuple[str, tuple[int, int, int, int]]) -> Location:
    return sources.location(place)
