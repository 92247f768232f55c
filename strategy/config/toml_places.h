#ifndef POSTERN_STRATEGY_CONFIG_TOML_PLACES_H_
#define POSTERN_STRATEGY_CONFIG_TOML_PLACES_H_

#include <toml++/toml.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "strategy/diagnostics/source_text.h"

namespace postern::strategy {

// Turns toml++'s places into ours: it counts columns in code points, we count octets, and it sees
// only the part of the file that starts behind `lines_before` lines. Characters are counted once,
// at every kStep octets, so that a place on a line of many megabytes costs as little as any other.
// Keeps a reference to the source; immutable, any thread.
class TomlPlaces {
 public:
  explicit TomlPlaces(const SourceText& source);

  // A region of several lines ends with the first of them.
  SourceRange Range(const toml::source_region& region, std::uint32_t lines_before) const;

 private:
  static constexpr std::size_t kStep = 256;

  Position At(toml::source_position place) const;
  std::uint32_t CharactersBefore(std::size_t offset) const;
  // Where the character stands that has `characters` before it; the text's end when there is none.
  std::size_t OffsetOf(std::uint32_t characters) const;

  const SourceText& source_;
  const std::string_view text_;
  std::vector<std::uint32_t> counts_;  // characters before each kStep octets
  bool is_ascii_ = false;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_TOML_PLACES_H_
