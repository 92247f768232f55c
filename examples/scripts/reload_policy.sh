#!/usr/bin/env bash
# Reads the policy files now.
set -euo pipefail
grpcurl -plaintext -d @ "${POSTERN:-127.0.0.1:50051}" postern.v1.PolicyService/ReloadPolicy <<'REQUEST'
{}
REQUEST
