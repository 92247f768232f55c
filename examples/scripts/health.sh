#!/usr/bin/env bash
# Whether the service takes deliveries.
set -euo pipefail
grpcurl -plaintext -d @ "${POSTERN:-127.0.0.1:50051}" grpc.health.v1.Health/Check <<'REQUEST'
{"service": "postern.v1.DeliveryService"}
REQUEST
