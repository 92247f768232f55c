#ifndef POSTERN_CLIENT_SESSION_TRANSCRIPT_H_
#define POSTERN_CLIENT_SESSION_TRANSCRIPT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client/smtp/reply.h"
#include "common/clock.h"

namespace postern::client {

// How much of a dialogue is kept.
enum class TranscriptLevel : std::uint8_t {
  kNone,
  kCommands,  // commands, and the first line of each reply
  kFull,      // commands and whole replies
};

struct TranscriptLine {
  enum class Speaker : std::uint8_t { kClient, kServer, kNobody };

  Speaker speaker;
  std::chrono::microseconds at;  // since the transcript's start
  // What was said, without its CRLF: of a server any octets. Of nobody: what happened, our words.
  std::string text;
};

// The dialogue of one session as its attempt shows it. Bounded: a line to kMaxLine octets, with
// "..." where it was cut, the whole to kMaxLines lines and kMaxOctets octets, after which one last
// line says so. The message is never in it, and whoever comes to write credentials must give Said()
// something else. Costs nothing at kNone. Owned by its session; not synchronised.
class Transcript {
 public:
  static constexpr std::size_t kMaxLine = 1000;
  static constexpr std::size_t kMaxLines = 3000;
  static constexpr std::size_t kMaxOctets = std::size_t{128} << 10;

  Transcript(TranscriptLevel level, TimePoint start) : level_(level), start_(start) {}

  // Command lines with their CRLF.
  void Said(TimePoint now, std::string_view commands);
  void Heard(TimePoint now, const Reply& reply);
  // What was no reply: what was read of it.
  void HeardOther(TimePoint now, std::string_view octets);
  // A reply that was not read to its end: its whole lines, and what came of the next one.
  void HeardPart(TimePoint now, const ReplyParser& parser, std::string_view begun);
  // Says nothing when this was the last line anyway: what is noticed twice happened once.
  void Happened(TimePoint now, std::string_view what);

  const std::vector<TranscriptLine>& lines() const { return lines_; }

 private:
  void Add(TranscriptLine::Speaker speaker, TimePoint now, std::string_view text);

  TranscriptLevel level_;
  TimePoint start_;
  std::vector<TranscriptLine> lines_;
  std::size_t octets_ = 0;
  bool is_full_ = false;
};

}  // namespace postern::client

#endif  // POSTERN_CLIENT_SESSION_TRANSCRIPT_H_
