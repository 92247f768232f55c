#include "strategy/config/text_check.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace postern::strategy {
namespace {

// The length of the character at the start of `text`; 0 when it is not UTF-8. Table 3-7 of the
// Unicode standard: only the second octet has a narrower range after some first ones, which keeps
// out overlong forms, surrogates and what lies above U+10FFFF.
std::size_t CharacterLength(std::string_view text) {
  const auto octet = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = octet(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (text.size() < length) return 0;
  const std::uint8_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const std::uint8_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (octet(1) < low || octet(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((octet(i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

bool IsControl(char c) {
  return (static_cast<std::uint8_t>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') ||
         c == '\x7F';
}

void Refuse(const SourceText& source, std::size_t offset, std::string_view rule,
            std::string message, std::string suggestion, IssueList& issues) {
  issues.Error({source.file(), source.At(offset), 1}, rule, std::move(message),
               std::move(suggestion));
}

void RefuseControl(const SourceText& source, std::size_t offset, IssueList& issues) {
  Refuse(source, offset, "binary",
         absl::StrFormat("this is not a text file: it holds the control character 0x%02X",
                         static_cast<std::uint8_t>(source.text()[offset])),
         "a policy is a TOML or YAML text in UTF-8", issues);
}

void RefuseEncoding(const SourceText& source, std::size_t offset, IssueList& issues) {
  Refuse(source, offset, "not-utf8",
         absl::StrFormat("this is not UTF-8: the octet 0x%02X does not fit here",
                         static_cast<std::uint8_t>(source.text()[offset])),
         "save the file as UTF-8", issues);
}

}  // namespace

bool CheckText(const SourceText& source, const DocumentLimits& limits, IssueList& issues) {
  const std::string_view text = source.text();
  if (text.size() > limits.max_octets) {
    issues.Error({source.file(), {}, 1}, "file-too-large",
                 absl::StrCat("the file has ", text.size(), " octets, more than the ",
                              limits.max_octets, " that a policy may have"),
                 "split it or make it smaller");
    return false;
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = CharacterLength(text.substr(at));
    if (length == 0) {
      RefuseEncoding(source, at, issues);
      return false;
    }
    if (IsControl(text[at])) {
      RefuseControl(source, at, issues);
      return false;
    }
    if (text[at] == '\r' && text.substr(at + 1, 1) != "\n") {
      Refuse(source, at, "bare-carriage-return", "a carriage return without a line feed",
             "end lines with LF or CRLF", issues);
      return false;
    }
    at += length;
  }
  return true;
}

}  // namespace postern::strategy
