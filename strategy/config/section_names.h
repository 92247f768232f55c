#ifndef POSTERN_STRATEGY_CONFIG_SECTION_NAMES_H_
#define POSTERN_STRATEGY_CONFIG_SECTION_NAMES_H_

#include <string>
#include <vector>

#include "strategy/config/document.h"
#include "strategy/diagnostics/issue.h"

namespace postern::strategy {

// Whether the key of `entry` can be an id: 1 to 200 octets, no control characters, no blank at
// either end; an Issue when not. Any other text is taken, as Stalwart does.
bool CheckId(const DocumentEntry& entry, IssueList& issues);

// A table under queue.source-ip, with the address that it is for.
struct AddressSection {
  std::string text;  // not checked yet
  SourceRange range;
  const DocumentEntry* entry;
};

// The sections that one key under queue.source-ip stands for. In TOML, [queue.source-ip.192.0.2.1]
// without quotes is four tables inside each other, and 192.0.2.2 shares three of them; in
// Stalwart's files they mean the addresses, and so they do here. Every other key is one section.
// Pure.
std::vector<AddressSection> AddressSections(const DocumentEntry& entry);

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_SECTION_NAMES_H_
