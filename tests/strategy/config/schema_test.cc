#include "strategy/config/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

#include "strategy/config/values.h"

namespace postern::strategy {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

// The node at the end of a way of keys; nullptr when it leaves the schema.
const SchemaNode* At(std::initializer_list<std::string_view> keys) {
  const SchemaNode* node = &SchemaRoot();
  for (const std::string_view key : keys) {
    if (node == nullptr) return nullptr;
    node = node->Find(key);
  }
  return node;
}

TEST(SchemaRowsTest, EveryKeyIsThereOnceAndSaysWhatItMeans) {
  std::set<std::string_view> keys;
  for (const SchemaRow& row : SchemaRows()) {
    EXPECT_TRUE(keys.insert(row.key).second) << row.key;
    EXPECT_FALSE(row.meaning.empty()) << row.key;
  }
}

TEST(SchemaRowsTest, WhatIsReadHasATypeAndAnExampleAndTheRestSaysWhatToDo) {
  for (const SchemaRow& row : SchemaRows()) {
    if (row.standing == Standing::kRead) {
      EXPECT_NE(row.type, ValueType::kAnything) << row.key;
      EXPECT_FALSE(row.example.empty()) << row.key;
    } else {
      EXPECT_EQ(row.field, Field::kNone) << row.key;
      EXPECT_FALSE(row.instead.empty()) << row.key;
    }
    const bool is_choice = row.type == ValueType::kChoice || row.type == ValueType::kChoices ||
                           row.type == ValueType::kTlsRequirement;
    EXPECT_EQ(is_choice, !row.choices.empty()) << row.key;
    EXPECT_EQ(row.type == ValueType::kInteger || row.type == ValueType::kDuration, row.max > 0)
        << row.key;
  }
}

TEST(SchemaRowsTest, EveryFieldIsFilledByOneKey) {
  std::set<Field> fields;
  for (const SchemaRow& row : SchemaRows()) {
    if (row.field != Field::kNone) {
      EXPECT_TRUE(fields.insert(row.field).second) << row.key;
    }
  }
  EXPECT_EQ(fields.size(), static_cast<std::size_t>(Field::kResolverCustom));
}

TEST(SchemaRowsTest, AValueIsAChoiceOrRefusedNeverBoth) {
  for (const SchemaRow& row : SchemaRows()) {
    for (const RefusedValue& refused : row.refused_values) {
      EXPECT_THAT(row.choices, Not(Contains(refused.value))) << row.key;
      EXPECT_FALSE(refused.why.empty()) << row.key;
      EXPECT_FALSE(refused.instead.empty()) << row.key;
    }
  }
}

TEST(SchemaNodeTest, EveryRowIsFoundByItsKey) {
  for (const SchemaRow& row : SchemaRows()) {
    const SchemaNode* node = &SchemaRoot();
    std::string_view rest = row.key;
    while (node != nullptr && !rest.empty()) {
      const std::size_t dot = std::min(rest.find('.'), rest.size());
      node = node->Find(rest.substr(0, dot));
      rest.remove_prefix(std::min(dot + 1, rest.size()));
    }
    ASSERT_NE(node, nullptr) << row.key;
    EXPECT_EQ(node->row(), &row) << row.key;
    EXPECT_EQ(node->pattern(), row.key);
  }
}

TEST(SchemaNodeTest, AnyNameStandsWhereTheUserNamesThings) {
  const SchemaNode* const connection = At({"queue", "connection", "any name.at all"});
  ASSERT_NE(connection, nullptr);
  EXPECT_TRUE(connection->is_wildcard());
  EXPECT_EQ(connection->pattern(), "queue.connection.<id>");
  EXPECT_THAT(connection->names(),
              ElementsAre("ehlo-hostname", "source-ips", "description", "timeout"));
  EXPECT_EQ(connection->row(), nullptr);
  EXPECT_FALSE(At({"queue", "connection"})->is_wildcard());
  EXPECT_EQ(At({"queue", "connections"}), nullptr);
}

TEST(SchemaNodeTest, StalwartsOtherSectionsAreSkippedAndOursAreNot) {
  EXPECT_TRUE(At({"storage"})->is_skipped());
  EXPECT_TRUE(At({"session"})->is_skipped());
  EXPECT_TRUE(At({"queue", "schedule"})->is_skipped());
  EXPECT_TRUE(At({"queue", "virtual"})->is_skipped());
  EXPECT_TRUE(At({"queue", "quota"})->is_skipped());
  EXPECT_TRUE(At({"queue", "limiter", "inbound"})->is_skipped());
  EXPECT_TRUE(At({"queue", "strategy", "schedule"})->is_skipped());
  EXPECT_TRUE(At({"server", "listener"})->is_skipped());
  EXPECT_FALSE(At({"server", "hostname"})->is_skipped());
  EXPECT_FALSE(At({"queue"})->is_skipped());
  EXPECT_FALSE(At({"resolver"})->is_skipped());
  EXPECT_EQ(At({"sesion"}), nullptr);
}

TEST(SchemaNodeTest, PathToFindsAKeyThatBelongsDeeper) {
  const SchemaNode& connection = *At({"queue", "connection", "x"});
  EXPECT_EQ(connection.PathTo("connect"), "timeout.connect");
  EXPECT_EQ(connection.PathTo("timeout"), "timeout");
  EXPECT_EQ(connection.PathTo("port"), "");
  EXPECT_EQ(At({"queue", "route", "x"})->PathTo("implicit"), "tls.implicit");
  EXPECT_EQ(SchemaRoot().PathTo("hostname"), "server.hostname");
  EXPECT_EQ(SchemaRoot().PathTo("connection"), "queue.connection");
}

TEST(SchemaRowsTest, TheDefaultsOfTimeoutsAreTheMinimumsOfRfc5321) {
  const StageTimeouts defaults;
  const auto parsed = [](std::string_view key) {
    std::string_view text = At({"queue", "connection", "x", "timeout", key})->row()->default_value;
    text.remove_prefix(1);
    text.remove_suffix(1);
    return *ParseDuration(text);
  };
  EXPECT_EQ(parsed("connect"), defaults.connect);
  EXPECT_EQ(parsed("greeting"), defaults.greeting);
  EXPECT_EQ(parsed("ehlo"), defaults.ehlo);
  EXPECT_EQ(parsed("mail-from"), defaults.mail_from);
  EXPECT_EQ(parsed("rcpt-to"), defaults.rcpt_to);
  EXPECT_EQ(parsed("data"), defaults.data);
}

}  // namespace
}  // namespace postern::strategy
