#!/usr/bin/env bash
# The API keeps to buf's STANDARD and COMMENTS rules, and the rules are really applied.
set -euo pipefail
source tests/fakes/lib.sh

buf=$(go_tool buf)
export HOME=$TEST_TMPDIR BUF_CACHE_DIR=$TEST_TMPDIR/cache
# Bazel shows the files as links that lead out of the folder.
cp -RL protos "$TEST_TMPDIR/protos"
cd "$TEST_TMPDIR/protos"

"$buf" lint || fail "the rules are in protos/buf.yaml"

chmod -R u+w .
sed -i 's|^message Envelope {|&\n  string bare_field = 99;|' postern/v1/envelope.proto
if said=$("$buf" lint); then
  fail "a field without a comment was not noticed: are the rules applied?"
fi
[[ $said == *envelope.proto*bare_field* ]] || fail "unexpected answer: $said"
