#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/strategy/config/reader_fixture.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The documents of these texts, named 1.toml, 2.toml and so on, merged.
Reading Merged(const std::vector<std::string>& texts) {
  IssueList issues;
  std::vector<DocumentNode> documents;
  for (const std::string& text : texts) {
    const SourceText source(std::to_string(documents.size() + 1) + ".toml", text);
    documents.push_back(ReadToml(source, {}, issues).value());
  }
  Reading merged;
  merged.document = MergeDocuments(std::move(documents), issues);
  merged.issues = issues.Sorted();
  return merged;
}

TEST(MergeDocumentsTest, NoneGiveAnEmptyTableAndOneIsKept) {
  EXPECT_EQ(Shape(Merged({})), "{}");
  EXPECT_EQ(Shape(Merged({"b = 1\n[a]\nc = 2\n"})), "{b=1, a={c=2}}");
}

TEST(MergeDocumentsTest, TablesMergeAtEveryDepthInTheOrderFirstSeen) {
  const Reading merged =
      Merged({"[queue.connection.b]\nx = 1\n", "[server]\ny = 2\n[queue.connection.a]\nz = 3\n",
              "[queue.connection.b]\nw = 4\n[queue.route.r]\nv = 5\n"});
  EXPECT_EQ(Shape(merged),
            "{queue={connection={b={x=1, w=4}, a={z=3}}, route={r={v=5}}}, server={y=2}}");
  EXPECT_THAT(merged.issues, IsEmpty());
}

TEST(MergeDocumentsTest, EveryKeyKeepsItsOwnPlace) {
  const Reading merged = Merged({"[a]\nx = 1\n", "\n\n[a]\ny = 2\n"});
  const DocumentEntry& y = EntryAt(*merged.document, {"a", "y"});
  EXPECT_EQ(y.key_range.file, "2.toml");
  EXPECT_EQ(PlaceText(y.key_range), "4:1+1");
}

TEST(MergeDocumentsTest, AValueDefinedTwiceIsAnErrorAtTheSecondThatNamesTheFirst) {
  const Reading merged = Merged({"[a.b]\nx = 1\n", "[a.b]\nx = 1\n"});
  EXPECT_THAT(Briefs(merged.issues), ElementsAre("2:1+1 duplicate-key"));
  EXPECT_EQ(merged.issues[0].range.file, "2.toml");
  EXPECT_EQ(merged.message(), "'a.b.x' is already defined at 1.toml:2:1");
  EXPECT_EQ(merged.suggestion(), "keep one of the two");
  EXPECT_EQ(Shape(merged), "{a={b={x=1}}}");
}

TEST(MergeDocumentsTest, ATableAndAValueOfOneNameDoNotMerge) {
  EXPECT_THAT(Briefs(Merged({"a = 1\n", "[a]\nb = 1\n"}).issues),
              ElementsAre("1:2+1 duplicate-key"));
  EXPECT_THAT(Briefs(Merged({"[a]\nb = 1\n", "a = [1]\n"}).issues),
              ElementsAre("1:1+1 duplicate-key"));
}

TEST(MergeDocumentsTest, ArraysDoNotMerge) {
  EXPECT_THAT(Briefs(Merged({"a = [1]\n", "a = [2]\n"}).issues),
              ElementsAre("1:1+1 duplicate-key"));
}

TEST(MergeDocumentsTest, EveryDuplicateOfEveryFileIsShown) {
  const Reading merged = Merged({"a = 1\nb = 1\n", "a = 2\n", "b = 3\na = 3\n"});
  EXPECT_THAT(Briefs(merged.issues),
              ElementsAre("1:1+1 duplicate-key", "1:1+1 duplicate-key", "2:1+1 duplicate-key"));
}

}  // namespace
}  // namespace postern::strategy
