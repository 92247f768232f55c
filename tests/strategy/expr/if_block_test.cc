#include "strategy/expr/if_block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/strategy/expr/expr_fixture.h"

namespace postern::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A list whose n-th element stands in line n; parts stand at columns 10, 40 and 70.
class List {
 public:
  List& Branch(std::string_view condition, std::string_view result) {
    return Add(condition, result, std::nullopt);
  }
  List& Else(std::string_view result) { return Add(std::nullopt, std::nullopt, result); }
  List& Add(std::optional<std::string_view> condition, std::optional<std::string_view> result,
            std::optional<std::string_view> otherwise) {
    ++line_;
    IfBlockItem item;
    item.range = {"p", {line_, 1}, 5};
    item.condition = Part(condition, 10);
    item.result = Part(result, 40);
    item.otherwise = Part(otherwise, 70);
    items_.push_back(item);
    return *this;
  }

  std::optional<IfBlock> Parse(IssueList& issues,
                               VariableSet variables = VariableSet::kHost) const {
    return IfBlock::Parse(items_, {"p", {99, 1}, 1}, IdContext(variables), issues);
  }
  IfBlock Parsed() const {
    IssueList issues;
    std::optional<IfBlock> block = Parse(issues);
    EXPECT_THAT(Briefs(issues), IsEmpty());
    return block ? *std::move(block) : IfBlock::Literal("not parsed");
  }
  std::vector<std::string> Issues() const {
    IssueList issues;
    const bool is_parsed = Parse(issues).has_value();
    EXPECT_EQ(is_parsed, !issues.has_errors());
    return Briefs(issues);
  }

 private:
  std::optional<IfBlockItem::Text> Part(std::optional<std::string_view> text,
                                        std::uint32_t column) const {
    if (!text) return std::nullopt;
    return IfBlockItem::Text{std::string(*text),
                             {"p", {line_, column}, static_cast<std::uint32_t>(text->size())}};
  }

  std::uint32_t line_ = 0;
  std::vector<IfBlockItem> items_;
};

std::string IdOf(const IfBlock& block, const Variables& variables = {}) {
  const IfBlockResult result = block.Evaluate(variables);
  return result.id ? std::string(*result.id) : "none: " + result.problem;
}

TEST(IfBlockTest, TheFirstTrueConditionDecides) {
  const IfBlock block = List()
                            .Branch("retry_num > 0 && last_error == 'tls'", "'invalid-tls'")
                            .Branch("retry_num > 1", "'later'")
                            .Else("'default'")
                            .Parsed();
  Variables v;
  EXPECT_EQ(IdOf(block, v), "default");
  v.retry_num = 2;
  EXPECT_EQ(IdOf(block, v), "later");
  v.last_error = "tls";
  EXPECT_EQ(IdOf(block, v), "invalid-tls");
}

TEST(IfBlockTest, AConditionNeedNotBeABoolean) {
  EXPECT_EQ(IdOf(List().Branch("'0'", "'a'").Else("'b'").Parsed()), "a");
  EXPECT_EQ(IdOf(List().Branch("rcpt", "'a'").Else("'b'").Parsed()), "b");
}

TEST(IfBlockTest, CapturesPassFromIfToThen) {
  const IfBlock block = List()
                            .Branch("matches('^([a-z]+)[.]', rcpt_domain)", "'pool-' + $1")
                            .Else("'default'")
                            .Parsed();
  Variables v;
  v.rcpt_domain = "mail.example.org";
  EXPECT_EQ(IdOf(block, v), "pool-mail");
  v.rcpt_domain = "1.example.org";
  EXPECT_EQ(IdOf(block, v), "default");
}

TEST(IfBlockTest, CapturesStayInTheirBranch) {
  const List list = List()
                        .Branch("matches('(.+)', rcpt) && size > 5", "$1")
                        .Branch("retry_num == 0", "'b' + $1")
                        .Else("$1");
  EXPECT_THAT(list.Issues(), ElementsAre("2:46+2 never-captured?", "3:70+2 never-captured?"));
  IssueList issues;
  Variables v;
  v.rcpt = "a";
  EXPECT_EQ(IdOf(list.Parse(issues).value(), v), "b");
  v.retry_num = 1;
  EXPECT_EQ(IdOf(list.Parse(issues).value(), v), "");
  v.size = 6;
  EXPECT_EQ(IdOf(list.Parse(issues).value(), v), "a");
}

TEST(IfBlockTest, AThenThatReadsAGroupTooManyIsWarnedOf) {
  EXPECT_THAT(List().Branch("matches('(a)', rcpt)", "$2").Else("'b'").Issues(),
              ElementsAre("1:40+2 never-captured?"));
}

// What docs/policy-language.md says of lists.
TEST(IfBlockTest, AListOfTheWrongShapeIsAnError) {
  const auto none = std::nullopt;
  EXPECT_THAT(List().Branch("1", "'a'").Issues(), ElementsAre("99:1+1 bad-if-block"));
  EXPECT_THAT(List().Issues(), ElementsAre("99:1+1 bad-if-block"));
  EXPECT_THAT(List().Add("1", none, none).Else("'b'").Issues(), ElementsAre("1:1+5 bad-if-block"));
  EXPECT_THAT(List().Add(none, "'a'", none).Else("'b'").Issues(),
              ElementsAre("1:1+5 bad-if-block"));
  EXPECT_THAT(List().Add(none, none, none).Else("'b'").Issues(),
              ElementsAre("1:1+5 bad-if-block", "1:1+5 bad-if-block"));
  EXPECT_THAT(List().Else("'b'").Branch("1", "'a'").Issues(), ElementsAre("2:1+5 bad-if-block"));
  EXPECT_THAT(List().Branch("1", "'a'").Else("'b'").Else("'c'").Issues(),
              ElementsAre("3:1+5 bad-if-block"));
  EXPECT_THAT(List().Branch("1", "'a'").Add(none, "'b'", "'c'").Issues(),
              ElementsAre("2:1+5 bad-if-block"));
  EXPECT_THAT(List().Add("1", "'a'", "'b'").Issues(), ElementsAre("1:1+5 bad-if-block"));
}

TEST(IfBlockTest, AllPartsAreCheckedAtOnce) {
  EXPECT_THAT(List()
                  .Branch("retry_nun > 0", "'a' +")
                  .Branch("local_ip == 'x'", "pool")
                  .Add("size >", std::nullopt, std::nullopt)
                  .Else("recipients")
                  .Issues(),
              ElementsAre("1:10+9 unknown-variable", "1:45+1 bad-expression",
                          "2:10+8 not-available", "2:40+4 bad-expression", "3:1+5 bad-if-block",
                          "3:16+1 bad-expression", "4:70+10 not-an-id?"));
}

TEST(IfBlockTest, AListWithoutAnIfAlwaysGivesItsElse) {
  const List list = List().Else("'a'");
  EXPECT_THAT(list.Issues(), ElementsAre("99:1+1 no-condition?"));
  IssueList issues;
  EXPECT_EQ(*list.Parse(issues)->literal(), "a");
}

TEST(IfBlockTest, AValueThatIsNoTextIsNoId) {
  IssueList issues;
  const IfBlock block = List().Branch("size", "[1]").Else("false").Parse(issues).value();
  EXPECT_EQ(IdOf(block), "none: it gives 0, which is not a text");
  Variables v;
  v.size = 1;
  EXPECT_EQ(IdOf(block, v), "none: it gives [1], which is not a text");
}

TEST(IfBlockTest, AFactThatIsMissingEndsTheEvaluation) {
  const IfBlock block = List().Branch("dns_query(rcpt_domain, 'mx')", "'a'").Else("'b'").Parsed();
  EXPECT_TRUE(block.needs_facts());
  Variables v;
  v.rcpt_domain = "example.org";
  const IfBlockResult asks = block.Evaluate(v);
  EXPECT_FALSE(asks.id);
  EXPECT_THAT(asks.evaluation.missing, ElementsAre(DnsQuestion{"example.org", DnsType::kMx}));
  DnsFacts facts;
  facts[asks.evaluation.missing[0]].values = {"10 a.example.org"};
  EvaluateOptions options;
  options.dns = &facts;
  EXPECT_EQ(block.Evaluate(v, options).id, "a");
  facts[asks.evaluation.missing[0]].failed = true;
  const IfBlockResult failed = block.Evaluate(v, options);
  EXPECT_EQ(failed.evaluation.outcome, EvaluationOutcome::kLookupFailed);
  EXPECT_THAT(failed.problem, HasSubstr("failed"));
}

TEST(IfBlockTest, TheBudgetIsForAllBranchesTogether) {
  List list;
  for (int i = 0; i < 5; ++i) list.Branch("size == 7", "'a'");
  const IfBlock block = list.Else("'b'").Parsed();
  EvaluateOptions options;
  options.limits.steps = 16;
  EXPECT_EQ(block.Evaluate({}, options).id, "b");
  options.limits.steps = 15;
  const IfBlockResult over = block.Evaluate({}, options);
  EXPECT_EQ(over.evaluation.outcome, EvaluationOutcome::kOverBudget);
  EXPECT_EQ(over.problem, "it takes too many steps");
}

TEST(IfBlockTest, BranchesAreLimited) {
  List list;
  for (int i = 0; i < 1000; ++i) list.Branch("size", "'a'");
  EXPECT_THAT(list.Else("'b'").Issues(), ElementsAre("99:1+1 over-budget"));
}

TEST(IfBlockTest, ATraceHasEveryBranchThatWasLookedAt) {
  const IfBlock block =
      List().Branch("retry_num > 1", "'a'").Branch("size == 3", "rcpt_domain").Else("'b'").Parsed();
  Variables v;
  v.size = 3;
  v.rcpt_domain = "example.org";
  EvaluateOptions options;
  options.trace = true;
  const IfBlockResult second = block.Evaluate(v, options);
  ASSERT_THAT(second.branches, SizeIs(2));
  EXPECT_FALSE(second.branches[0].matched);
  EXPECT_EQ(second.branches[0].condition_value, "0");
  EXPECT_EQ(second.branches[0].result_value, "");
  EXPECT_THAT(second.branches[0].condition_reads, ElementsAre(TraceRead{"retry_num", "0"}));
  EXPECT_TRUE(second.branches[1].matched);
  EXPECT_EQ(second.branches[1].result_value, "'example.org'");
  EXPECT_THAT(second.branches[1].result_reads,
              ElementsAre(TraceRead{"rcpt_domain", "'example.org'"}));

  v.size = 4;
  const IfBlockResult last = block.Evaluate(v, options);
  ASSERT_THAT(last.branches, SizeIs(3));
  EXPECT_EQ(last.branches[2].condition_value, "");
  EXPECT_EQ(last.branches[2].result_value, "'b'");
  EXPECT_TRUE(last.branches[2].matched);
}

TEST(IfBlockTest, AllResultsAreListed) {
  const IfBlock block =
      List().Branch("size", "'a'").Branch("rcpt", "if_then(1, 'b', sender)").Else("'c'").Parsed();
  std::vector<std::string> ids;
  for (const ConstantResult& result : block.constant_results()) ids.push_back(result.value);
  EXPECT_THAT(ids, ElementsAre("a", "b", "c"));
  EXPECT_TRUE(block.has_computed_result());
  EXPECT_EQ(block.literal(), nullptr);
  EXPECT_FALSE(block.needs_facts());
}

TEST(IfBlockTest, BlocksCompareByMeaning) {
  const IfBlock block = List().Branch("size = 1", "'a'").Else("'b'").Parsed();
  EXPECT_EQ(block, List().Branch("size == 1", "\"a\"").Else("('b')").Parsed());
  EXPECT_NE(block, List().Branch("size == 1", "'a'").Else("'c'").Parsed());
  EXPECT_NE(block, IfBlock::Literal("b"));
  EXPECT_EQ(IfBlock::Literal("b"), IfBlock(Expression::Literal("b")));
}

}  // namespace
}  // namespace postern::strategy
