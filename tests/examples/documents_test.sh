#!/usr/bin/env bash
# The commands of the README, run as a reader would, say what the README says they do.
set -euo pipefail
source tests/fakes/lib.sh

PATH=$(dirname "$(go_tool grpcurl)"):$PATH
start_sink
sed "s/^port = 2525$/port = $sink_port/" examples/quickstart.toml >"$TEST_TMPDIR/quickstart.toml"
start_posternd --config "$TEST_TMPDIR/quickstart.toml"

# As a reader's checkout looks after tools/run.
runfiles=$PWD
mkdir "$TEST_TMPDIR/checkout"
cd "$TEST_TMPDIR/checkout"
ln -s "$runfiles" bazel-bin
ln -s "$runfiles/examples" examples

/usr/bin/python3 "$runfiles/tests/examples/check_document.py" "$runfiles/README.md" \
  --same "127.0.0.1:50051=$address" --same "2525=$sink_port" \
  --same "examples/quickstart.toml=$TEST_TMPDIR/quickstart.toml"
