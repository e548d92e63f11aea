# One image for the web process, the worker and the commands; docker-compose.yml says which runs.

FROM python:3.13-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/kontor
COPY requirements.lock /tmp/requirements.lock
RUN /opt/kontor/bin/pip install --no-input --require-hashes --only-binary :all: \
      --requirement /tmp/requirements.lock

FROM python:3.13-slim
ENV PATH=/opt/kontor/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    KONTOR_MODE=production \
    KONTOR_VAR_DIR=/var/lib/kontor
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin kontor \
 && install --directory --owner kontor --group kontor --mode 0750 /var/lib/kontor
COPY --from=packages /opt/kontor /opt/kontor
WORKDIR /srv/kontor
COPY . .
RUN ln -s /srv/kontor/kontor /opt/kontor/bin/kontor
RUN python -m compileall -q app migrations
USER 10001:10001
VOLUME /var/lib/kontor
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
  CMD ["python", "deploy/healthcheck.py", "web"]
CMD ["uvicorn", "app.main:create_app", "--factory", "--host", "0.0.0.0", "--port", "8000", \
     "--no-access-log", "--no-server-header", "--no-proxy-headers", "--timeout-graceful-shutdown", "20"]
