#ifndef POSTERN_CLI_FLAGS_H_
#define POSTERN_CLI_FLAGS_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// How flags are read, whatever the command. Pure.
namespace postern::cli {

// What is wrong with a command line, without a full stop.
struct UsageError {
  std::string sentence;
};

// One flag of a command.
struct Flag {
  std::string_view name;  // "--to"
  // Takes the value; false: it is none. A switch has no value and is given "".
  std::function<bool(const std::string& value)> take;
  std::string_view wants;  // what a value is, for people
  bool is_switch = false;
};

// Flags that put their value where they are told to.
Flag TextFlag(std::string_view name, std::string* field);
Flag ListFlag(std::string_view name, std::vector<std::string>* field);
Flag SwitchFlag(std::string_view name, bool* field);
Flag TimeFlag(std::string_view name, std::chrono::milliseconds* field);

// Reads "--flag value" and "--flag=value"; the first thing that is wrong, if any. What belongs to
// no flag goes to `words`, if the command has any use for that.
std::optional<UsageError> ReadFlags(const std::vector<std::string>& arguments,
                                    const std::vector<Flag>& flags,
                                    std::vector<std::string>* words = nullptr);

// "60s", "2m", "500ms"; a bare number is seconds. More than nothing.
std::optional<std::chrono::milliseconds> ParseTime(std::string_view text);

// A whole number in decimal digits, from `least` to `most`.
std::optional<std::int64_t> ParseNumber(std::string_view text, std::int64_t least,
                                        std::int64_t most);

}  // namespace postern::cli

#endif  // POSTERN_CLI_FLAGS_H_
