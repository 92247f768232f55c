// read -> parse -> merge -> import -> lint -> build. Each step reports all that it finds, and the
// next one works on what is left, so that one run shows every problem; only lint, which judges the
// whole, waits for all files to be there.

#include "strategy/config/policy_loader.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/digest.h"
#include "strategy/config/importer.h"
#include "strategy/config/policy_files.h"
#include "strategy/config/reader.h"
#include "strategy/policy/lint/lint.h"
#include "strategy/policy/policy_draft.h"

namespace postern::strategy {
namespace {

constexpr std::size_t kVersionDigits = 16;

bool IsYaml(std::string_view file) {
  const auto ends_with = [file](std::string_view suffix) {
    return file.size() > suffix.size() &&
           std::equal(suffix.rbegin(), suffix.rend(), file.rbegin(),
                      [](char a, unsigned char b) { return a == absl::ascii_tolower(b); });
  };
  return ends_with(".yaml") || ends_with(".yml");
}

// Of one text it is that text's SHA-256, so that `sha256sum` of the file gives it too; of several,
// the SHA-256 of theirs in a row, and of what macros stand for behind them.
std::string VersionOf(const std::vector<SourceText>& sources, const std::string& macros) {
  std::string digests;
  for (const SourceText& source : sources) digests += Sha256Hex(source.text());
  if (!macros.empty()) digests += Sha256Hex(macros);
  if (sources.size() > 1 || !macros.empty()) digests = Sha256Hex(digests);
  return digests.substr(0, kVersionDigits);
}

std::optional<DocumentNode> ReadDocument(const SourceText& source, IssueList& issues) {
  const DocumentLimits limits;
  IssueList found;
  std::optional<DocumentNode> document =
      IsYaml(source.file()) ? ReadYaml(source, limits, found) : ReadToml(source, limits, found);
  issues.Append(found);
  if (document && document->entries.empty() && !found.has_errors()) {
    issues.Error({source.file(), {}, 1}, "empty-file", "there is no setting in this file",
                 "write a policy into it, or leave the file out");
    return std::nullopt;
  }
  return document;
}

// What is wrong with the part of a policy that could be read, and not with what it lacks: that may
// be in the other part.
void AppendWhatIsThere(const IssueList& found, IssueList& issues) {
  for (const Issue& issue : found.Sorted()) {
    if (issue.rule == "missing-key" || issue.rule == "bad-if-block" ||
        issue.rule == "key-of-other-type")
      continue;
    if (issue.severity != Severity::kError) continue;
    issues.Error(issue.range, issue.rule, issue.message, issue.suggestion);
  }
}

// `issues` may hold some already, of files that could not be read.
LoadedPolicy Load(const std::vector<SourceText>& sources, IssueList issues, Colour colour,
                  const MacroSource* macros) {
  std::vector<DocumentNode> documents;
  for (const SourceText& source : sources) {
    if (std::optional<DocumentNode> document = ReadDocument(source, issues))
      documents.push_back(*std::move(document));
  }
  const bool is_complete = !issues.has_errors();
  IssueList found;
  PolicyDraft draft = ImportPolicy(MergeDocuments(std::move(documents), found), found, macros);
  if (is_complete) {
    issues.Append(found);
  } else {
    AppendWhatIsThere(found, issues);
  }
  if (is_complete) LintPolicy(draft, issues);

  LoadedPolicy loaded;
  loaded.issues = issues.Sorted();
  loaded.rendered = RenderIssues(loaded.issues, sources, colour);
  if (!issues.has_errors()) {
    std::string version = VersionOf(sources, draft.expanded_macros);
    loaded.policy =
        std::make_shared<const Policy>(BuildPolicy(std::move(draft), std::move(version)));
  }
  return loaded;
}

LoadedPolicy BuiltIn() {
  LoadedPolicy loaded;
  loaded.policy = std::make_shared<const Policy>(BuildPolicy({}, "built-in"));
  return loaded;
}

}  // namespace

LoadedPolicy LoadPolicyTexts(std::vector<SourceText> sources) {
  if (sources.empty()) return BuiltIn();
  return Load(sources, IssueList(), Colour::kNo, nullptr);
}

LoadedPolicy LoadPolicyFiles(const std::vector<std::string>& paths, Colour colour) {
  if (paths.empty()) return BuiltIn();
  IssueList issues;
  std::vector<SourceText> sources;
  std::set<std::string_view> seen;
  for (const std::string& path : paths) {
    if (!seen.insert(path).second) {
      issues.Error({path, {}, 1}, "file-twice", "this file is named twice", "name it once");
      continue;
    }
    std::optional<SourceText> source = ReadPolicyFile(path, DocumentLimits().max_octets, issues);
    if (source) sources.push_back(*std::move(source));
  }
  const SystemMacros macros;
  return Load(sources, std::move(issues), colour, &macros);
}

}  // namespace postern::strategy
