#include "strategy/diagnostics/issue.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

namespace postern::strategy {
namespace {

constexpr std::size_t kMaxIssues = 1000;

}  // namespace

void IssueList::Error(SourceRange range, std::string_view rule, std::string message,
                      std::string suggestion) {
  Add(Severity::kError, std::move(range), rule, std::move(message), std::move(suggestion));
}

void IssueList::Warning(SourceRange range, std::string_view rule, std::string message,
                        std::string suggestion) {
  Add(Severity::kWarning, std::move(range), rule, std::move(message), std::move(suggestion));
}

void IssueList::Note(SourceRange range, std::string_view rule, std::string message,
                     std::string suggestion) {
  Add(Severity::kNote, std::move(range), rule, std::move(message), std::move(suggestion));
}

void IssueList::Add(Severity severity, SourceRange range, std::string_view rule,
                    std::string message, std::string suggestion) {
  const bool is_error = severity == Severity::kError;
  if (is_error) ++errors_;
  if (issues_.size() >= kMaxIssues) {
    ++dropped_;
    if (!is_error || others_kept_ == 0) return;
    const auto other = std::find_if(issues_.rbegin(), issues_.rend(), [](const Issue& issue) {
      return issue.severity != Severity::kError;
    });
    issues_.erase(std::next(other).base());
    --others_kept_;
  }
  if (!is_error) ++others_kept_;
  issues_.push_back(
      {severity, std::string(rule), std::move(range), std::move(message), std::move(suggestion)});
}

void IssueList::Append(const IssueList& other) {
  for (const Issue& issue : other.issues_)
    Add(issue.severity, issue.range, issue.rule, issue.message, issue.suggestion);
  errors_ += other.errors_ - (other.issues_.size() - other.others_kept_);
  dropped_ += other.dropped_;
}

std::vector<Issue> IssueList::Sorted() const {
  // File (in the order first seen), place, and the order of arrival.
  using Key = std::tuple<std::size_t, Position, std::size_t>;
  std::map<std::string_view, std::size_t> files;
  std::vector<Key> order;
  order.reserve(issues_.size());
  for (const Issue& issue : issues_) {
    const std::size_t file = files.emplace(issue.range.file, files.size()).first->second;
    order.emplace_back(file, issue.range.begin, order.size());
  }
  std::sort(order.begin(), order.end());
  std::vector<Issue> sorted;
  sorted.reserve(order.size() + 1);
  for (const Key& key : order) sorted.push_back(issues_[std::get<2>(key)]);
  if (dropped_ > 0) {
    sorted.push_back({Severity::kNote, "too-many-issues", SourceRange{},
                      absl::StrCat(dropped_, " more issues are not shown"),
                      "mend these first, then check again"});
  }
  return sorted;
}

}  // namespace postern::strategy
