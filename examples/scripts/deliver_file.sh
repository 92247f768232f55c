#!/usr/bin/env bash
# Delivers a message from a file, octet by octet: `raw` is bytes, which JSON carries in base64. Every line of the
# file must end in CRLF.
#
#   examples/scripts/deliver_file.sh FILE FROM TO
set -euo pipefail
(($# == 3)) || { echo "usage: $0 FILE FROM TO" >&2; exit 64; }
file=$1 from=$2 to=$3
{
  printf '{"envelope": {"mail_from": "%s", "recipients": [{"address": "%s"}]}, "raw": "' "$from" "$to"
  base64 --wrap=0 "$file"
  printf '"}'
} | grpcurl -plaintext -d @ "${POSTERN:-127.0.0.1:50051}" postern.v1.DeliveryService/Deliver
