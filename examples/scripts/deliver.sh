#!/usr/bin/env bash
# Delivers one message to two recipients. The request goes through standard input (-d @): a command line is no
# place for a message, since other users of the machine can read it.
set -euo pipefail
grpcurl -plaintext -d @ "${POSTERN:-127.0.0.1:50051}" postern.v1.DeliveryService/Deliver <<'REQUEST'
{
  "envelope": {
    "mail_from": "news@example.org",
    "recipients": [{"address": "ann@example.com"}, {"address": "bob@example.com"}]
  },
  "text": "From: News <news@example.org>\nTo: Ann <ann@example.com>\nSubject: Hello\n\nHello from grpcurl.\n",
  "context": {"retry_num": 0, "labels": {"tenant": "acme"}}
}
REQUEST
