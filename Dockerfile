# Limn's one image, for workers and pages: target `cpu`, or `cuda` for workers with an NVIDIA GPU.
FROM python:3.11.15-slim-bookworm AS python
ENV PATH=/opt/venv/bin:$PATH

FROM python AS source
ARG UV_VERSION=0.13.8
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    VIRTUAL_ENV=/opt/venv
WORKDIR /opt/limn
RUN pip install --no-cache-dir "uv==${UV_VERSION}" && python -m venv /opt/venv
COPY pyproject.toml constraints.txt README.md ./
COPY core core
COPY drafting drafting
COPY ingestion ingestion
COPY encoder encoder
COPY search search
COPY samples samples
COPY workers workers
COPY ui ui

FROM source AS build-cpu
RUN uv pip install --torch-backend cpu --constraint constraints.txt .

# ONNX Runtime takes CUDA's libraries from torch's packages, so both must be for the same CUDA.
FROM source AS build-cuda
ARG TORCH_BACKEND=cu130
RUN uv pip install --torch-backend "${TORCH_BACKEND}" --constraint constraints.txt . \
    && version=$(python -c "from importlib.metadata import version as v; print(v('onnxruntime'))") \
    && uv pip uninstall onnxruntime \
    && uv pip install --no-deps "onnxruntime-gpu==${version}"

FROM python AS runtime
# Certificates print what designs are called in any script; one release of Debian has one version.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-droid-fallback fonts-nanum \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 limn \
    && useradd --uid 10001 --gid limn --no-create-home --home-dir /data --shell /usr/sbin/nologin limn \
    && install -d -o limn -g limn /data
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LIMN_HOME=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8501
CMD ["python", "-m", "ui.server"]

FROM runtime AS cuda
ENV NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=build-cuda /opt/venv /opt/venv

FROM runtime AS cpu
COPY --from=build-cpu /opt/venv /opt/venv
