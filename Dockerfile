# One image for every service. The CPU build of torch keeps it under 2 GB.
FROM python:3.12-slim

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1

WORKDIR /app
RUN pip install torch==2.13.0 --index-url ${TORCH_INDEX} --extra-index-url https://pypi.org/simple
COPY requirements.lock ./
RUN pip install -r requirements.lock
COPY . .
RUN pip install --no-deps . && useradd --create-home --uid 10001 faithline
USER faithline
# 8000 is the API, 4317 OTLP over gRPC (with FAITHLINE_GRPC_PORT), 9000 where a worker shows its metrics.
EXPOSE 8000 4317 9000
CMD ["faithline", "serve", "--role", "api", "--host", "0.0.0.0"]
