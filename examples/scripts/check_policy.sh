#!/usr/bin/env bash
# What is wrong with a policy, without putting it in force.
set -euo pipefail
grpcurl -plaintext -d @ "${POSTERN:-127.0.0.1:50051}" postern.v1.PolicyService/CheckPolicy <<'REQUEST'
{
  "policies": [{"name": "draft.toml", "text": "[server]\nhostnam = \"mail.example.org\"\n"}]
}
REQUEST
