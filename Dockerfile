# One image for every part: `web` (the default), `worker`, `sweeper`, `migrate` or `credentials`.
FROM python:3.12.12-slim-bookworm AS build
WORKDIR /build
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

FROM python:3.12.12-slim-bookworm
# Debian's stable release gives these its security fixes only: a pinned version would be gone with the next one.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home greenlatch \
    && install --directory --owner=greenlatch --mode=0700 /data /credentials
COPY --from=build /venv /venv
WORKDIR /srv
COPY app.py pyproject.toml ./
COPY rules rules
COPY bot bot
COPY workers workers
COPY web web
COPY migrations migrations
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GREENLATCH_DATA_DIR=/data \
    GREENLATCH_ENV_FILE=/data/greenlatch.env \
    GREENLATCH_BIND=0.0.0.0:8420
USER 10001
VOLUME /data
EXPOSE 8420
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["python", "-m", "workers", "healthy"]
ENTRYPOINT ["tini", "--", "/srv/workers/entrypoint.sh"]
CMD ["web"]
