#!/usr/bin/env bash
# Everything that Deliver does, up to but not including the first connection.
set -euo pipefail
grpcurl -plaintext -d @ "${POSTERN:-127.0.0.1:50051}" postern.v1.DeliveryService/Deliver <<'REQUEST'
{
  "envelope": {"mail_from": "news@example.org", "recipients": [{"address": "ann@example.com"}]},
  "text": "Subject: Not sent\n\nThis stays here.\n",
  "validate_only": true
}
REQUEST
