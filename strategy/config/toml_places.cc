#include "strategy/config/toml_places.h"

#include <algorithm>

namespace postern::strategy {
namespace {

bool StartsCharacter(char octet) { return (static_cast<std::uint8_t>(octet) & 0xC0) != 0x80; }

}  // namespace

TomlPlaces::TomlPlaces(const SourceText& source) : source_(source), text_(source.text()) {
  std::uint32_t characters = 0;
  for (std::size_t at = 0;; ++at) {
    if (at % kStep == 0) counts_.push_back(characters);
    if (at == text_.size()) break;
    characters += StartsCharacter(text_[at]) ? 1 : 0;
  }
  is_ascii_ = characters == text_.size();
}

Position TomlPlaces::At(toml::source_position place) const {
  if (is_ascii_ || place.column <= 1) return {place.line, place.column};
  const std::string_view line = source_.Line(place.line);
  if (line.data() == nullptr) return {place.line, place.column};
  const auto start = static_cast<std::size_t>(line.data() - text_.data());
  const std::size_t offset = OffsetOf(CharactersBefore(start) + place.column - 1);
  return {place.line, static_cast<std::uint32_t>(offset - start + 1)};
}

SourceRange TomlPlaces::Range(const toml::source_region& region, std::uint32_t lines_before) const {
  const auto shifted = [lines_before](toml::source_position place) {
    place.line += lines_before;
    return place;
  };
  SourceRange range{source_.file(), At(shifted(region.begin)), 1};
  Position end = At(shifted(region.end));
  if (end.line > range.begin.line) {
    const std::size_t rest = source_.Line(range.begin.line).size() + 1;
    end = {range.begin.line, static_cast<std::uint32_t>(rest)};
  }
  if (end > range.begin) range.length = end.column - range.begin.column;
  return range;
}

std::uint32_t TomlPlaces::CharactersBefore(std::size_t offset) const {
  std::uint32_t count = counts_[offset / kStep];
  for (std::size_t at = offset - offset % kStep; at < offset; ++at)
    count += StartsCharacter(text_[at]) ? 1 : 0;
  return count;
}

std::size_t TomlPlaces::OffsetOf(std::uint32_t characters) const {
  const auto after = std::upper_bound(counts_.begin(), counts_.end(), characters);
  const auto step = static_cast<std::size_t>(after - counts_.begin()) - 1;
  std::uint32_t count = counts_[step];
  std::size_t at = step * kStep;
  for (; at < text_.size(); ++at) {
    if (StartsCharacter(text_[at]) && count++ == characters) break;
  }
  return at;
}

}  // namespace postern::strategy
