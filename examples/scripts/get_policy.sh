#!/usr/bin/env bash
# What is in force, and what became of the last attempt to change it.
set -euo pipefail
grpcurl -plaintext -d @ "${POSTERN:-127.0.0.1:50051}" postern.v1.PolicyService/GetPolicy <<'REQUEST'
{}
REQUEST
