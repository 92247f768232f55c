#include "cli/flags.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace postern::cli {
namespace {

// "--flag" and, from "--flag=value", the value.
struct Argument {
  std::string flag;
  std::optional<std::string> value;
};

Argument Split(const std::string& argument) {
  const std::size_t equals = argument.find('=');
  if (!argument.starts_with("--") || equals == std::string::npos) return {argument, std::nullopt};
  return {argument.substr(0, equals), argument.substr(equals + 1)};
}

UsageError WrongValue(const Flag& flag, const std::string& value) {
  return {std::string(flag.name) + " " + value + ": it takes " + std::string(flag.wants)};
}

}  // namespace

Flag TextFlag(std::string_view name, std::string* field) {
  return {name,
          [field](const std::string& value) {
            *field = value;
            return true;
          },
          "a text"};
}

Flag ListFlag(std::string_view name, std::vector<std::string>* field) {
  return {name,
          [field](const std::string& value) {
            field->push_back(value);
            return true;
          },
          "a text"};
}

Flag SwitchFlag(std::string_view name, bool* field) {
  return {name,
          [field](const std::string&) {
            *field = true;
            return true;
          },
          "no value", /*is_switch=*/true};
}

Flag TimeFlag(std::string_view name, std::chrono::milliseconds* field) {
  return {name,
          [field](const std::string& value) {
            const auto time = ParseTime(value);
            if (!time || *time > std::chrono::hours(24)) return false;
            *field = *time;
            return true;
          },
          "a time, at most a day, such as 500ms, 60s or 2m"};
}

std::optional<UsageError> ReadFlags(const std::vector<std::string>& arguments,
                                    const std::vector<Flag>& flags,
                                    std::vector<std::string>* words) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (words != nullptr && !arguments[i].starts_with("--")) {
      words->push_back(arguments[i]);
      continue;
    }
    Argument argument = Split(arguments[i]);
    const auto flag = std::find_if(flags.begin(), flags.end(), [&argument](const Flag& known) {
      return known.name == argument.flag;
    });
    if (flag == flags.end()) return UsageError{"unknown flag " + arguments[i]};
    if (flag->is_switch) {
      if (argument.value) return WrongValue(*flag, *argument.value);
    } else if (!argument.value) {
      if (i + 1 == arguments.size()) return UsageError{argument.flag + " has no value"};
      argument.value = arguments[++i];
    }
    const std::string value = argument.value.value_or("");
    if (!flag->take(value)) return WrongValue(*flag, value);
  }
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> ParseTime(std::string_view text) {
  std::uint32_t number = 0;
  const char* const begin = text.data();
  const auto [end, error] = std::from_chars(begin, begin + text.size(), number);
  if (error != std::errc() || number == 0) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - begin));
  if (unit == "ms") return std::chrono::milliseconds(number);
  if (unit == "s" || unit.empty()) return std::chrono::seconds(number);
  if (unit == "m") return std::chrono::minutes(number);
  if (unit == "h") return std::chrono::hours(number);
  if (unit == "d") return std::chrono::hours(24) * static_cast<std::int64_t>(number);
  return std::nullopt;
}

std::optional<std::int64_t> ParseNumber(std::string_view text, std::int64_t least,
                                        std::int64_t most) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < least || number > most) return std::nullopt;
  return number;
}

}  // namespace postern::cli
