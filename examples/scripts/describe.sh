#!/usr/bin/env bash
# What the service offers, as it tells by reflection: its services, its methods, and a request's fields.
set -euo pipefail
server=${POSTERN:-127.0.0.1:50051}
grpcurl -plaintext "$server" list
grpcurl -plaintext "$server" list postern.v1.DeliveryService
grpcurl -plaintext "$server" describe postern.v1.DeliverRequest
