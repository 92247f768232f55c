#include "cli/help.h"

namespace postern::cli {
namespace {

constexpr std::string_view kProgram = R"(postern: talks to a Postern server.

  postern deliver   delivers one message, and says what became of it
  postern explain   says how a message would leave, and why; sends nothing
  postern check     says what is wrong with a policy; changes nothing

`postern help COMMAND` tells more.
)";

constexpr std::string_view kDeliver =
    R"(  postern deliver --from ADDRESS --to ADDRESS [--to ADDRESS]... [flags]

Delivers one RFC 5322 message, read from a file or standard input; LF and CRLF line ends will both
do. Prints one line per recipient, and every connection that was tried.

  --server HOST:PORT       the server; 127.0.0.1:50051 unless given
  --from ADDRESS           the return path; "" is the null sender
  --to ADDRESS             a recipient; may be repeated
  --file PATH              the message; - is standard input, which is also the default
  --route ID               replaces the policy's choice of a route
  --connection ID          replaces the policy's choice of a connection strategy
  --smtp-utf8              allows addresses and a header outside ASCII; only servers that offer
                           SMTPUTF8 get the message
  --transcript LEVEL       shows the SMTP dialogue: none, commands (and the first line of each
                           reply) or full
  --validate-only          does everything up to, but not including, opening a connection
  --timeout TIME           how long it may take (500ms, 60s, 2m); 60s unless given

Exit status, the first that fits:
   0  every recipient has it (or, with --validate-only, could have it)
  64  the command line is wrong
  66  the message cannot be read
  65  the server refused the request as malformed
  75  no answer: the server cannot be reached, is busy, or is shutting down; try again later
  70  the server failed
  76  for a recipient, the outcome is not known: a retry may deliver twice
  75  for a recipient, a retry may help
  69  for a recipient, it was refused for good
)";

constexpr std::string_view kExplain =
    R"(  postern explain --from ADDRESS --to ADDRESS [--to ADDRESS]... [flags]

Says how a message would leave, and why. Sends nothing and opens no connection. For each recipient it
prints the route, the connection strategy and the TLS strategy, each with the policy's rules in their
order: whether the rule held, what it says, what it read, and where it stands. Then what that comes
to: source addresses, EHLO names, time limits, TLS, where it would go.

  --server HOST:PORT       the server; 127.0.0.1:50051 unless given
  --from ADDRESS           the return path; "" is the null sender
  --to ADDRESS             a recipient; may be repeated
  --smtp-utf8              allows addresses outside ASCII
  --dns                    asks DNS for the hosts that would be tried
  --json                   prints the answer as JSON, with all that it holds
  --timeout TIME           how long it may take (500ms, 60s, 2m); 60s unless given

What the queue would say, for rules to read:
  --retry-num N            how often delivery was attempted before
  --last-error KIND        how the last attempt failed: none, dns, unexpected-reply, connection, tls,
                           dane, mta-sts, rate, concurrency, io
  --last-status TEXT       what the last attempt's server said
  --label KEY=VALUE        anything else, such as tenant=acme; may be repeated
  --queue-name NAME        the queue that the message waits in
  --queue-age TIME         for how long it has (90s, 5m, 2h, 3d)
  --expires-in TIME        how long until it expires
  --notify-num N           how many notifications of delay were sent
  --source WORD            where it came from: authenticated, local, report, ...
  --received-from-ip IP    the address that it was received from
  --received-via-port N    the local port that it was received on
  --size OCTETS            how large it is
  --priority N             its priority, from -9 to 9

What if:
  --policy FILE            this were the policy; may be repeated, and all of them are one policy
  --mx HOST                this were the host
  --remote-ip IP           this were its address
  --route ID               the route were this one, whatever the policy says
  --connection ID          the connection strategy were this one
  --tls ID                 the TLS strategy were this one

Exit status:
   0  the question was answered, also when the answer is that delivery would fail
  64  the command line is wrong
  66  a policy cannot be read
  65  the server refused the request as malformed
  75  no answer: the server cannot be reached, is busy, or is shutting down; try again later
  70  the server failed
)";

constexpr std::string_view kCheck = R"(  postern check FILE... [flags]

Says what the server finds wrong with a policy: all of it, with file, line and column. The files together
are the policy; - is standard input. Changes nothing. Macros that read files or the environment are
refused here; `posternd --check` reads them.

  --server HOST:PORT       the server; 127.0.0.1:50051 unless given
  --json                   prints the answer as JSON
  --timeout TIME           how long it may take (500ms, 60s, 2m); 60s unless given

Exit status:
   0  the policy can be used; there may be warnings
  64  the command line is wrong
  65  it has errors, or the server refused the request as malformed
  66  a file cannot be read
  75  no answer: the server cannot be reached, is busy, or is shutting down; try again later
  70  the server failed
)";

}  // namespace

std::string HelpText(std::string_view command) {
  if (command == "deliver") return std::string(kDeliver);
  if (command == "explain") return std::string(kExplain);
  if (command == "check") return std::string(kCheck);
  return std::string(kProgram);
}

}  // namespace postern::cli
