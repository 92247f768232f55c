#!/usr/bin/env bash
# Each script of examples/scripts, as it stands, against a real service whose mail goes to a real receiving server.
set -euo pipefail
source tests/fakes/lib.sh

PATH=$(dirname "$(go_tool grpcurl)"):$PATH
start_sink
sed "s/^port = 2525$/port = $sink_port/" examples/quickstart.toml >"$TEST_TMPDIR/quickstart.toml"
start_posternd --config "$TEST_TMPDIR/quickstart.toml"
export POSTERN=$address

# run SCRIPT ARGS...: sets said.
ran=()
run() {
  said=$("examples/scripts/$1" "${@:2}" 2>&1) || fail "$1 ended with status $?: $said"
  ran+=("$1")
}
expect() { [[ $said == *"$1"* ]] || fail "${ran[-1]} did not say '$1' but: $said"; }

run health.sh
expect '"status": "SERVING"'

run describe.sh
expect 'grpc.health.v1.Health'
expect 'postern.v1.DeliveryService.ResolveStrategy'
expect 'message DeliverRequest {'

run resolve_strategy.sh
expect '"strategy_id": "sink"'
expect '"ehlo_hostname": "out-2.example.org"'
expect "\"port\": $sink_port"

run get_policy.sh
expect '"version"'
expect '"sink"'
[[ $said != *last_failure* ]] || fail "get_policy.sh shows a failure: $said"

run check_policy.sh
expect '"rule": "unknown-key"'
expect "did you mean 'hostname'?"

run reload_policy.sh
expect '"version"'

run validate_only.sh
expect '"reason": "VALIDATED"'
[[ -z $(ls "$sink_folder/received") ]] || fail "validate_only.sh sent something"

received() { (($(find "$sink_folder/received" -type f -size +0 | wc -l) == $1)); }

run deliver.sh
expect '"all_delivered": true'
until_true "the first message" received 1

# What the sink leaves of a message is its text, so the file is compared by its own lines.
sed 's/$/\r/' examples/hello.eml >"$TEST_TMPDIR/hello.eml"
run deliver_file.sh "$TEST_TMPDIR/hello.eml" hello@example.org you@example.com
expect '"all_delivered": true'
until_true "the second message" received 2
grep -qrF 'Hello from Postern.' "$sink_folder/received" || fail "the message's text did not arrive"

for script in examples/scripts/*.sh; do
  [[ " ${ran[*]} " == *" $(basename "$script") "* ]] || fail "$script is not run by this test"
done
