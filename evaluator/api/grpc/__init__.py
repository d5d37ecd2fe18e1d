"""OTLP over gRPC. Only `door` can be imported where the extra ``grpc`` is not installed."""
