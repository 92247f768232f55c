#include "strategy/config/section_names.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "strategy/diagnostics/message.h"

namespace postern::strategy {
namespace {

// Ids go into requests, answers, logs and metrics.
constexpr std::size_t kMaxId = 200;

bool IsControl(unsigned char c) { return c < 0x20 || c == 0x7F; }

// One of the four numbers of an IPv4 address that dots have taken apart.
bool IsNumberedTable(const DocumentEntry& entry) {
  return !entry.key.empty() && entry.value.is_table() &&
         std::all_of(entry.key.begin(), entry.key.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

// The place of `entry`'s key together with `before`, which its header holds too.
SourceRange WithBefore(const DocumentEntry& entry, std::string_view before) {
  SourceRange range = entry.key_range;
  const auto width = static_cast<std::uint32_t>(before.size());
  if (range.begin.column <= width) return range;
  range.begin.column -= width;
  range.length += width;
  return range;
}

void Append(const std::string& before, int dots, const DocumentEntry& entry,
            std::vector<AddressSection>& sections) {
  constexpr int kDotsOfIpv4 = 3;
  const std::string text = Concat(before, entry.key);
  const std::vector<DocumentEntry>& below = entry.value.entries;
  const bool goes_on = dots < kDotsOfIpv4 && IsNumberedTable(entry) &&
                       std::any_of(below.begin(), below.end(), IsNumberedTable);
  if (!goes_on) {
    sections.push_back({text, WithBefore(entry, before), &entry});
    return;
  }
  for (const DocumentEntry& next : below) {
    if (IsNumberedTable(next)) {
      Append(Concat(text, "."), dots + 1, next, sections);
    } else {
      // A key of [queue.source-ip.192.0.2]: told under that name, at the key.
      sections.push_back({text, next.key_range, &entry});
    }
  }
}

}  // namespace

bool CheckId(const DocumentEntry& entry, IssueList& issues) {
  const std::string& id = entry.key;
  const auto refuse = [&](std::string message, std::string suggestion) {
    issues.Error(entry.key_range, "bad-id", std::move(message), std::move(suggestion));
    return false;
  };
  if (id.empty()) return refuse("this id is empty", "give it a name");
  if (id.size() > kMaxId) {
    return refuse(Concat("the id ", Quoted(id), " has ", std::to_string(id.size()), " octets; ",
                         std::to_string(kMaxId), " are allowed"),
                  "give it a shorter name");
  }
  if (std::any_of(id.begin(), id.end(), IsControl)) {
    return refuse(Concat("the id ", Quoted(id), " holds a control character"),
                  "use letters, digits, '-', '_' and '.'");
  }
  if (id.front() == ' ' || id.back() == ' ') {
    return refuse(Concat("the id ", Quoted(id), " begins or ends with a blank"),
                  "take the blank out");
  }
  return true;
}

std::vector<AddressSection> AddressSections(const DocumentEntry& entry) {
  std::vector<AddressSection> sections;
  Append("", 0, entry, sections);
  return sections;
}

}  // namespace postern::strategy
