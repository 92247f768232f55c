// Any octets as each kind of value: a value within its bounds, or a sentence that says why not.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "strategy/config/values.h"

namespace postern::strategy {
namespace {

template <typename T>
bool IsTaken(const Parsed<T>& parsed) {
  if (!parsed.ok() && parsed.error().message.empty()) std::abort();
  return parsed.ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto duration = ParseDuration(text); IsTaken(duration)) {
    if (duration.ok() && ((*duration).count() <= 0 || *duration > kMaxDuration)) std::abort();
  }
  if (const auto number = ParseInteger(text, -5, 500); IsTaken(number)) {
    if (*number < -5 || *number > 500) std::abort();
  }
  // What was taken reads the same when it is written out.
  if (const auto ip = ParseSourceAddress(text); IsTaken(ip)) {
    const auto again = ParseSourceAddress((*ip).ToString());
    if (!again.ok() || !(*again == *ip)) std::abort();
  }
  if (const auto network = ParseNetwork(text); IsTaken(network)) {
    if (!ParseNetwork((*network).ToString()).ok()) std::abort();
  }
  if (const auto name = ParseEhloName(text); IsTaken(name)) {
    const auto again = ParseEhloName(*name);
    if (!again.ok() || *again != *name || (*name).find_first_of("\r\n ") != std::string::npos)
      std::abort();
  }
  if (const auto rate = ParseRate(text); IsTaken(rate)) {
    if ((*rate).count > 0 && (*rate).period < std::chrono::seconds(1)) std::abort();
  }
  IsTaken(ParseBoolean(text));
  IsTaken(ParseRelayAddress(text));
  IsTaken(ParseUpstream(text));
  IsTaken(ParseTlsRequirement(text));
  IsTaken(ParseLocalDomain(text));
  IsTaken(ParseLocalAddress(text));
  return 0;
}

}  // namespace postern::strategy
