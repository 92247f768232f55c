#ifndef POSTERN_COMMON_LOG_H_
#define POSTERN_COMMON_LOG_H_

#include <string_view>

namespace postern {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// One line on standard error with time and level. `text` is a finished sentence, never a format
// string; control bytes in it are escaped, and it is cut at 4 KiB. Thread-safe.
void Log(LogLevel level, std::string_view text);

// The same for each line of a text of several.
void LogLines(LogLevel level, std::string_view text);

// Lines under this level are dropped; kInfo until set. Thread-safe.
void SetLogLevel(LogLevel level);

}  // namespace postern

#endif  // POSTERN_COMMON_LOG_H_
