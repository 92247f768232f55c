#include "client/session/transcript.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace postern::client {

using Speaker = TranscriptLine::Speaker;

// As EscapeRemoteText() has it.
constexpr std::string_view kCut = "...";

void Transcript::Said(TimePoint now, std::string_view commands) {
  if (level_ == TranscriptLevel::kNone) return;
  while (!commands.empty()) {
    const std::size_t end = commands.find("\r\n");
    Add(Speaker::kClient, now, commands.substr(0, end));
    commands.remove_prefix(end == std::string_view::npos ? commands.size() : end + 2);
  }
}

void Transcript::Heard(TimePoint now, const Reply& reply) {
  if (level_ == TranscriptLevel::kNone) return;
  const std::size_t count = reply.lines.size();
  for (std::size_t i = 0; i < count; ++i) {
    const char separator = i + 1 < count ? '-' : ' ';
    Add(Speaker::kServer, now, absl::StrCat(reply.code, std::string(1, separator), reply.lines[i]));
    if (level_ == TranscriptLevel::kCommands) return;
  }
}

void Transcript::HeardOther(TimePoint now, std::string_view octets) {
  if (level_ != TranscriptLevel::kNone) Add(Speaker::kServer, now, octets);
}

void Transcript::HeardPart(TimePoint now, const ReplyParser& parser, std::string_view begun) {
  if (level_ == TranscriptLevel::kNone) return;
  for (const std::string& line : parser.whole_lines())
    Add(Speaker::kServer, now, absl::StrCat(parser.code(), "-", line));
  if (!begun.empty()) Add(Speaker::kServer, now, begun);
}

void Transcript::Happened(TimePoint now, std::string_view what) {
  if (level_ == TranscriptLevel::kNone) return;
  const bool is_known =
      !lines_.empty() && lines_.back().speaker == Speaker::kNobody && lines_.back().text == what;
  if (!is_known) Add(Speaker::kNobody, now, what);
}

void Transcript::Add(Speaker speaker, TimePoint now, std::string_view text) {
  if (is_full_) return;
  const auto at = std::chrono::duration_cast<std::chrono::microseconds>(now - start_);
  std::string kept(text.substr(0, kMaxLine));
  if (kept.size() < text.size()) kept.replace(kMaxLine - kCut.size(), kCut.size(), kCut);
  is_full_ = lines_.size() + 1 >= kMaxLines || octets_ + kept.size() > kMaxOctets;
  if (is_full_) {
    lines_.push_back(
        {Speaker::kNobody, at, "the rest of the dialogue is left out: it is too long"});
    return;
  }
  octets_ += kept.size();
  lines_.push_back({speaker, at, std::move(kept)});
}

}  // namespace postern::client
