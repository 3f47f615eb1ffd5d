# Images of Hansard; docs/how-to/deploy.md tells which one is for what.
#
#   docker build --target api    -t hansard-api .      the HTTP door; holds no engine
#   docker build --target worker -t hansard-worker .   decodes on the CPU
#   docker build --target cuda   -t hansard-cuda .     decodes on NVIDIA's cards
#   docker build --target rocm   -t hansard-rocm .     AMD's cards, with a wheel that you add
#   docker build --target proxy -t hansard-proxy .             HTTPS in front of the door
#   docker build --target dashboard -t hansard-dashboard .     a look at the queue
#
# Tags move when their makers mend something. What must be built again bit for bit names a digest:
#   docker build --build-arg PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:<digest> ...
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG CUDA_IMAGE=nvidia/cuda:12.8.1-runtime-ubuntu24.04
ARG ROCM_IMAGE=rocm/dev-ubuntu-24.04:7.2
ARG CADDY_IMAGE=caddy:2.10-alpine


# ---- the program, in an environment of its own that is copied into the images below
FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY locks/service.txt locks/
RUN python -m venv /opt/hansard \
 && /opt/hansard/bin/pip install --no-deps --require-hashes -r locks/service.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src src
RUN /opt/hansard/bin/pip install --no-deps --no-build-isolation . \
 && /opt/hansard/bin/hansard --version

# the door never loads an engine, so its image does not hold one
FROM build AS build-api
RUN /opt/hansard/bin/pip uninstall --yes ctranslate2 faster-whisper onnxruntime


# ---- what all images on a CPU share
FROM ${PYTHON_IMAGE} AS base
RUN groupadd --gid 10001 hansard \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin hansard \
 && install -d -o 10001 -g 10001 -m 0750 /data
# Everything is written below /data, what is for a moment to /tmp; the rest may be read-only.
ENV PATH=/opt/hansard/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HANSARD_DATA_DIR=/data \
    HANSARD_HOST=0.0.0.0
WORKDIR /opt/hansard
STOPSIGNAL SIGTERM
ENTRYPOINT ["hansard"]


FROM base AS api
COPY --from=build-api /opt/hansard /opt/hansard
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/livez'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["serve"]


# ffmpeg is for whoever has to look into a file: Hansard decodes with the libraries in its wheel.
# fpcalc (libchromaprint-tools) makes the fingerprints that find one episode twice.
FROM base AS worker
# Their versions are the stable release's, and its mends are wanted, so none is named.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends ffmpeg libchromaprint-tools \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/hansard /opt/hansard
COPY deploy/health.py /opt/hansard/health.py
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=60s --timeout=20s --start-period=300s --retries=3 \
  CMD ["python", "/opt/hansard/health.py"]
CMD ["worker"]


# ---- NVIDIA. The locked CTranslate2 needs CUDA 12's cuBLAS, which the image brings, and no cuDNN
# (CTranslate2 4.5 and 4.6 did: take a -cudnn-runtime- image for those). Python is Ubuntu's 3.12.
FROM ${CUDA_IMAGE} AS base-cuda
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv ffmpeg libchromaprint-tools \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 hansard \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin hansard \
 && install -d -o 10001 -g 10001 -m 0750 /data
ENV PATH=/opt/hansard/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HANSARD_DATA_DIR=/data \
    HANSARD_HOST=0.0.0.0
WORKDIR /opt/hansard
STOPSIGNAL SIGTERM
ENTRYPOINT ["hansard"]

FROM base-cuda AS build-cuda
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY locks/service.txt locks/
RUN python3 -m venv /opt/hansard \
 && /opt/hansard/bin/pip install --no-deps --require-hashes -r locks/service.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src src
RUN /opt/hansard/bin/pip install --no-deps --no-build-isolation . \
 && /opt/hansard/bin/hansard --version

FROM base-cuda AS cuda
COPY --from=build-cuda /opt/hansard /opt/hansard
COPY deploy/health.py /opt/hansard/health.py
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=60s --timeout=20s --start-period=300s --retries=3 \
  CMD ["python", "/opt/hansard/health.py"]
CMD ["worker"]


# ---- AMD. The locked CTranslate2 knows CUDA only, so that this image decodes on the CPU unless
# CTranslate2's own wheel for ROCm lies in deploy/wheels (its README tells where to get it).
FROM ${ROCM_IMAGE} AS base-rocm
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      python3 python3-venv ffmpeg libchromaprint-tools rocm-hip-libraries \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 hansard \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin hansard \
 && install -d -o 10001 -g 10001 -m 0750 /data
# Not set here, because each is right for some cards and wrong for others; docs/how-to/deploy.md
# tells who needs them: HSA_OVERRIDE_GFX_VERSION, PYTORCH_ALLOC_CONF, PYTORCH_HIP_ALLOC_CONF. And
# HIP_LAUNCH_BLOCKING=1 makes every kernel wait for the one before: only to find a fault.
ENV PATH=/opt/hansard/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HANSARD_DATA_DIR=/data \
    HANSARD_HOST=0.0.0.0
WORKDIR /opt/hansard
STOPSIGNAL SIGTERM
ENTRYPOINT ["hansard"]

FROM base-rocm AS build-rocm
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY locks/service.txt locks/
RUN python3 -m venv /opt/hansard \
 && /opt/hansard/bin/pip install --no-deps --require-hashes -r locks/service.txt
COPY deploy/wheels wheels
RUN for wheel in wheels/ctranslate2-*.whl; do \
      if [ -e "$wheel" ]; then /opt/hansard/bin/pip install --no-deps --force-reinstall "$wheel"; fi; \
    done
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src src
RUN /opt/hansard/bin/pip install --no-deps --no-build-isolation . \
 && /opt/hansard/bin/hansard --version

FROM base-rocm AS rocm
COPY --from=build-rocm /opt/hansard /opt/hansard
COPY deploy/health.py /opt/hansard/health.py
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=60s --timeout=20s --start-period=300s --retries=3 \
  CMD ["python", "/opt/hansard/health.py"]
CMD ["worker"]


# ---- a look at the bell's queue; never without a password in front of it
FROM ${PYTHON_IMAGE} AS dashboard
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
COPY deploy/dashboard.txt /opt/dashboard.txt
RUN pip install --no-deps --require-hashes -r /opt/dashboard.txt \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin dashboard
USER 10001:10001
WORKDIR /tmp
EXPOSE 9181
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=5s --start-period=10s --retries=3 \
  CMD ["python", "-c", "import socket; socket.create_connection(('127.0.0.1', 9181), 4).close()"]
ENTRYPOINT ["rq-dashboard"]
CMD ["--disable-delete", "--json"]


# ---- Caddy as a plain user. Its program has a capability in its file to bind low ports, and does
# not start where that is taken away from the container: the copy has none and needs none.
FROM ${CADDY_IMAGE} AS proxy
RUN cp /usr/bin/caddy /usr/bin/caddy-plain \
 && mv /usr/bin/caddy-plain /usr/bin/caddy \
 && install -d -o 10001 -g 10001 /caddy/data /caddy/config
ENV XDG_DATA_HOME=/caddy/data XDG_CONFIG_HOME=/caddy/config HOME=/tmp
USER 10001:10001
WORKDIR /tmp
EXPOSE 8080 8443
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["nc", "-z", "127.0.0.1", "8080"]
ENTRYPOINT ["caddy"]
CMD ["run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
