# One image, four commands: `muster migrate`, `api`, `worker`, `scheduler`. Servers and secrets come from outside.
FROM python:3.13-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app
RUN python -m venv .venv
COPY requirements-runtime.lock ./
RUN .venv/bin/pip install --no-deps --require-hashes -r requirements-runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY backend backend
RUN .venv/bin/pip install --no-deps --no-build-isolation --editable . \
    && .venv/bin/pip check \
    && .venv/bin/python -m compileall -q backend

FROM python:3.13-slim-bookworm

RUN useradd --uid 10001 --create-home --home-dir /var/lib/muster --shell /usr/sbin/nologin muster
COPY --from=build --chown=root:root /app /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 MUSTER_DATA=/var/lib/muster/data MUSTER_LOG_FORMAT=json
USER muster
RUN mkdir -m 0700 /var/lib/muster/data
VOLUME /var/lib/muster/data
EXPOSE 8443
STOPSIGNAL SIGTERM
ENTRYPOINT ["muster"]
CMD ["--help"]
