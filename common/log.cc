#include "common/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

#include "common/remote_text.h"

namespace postern {
namespace {

constexpr std::size_t kMaxLine = 4096;

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

spdlog::logger& Logger() {
  // Never destroyed: threads may log until the very end.
  static spdlog::logger* const kLogger = [] {
    auto* logger = new spdlog::logger("postern", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    logger->set_level(spdlog::level::info);
    logger->flush_on(spdlog::level::debug);
    return logger;
  }();
  return *kLogger;
}

}  // namespace

void Log(LogLevel level, std::string_view text) {
  spdlog::logger& logger = Logger();
  const spdlog::level::level_enum mapped = ToSpdlog(level);
  if (!logger.should_log(mapped)) return;
  const std::string escaped = EscapeRemoteText(text, kMaxLine);
  logger.log(mapped, spdlog::string_view_t(escaped.data(), escaped.size()));
}

void LogLines(LogLevel level, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    Log(level, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void SetLogLevel(LogLevel level) { Logger().set_level(ToSpdlog(level)); }

}  // namespace postern
