#include "strategy/config/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "strategy/config/policy_loader.h"
#include "strategy/config/schema.h"

namespace postern::strategy {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kUpdate[] = "; run: bazel run //strategy/config:configuration_reference -- --update";

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// EXPECT_EQ would print two whole files.
void ExpectUpToDate(const std::string& path, const std::string& wanted) {
  const std::string found = ReadFile(path);
  if (found == wanted) return;
  const auto [at, other] = std::mismatch(found.begin(), found.end(), wanted.begin(), wanted.end());
  const auto line = std::count(found.begin(), at, '\n') + 1;
  ADD_FAILURE() << path << " is stale from line " << line << " on" << kUpdate << "\nIt should be:\n"
                << std::string(other, std::find(other, wanted.end(), '\n'));
}

TEST(ReferenceTest, TheCommittedFileIsWhatTheTableSays) {
  ExpectUpToDate("docs/configuration.md", ConfigurationReference());
}

TEST(ReferenceTest, TheCommittedTablesOfTheLanguageAreWhatTheCodeSays) {
  ExpectUpToDate("docs/policy-language.md",
                 WithGeneratedTables(ReadFile("docs/policy-language.md")));
}

TEST(ReferenceTest, EveryKeyIsThereOnceWithEverythingThatItsRowSays) {
  const std::string reference = ConfigurationReference();
  for (const SchemaRow& row : SchemaRows()) {
    const bool is_read = row.standing == Standing::kRead;
    const std::string start =
        (is_read ? "\n| `" : "\n- `") + std::string(row.key) + (is_read ? "` | " : "` has no");
    const std::size_t at = reference.find(start);
    ASSERT_NE(at, std::string::npos) << row.key;
    EXPECT_EQ(reference.find(start, at + 1), std::string::npos) << row.key;
    std::string line = reference.substr(at + 1, reference.find('\n', at + 1) - at - 1);
    EXPECT_THAT(line, HasSubstr(std::string(row.meaning)));
    if (is_read) {
      EXPECT_THAT(line, HasSubstr("`" + std::string(row.example) + "` |"));
    }
    if (!row.default_value.empty()) {
      EXPECT_THAT(line, HasSubstr(" | `" + std::string(row.default_value) + "` | "));
    }
    for (const std::string_view choice : row.choices)
      EXPECT_THAT(line, HasSubstr("`\"" + std::string(choice) + "\"`"));
    for (const RefusedValue& refused : row.refused_values)
      EXPECT_THAT(reference, HasSubstr(std::string(refused.instead))) << row.key;
  }
  for (const std::string_view section : SkippedSections())
    EXPECT_THAT(reference, HasSubstr("`" + std::string(section) + "`"));
}

TEST(ReferenceTest, BoundsAreWrittenAsPeopleWriteThem) {
  const std::string reference = ConfigurationReference();
  EXPECT_THAT(reference, HasSubstr("| whole number, 1 to 65535 | `25` |"));
  EXPECT_THAT(reference, HasSubstr("| duration, at most 30d | `\"10m\"` |"));
}

TEST(GeneratedTablesTest, StandBetweenTheirMarkersAndNothingElseChanges) {
  const std::string document =
      "# One\n<!-- generated: limits -->\nold\n<!-- end of generated -->\ntwo\n"
      "<!-- generated: variables -->\n<!-- end of generated -->\n";
  const std::string made = WithGeneratedTables(document);
  EXPECT_THAT(made, HasSubstr("# One\n<!-- generated: limits -->\n\n| what | at most |\n"));
  EXPECT_THAT(made, HasSubstr("| octets of an expression | 65536 |\n"));
  EXPECT_THAT(made, HasSubstr("<!-- end of generated -->\ntwo\n<!-- generated: variables -->\n"));
  EXPECT_THAT(made, HasSubstr("| `mx` | text | connection, tls, limiter |"));
  EXPECT_THAT(made, Not(HasSubstr("old")));
  EXPECT_EQ(WithGeneratedTables(made), made);
}

TEST(GeneratedTablesTest, WithoutBothMarkersNothingChanges) {
  for (const std::string document : {"", "text\n", "<!-- generated: limits -->\n",
                                     "<!-- generated: limits\n", "<!-- end of generated -->\n"})
    EXPECT_EQ(WithGeneratedTables(document), document);
}

TEST(GeneratedTablesTest, AnUnknownNameIsSaid) {
  EXPECT_THAT(WithGeneratedTables("<!-- generated: limit -->\n<!-- end of generated -->"),
              HasSubstr("no table called limit"));
}

// What a key needs beside it to mean something.
std::vector<std::string> Companions(const SchemaRow& row) {
  std::vector<std::string> lines;
  const auto add = [&](std::string_view key, std::string_view value) {
    if (row.key != key) lines.push_back(std::string(key) + " = " + std::string(value));
  };
  if (row.key.starts_with("queue.route."))
    add("queue.route.<id>.type", row.route_type == "relay" ? "\"relay\"" : "\"mx\"");
  if (row.route_type == "relay") add("queue.route.<id>.address", "\"relay.example.org\"");
  if (row.key.find(".auth.") != std::string_view::npos) {
    add("queue.route.<id>.auth.username", "\"postern\"");
    add("queue.route.<id>.auth.secret", "\"secret\"");
  }
  if (row.key.starts_with("queue.limiter.")) add("queue.limiter.outbound.<id>.rate", "\"1/1s\"");
  if (row.key == "resolver.custom") add("resolver.type", "\"custom\"");
  return lines;
}

void Replace(std::string_view what, std::string_view with, std::string& text) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at))
    text.replace(at, what.size(), with);
}

// Loads a policy of one key, what it needs, and a file where its example has one.
LoadedPolicy LoadKey(const SchemaRow& row, std::string_view value) {
  const std::string folder = ::testing::TempDir();
  std::ofstream(folder + "/secret") << "secret";
  std::string text = std::string(row.key) + " = " + std::string(value) + "\n";
  for (const std::string& line : Companions(row)) text += line + "\n";
  Replace("<id>", "some", text);
  Replace("<ip>", "\"192.0.2.1\"", text);
  Replace("/run/secrets/relay", folder + "/secret", text);
  const std::string path = folder + "/reference.toml";
  std::ofstream(path) << text;
  LoadedPolicy loaded = LoadPolicyFiles({path});
  EXPECT_NE(loaded.policy, nullptr) << text << loaded.rendered;
  return loaded;
}

TEST(SchemaExamplesTest, EveryExampleLoads) {
  for (const SchemaRow& row : SchemaRows()) {
    if (row.standing == Standing::kRead) LoadKey(row, row.example);
  }
}

// Without the key, or with its default, the policy is the same.
TEST(SchemaExamplesTest, EveryDefaultIsWhatHoldsWithoutTheKey) {
  for (const SchemaRow& row : SchemaRows()) {
    if (row.default_value.empty()) continue;
    const LoadedPolicy with = LoadKey(row, row.default_value);
    if (row.key == "resolver.type" || row.key.starts_with("queue.strategy.")) {
      ASSERT_NE(with.policy, nullptr);
      EXPECT_EQ(*with.policy, Policy()) << row.key;
      continue;
    }
    const SchemaRow* description = nullptr;
    for (const SchemaRow& other : SchemaRows()) {
      const std::string_view section = row.key.substr(0, row.key.find('>') + 1);
      if (other.key.starts_with(section) && other.key.ends_with(".description"))
        description = &other;
    }
    ASSERT_NE(description, nullptr) << row.key;
    SchemaRow bare = *description;
    bare.route_type = row.route_type;
    const LoadedPolicy without = LoadKey(bare, "\"\"");
    ASSERT_TRUE(with.policy != nullptr && without.policy != nullptr) << row.key;
    EXPECT_EQ(*with.policy, *without.policy) << row.key;
  }
}

}  // namespace
}  // namespace postern::strategy
