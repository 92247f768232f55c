// Any octets from a server: the reader gives the same replies wherever they are cut (M1), never
// more than its limits, and a failure lasts. Input: the size of a piece in one octet, then what the
// server says.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "client/smtp/reply.h"

namespace postern::client {
namespace {

using Result = ReplyParser::Result;

// What became of the octets: each reply as text, and how it ended.
std::vector<std::string> Read(std::string_view octets, std::size_t piece) {
  const ReplyLimits limits;
  ReplyParser parser(limits);
  std::vector<std::string> seen;
  while (!octets.empty()) {
    std::string_view input = octets.substr(0, piece);
    const std::size_t offered = input.size();
    const Result result = parser.Feed(input);
    octets.remove_prefix(offered - input.size());
    if (result == Result::kNeedMore) {
      if (!input.empty()) std::abort();
      continue;
    }
    if (result != Result::kReply) {
      std::string_view more = "250 ok\r\n";
      if (parser.Feed(more) != result || parser.offending().size() > 256) std::abort();
      seen.push_back("failed " + std::to_string(static_cast<int>(result)) + " " +
                     std::to_string(parser.code()));
      return seen;
    }
    const Reply reply = parser.TakeReply();
    if (parser.mid_reply() || reply.code < 200 || reply.code > 599) std::abort();
    if (reply.lines.empty() || reply.lines.size() > limits.max_lines) std::abort();
    std::string text = std::to_string(reply.code) + " " + reply.enhanced.ToString();
    for (const std::string& line : reply.lines) {
      if (line.size() > limits.max_line || line.find('\n') != std::string::npos) std::abort();
      text += "|" + line;
    }
    if (reply.enhanced.present() && reply.enhanced.klass != reply.first_digit()) std::abort();
    if (ForRecord(reply).code != reply.code) std::abort();
    seen.push_back(text);
  }
  seen.push_back(parser.mid_reply() ? "in the middle" : "at the end");
  return seen;
}

}  // namespace
}  // namespace postern::client

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view octets(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = std::max<std::size_t>(1, data[0]);
  const auto whole = postern::client::Read(octets, octets.size());
  if (whole != postern::client::Read(octets, piece)) std::abort();
  if (whole != postern::client::Read(octets, 1)) std::abort();
  return 0;
}
