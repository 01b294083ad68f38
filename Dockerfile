# Limn's one image: workers and pages. For an NVIDIA GPU build with
# --build-arg TORCH_BACKEND=cu128 --build-arg ONNXRUNTIME=onnxruntime-gpu.
FROM python:3.11-slim-bookworm AS build
ARG TORCH_BACKEND=cpu
ARG ONNXRUNTIME=onnxruntime
ARG UV_VERSION=0.13.8
ENV UV_TORCH_BACKEND=${TORCH_BACKEND} \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy
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
RUN uv pip install --no-cache --python /opt/venv/bin/python --constraint constraints.txt . \
    && if [ "${ONNXRUNTIME}" != onnxruntime ]; then \
        uv pip uninstall --python /opt/venv/bin/python onnxruntime \
        && uv pip install --no-cache --python /opt/venv/bin/python "${ONNXRUNTIME}"; \
    fi

FROM python:3.11-slim-bookworm AS limn
RUN groupadd --gid 10001 limn \
    && useradd --uid 10001 --gid limn --no-create-home --home-dir /data --shell /usr/sbin/nologin limn \
    && install -d -o limn -g limn /data
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LIMN_HOME=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8501
CMD ["python", "-m", "ui.server"]
