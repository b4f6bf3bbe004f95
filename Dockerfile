# The connector's image. `make image` builds it with docker or podman, `make image-test` builds and tries it.
# BASE_IMAGE is named in metadata.yaml as well (connectorBuildOptions.baseImage).
ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.1.1@sha256:a268b44c733ae699a60f5fbc06a324945dba98945c6e2ab7f8609f2f895b0d28

# hadolint ignore=DL3006
FROM ${BASE_IMAGE} AS build
# Nothing of this stage runs later but what is copied from it.
# hadolint ignore=DL3002,DL3066
USER root
WORKDIR /build
RUN python3 -m venv /opt/connector
ENV PATH=/opt/connector/bin:$PATH
# What the connector needs changes seldom: a layer before the code.
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY setup.py pyproject.toml README.md LICENSE ./
COPY source_askelephant source_askelephant
RUN pip install --no-cache-dir --no-deps . \
    && python3 -m compileall -q /opt/connector \
    && pip uninstall --yes --quiet pip setuptools

# hadolint ignore=DL3006
FROM ${BASE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL io.airbyte.name=airbyte/source-askelephant \
      io.airbyte.version=${VERSION} \
      org.opencontainers.image.title="AskElephant source for Airbyte" \
      org.opencontainers.image.description="Reads a workspace's contacts, companies, users, tags and engagements. Contacts the host of api_url only: app.askelephant.ai, if not configured." \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION} \
      org.opencontainers.image.documentation=https://docs.askelephant.ai \
      org.opencontainers.image.licenses=MIT
COPY --from=build /opt/connector /opt/connector
# Airbyte starts what this names; in the code's own folder nothing is written.
ENV PATH=/opt/connector/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    AIRBYTE_ENTRYPOINT=/opt/connector/bin/source-askelephant
WORKDIR /airbyte
# hadolint ignore=DL3066
USER airbyte
ENTRYPOINT ["/opt/connector/bin/source-askelephant"]
