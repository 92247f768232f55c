#ifndef POSTERN_SERVER_DELIVERY_OUTCOMES_H_
#define POSTERN_SERVER_DELIVERY_OUTCOMES_H_

#include <span>
#include <string>
#include <string_view>

#include "client/net/interrupt.h"
#include "client/smtp/classify.h"
#include "client/smtp/outcome.h"
#include "client/smtp/stage.h"

// Outcomes that a delivery makes itself, where no session did. Pure; the meaning of events stays
// with client/smtp/classify.
namespace postern::server {

// What `event` at `stage` means. `more`, when not empty, is added to the sentence for people: ours
// alone, no remote text.
client::Outcome EventOutcome(client::Stage stage, client::Event event, std::string_view more = "",
                             client::EventContext context = {});

// validate_only came to the point where a connection would be opened.
client::Outcome ValidatedOutcome(std::string_view where);

// The event that an interrupt's reason stands for.
client::Event EventOf(client::InterruptReason reason);

// The outcome that stands for a whole attempt: a delivery if there is one, else an unknown, else
// what outranks the others. `outcomes` is not empty.
const client::Outcome& Representative(std::span<const client::Outcome> outcomes);

}  // namespace postern::server

#endif  // POSTERN_SERVER_DELIVERY_OUTCOMES_H_
