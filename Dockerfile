# Two stages: the first installs the locked dependencies into a virtual environment, the second holds only that
# environment, the four packages and Python. Build and run:
#
#   docker build -t ros1-cds .
#   docker run --rm -p 8080:8080 -e ROS1_CDS_PROFILE=sandbox ros1-cds      (invented patients only)

FROM python:3.12-slim AS dependencies
RUN python -m venv /venv
COPY requirements.lock .
RUN /venv/bin/pip install --no-cache-dir --requirement requirements.lock

FROM python:3.12-slim
COPY --from=dependencies /venv /venv
WORKDIR /app
COPY LICENSE NOTICE ./
COPY cdshooks cdshooks
COPY cards cards
COPY fhir_mapping fhir_mapping
COPY knowledge knowledge
# Compiled once here, as the process may not write below /app.
RUN ["/venv/bin/python", "-m", "compileall", "-q", "/app"]

# What outlives a request, unless ROS1_CDS_STORE names a PostgreSQL: without a volume it is forgotten with the container.
RUN install -d -o 10001 -g 10001 /var/lib/ros1-cds
VOLUME /var/lib/ros1-cds

# A number, not a name, so that an orchestrator can see that it is not root.
USER 10001:10001
# Inside the container the server must listen on every address; which of them are reachable is the host's decision.
# Closed until it is told who may call: docs/settings.md. For a trial: docker run -e ROS1_CDS_PROFILE=sandbox
ENV ROS1_CDS_PROFILE=production ROS1_CDS_HOST=0.0.0.0 ROS1_CDS_PORT=8080 ROS1_CDS_STORE=sqlite:////var/lib/ros1-cds/store.sqlite3 \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
EXPOSE 8080
# urlopen raises, and so the check fails, on any answer but a success.
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \
    CMD ["/venv/bin/python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['ROS1_CDS_PORT'] + '/healthz', timeout=2)"]
ENTRYPOINT ["/venv/bin/python", "-m", "cdshooks", "serve"]
