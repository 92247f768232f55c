#ifndef POSTERN_STRATEGY_CONFIG_MACROS_H_
#define POSTERN_STRATEGY_CONFIG_MACROS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "strategy/config/document.h"
#include "strategy/diagnostics/issue.h"

namespace postern::strategy {

// What a macro of the world outside stands for, or why it stands for nothing.
struct MacroText {
  std::optional<std::string> text;
  std::string problem;  // a sentence without its full stop: "the variable X is not set"
};

// Where %{env:X}% and %{file:/p}% come from. Handed in, so that reading a policy is pure. Blocks on
// the file system.
class MacroSource {
 public:
  virtual ~MacroSource() = default;
  virtual MacroText Environment(const std::string& name) const = 0;
  virtual MacroText File(const std::string& path) const = 0;
};

// The macros of values (Stalwart's names): %{env:NAME}%, %{file:/path}% and %{cfg:key}%,
// anywhere in a text, several in one. What one stands for is put in as it is and not looked at
// again, but for cfg, whose value may hold macros in its turn. For one document and one thread.
class MacroExpander {
 public:
  // Octets of a value that is expanded.
  static constexpr std::size_t kMaxValue = 64 * 1024;
  // cfg within cfg.
  static constexpr int kMaxDepth = 8;

  // `source` may be null: then env and file are Issues, `macro-not-available`. Keeps references.
  MacroExpander(const DocumentNode& document, const MacroSource* source, IssueList& issues)
      : document_(document), source_(source), issues_(issues) {}

  static bool HasMacro(const DocumentNode& value);
  // A copy with every macro expanded and `is_expanded` set on what changed; nullopt, and an Issue
  // at the value, when there is one that cannot be.
  std::optional<DocumentNode> Expand(const DocumentNode& value);

  // All that was put in so far, for the policy's version.
  const std::string& expanded() const { return expanded_; }

 private:
  std::optional<std::string> ExpandText(std::string_view text, const SourceRange& range, int depth);
  std::optional<std::string> Value(std::string_view macro, const SourceRange& range, int depth);
  std::optional<std::string> Setting(std::string_view key, const SourceRange& range, int depth);
  std::optional<std::string> Taken(MacroText found, std::string_view macro,
                                   const SourceRange& range);
  std::nullopt_t Refuse(const SourceRange& range, std::string_view rule, std::string message,
                        std::string suggestion);

  const DocumentNode& document_;
  const MacroSource* const source_;
  IssueList& issues_;
  std::string expanded_;
};

}  // namespace postern::strategy

#endif  // POSTERN_STRATEGY_CONFIG_MACROS_H_
