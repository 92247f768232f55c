#include "strategy/resolver/facts.h"

#include <string_view>

namespace postern::strategy {
namespace {

std::string_view Or(const std::string& text, std::string_view otherwise) {
  return text.empty() ? otherwise : std::string_view(text);
}

}  // namespace

Variables VariablesOf(const Facts& facts) {
  const QueueContext& context = facts.context;
  Variables variables;
  variables.rcpt = facts.rcpt;
  variables.rcpt_domain = facts.rcpt_domain;
  variables.recipients = facts.recipients;
  variables.sender = facts.sender;
  variables.sender_domain = facts.sender_domain;
  variables.priority = facts.priority;
  variables.retry_num = context.retry_num;
  variables.notify_num = context.notify_num;
  variables.expires_in = context.expires_in;
  variables.last_status = context.last_status;
  variables.last_error = Or(context.last_error, variables.last_error);
  variables.queue_name = context.queue_name;
  variables.queue_age = context.queue_age;
  variables.received_from_ip = Or(context.received_from_ip, variables.received_from_ip);
  variables.received_via_port = context.received_via_port;
  variables.source = Or(context.source, variables.source);
  variables.size = facts.size;
  variables.mx = facts.mx;
  variables.remote_ip = facts.remote_ip;
  variables.labels = &context.labels;
  return variables;
}

}  // namespace postern::strategy
