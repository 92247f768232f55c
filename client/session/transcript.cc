#include "client/session/transcript.h"

#include "absl/strings/str_cat.h"

namespace postern::client {

using Speaker = TranscriptLine::Speaker;

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

void Transcript::Happened(TimePoint now, std::string_view what) {
  if (level_ != TranscriptLevel::kNone) Add(Speaker::kNobody, now, what);
}

void Transcript::Add(Speaker speaker, TimePoint now, std::string_view text) {
  if (is_full_) return;
  const auto at = std::chrono::duration_cast<std::chrono::microseconds>(now - start_);
  const std::string_view kept = text.substr(0, kMaxLine);
  is_full_ = lines_.size() + 1 >= kMaxLines || octets_ + kept.size() > kMaxOctets;
  if (is_full_) {
    lines_.push_back(
        {Speaker::kNobody, at, "the rest of the dialogue is left out: it is too long"});
    return;
  }
  octets_ += kept.size();
  lines_.push_back({speaker, at, std::string(kept)});
}

}  // namespace postern::client
