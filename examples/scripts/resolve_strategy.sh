#!/usr/bin/env bash
# What would happen to a message, and why. Nothing is sent.
set -euo pipefail
grpcurl -plaintext -d @ "${POSTERN:-127.0.0.1:50051}" postern.v1.DeliveryService/ResolveStrategy <<'REQUEST'
{
  "envelope": {"mail_from": "news@example.org", "recipients": [{"address": "ann@example.com"}]},
  "message_size": 4096,
  "lookup_dns": true
}
REQUEST
