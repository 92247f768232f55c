// One pass over the nodes in the order of evaluation: children are checked before their parent, and
// a matches() before the $1 behind it.

#include "strategy/expr/checker.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/domain_name.h"
#include "common/ip_address.h"
#include "strategy/diagnostics/message.h"
#include "strategy/expr/environment.h"
#include "strategy/expr/functions.h"
#include "strategy/expr/value.h"

namespace postern::strategy {
namespace {

using Kind = Node::Kind;

constexpr std::string_view kUnknownVariable = "unknown-variable";
constexpr std::string_view kNotAvailable = "not-available";
constexpr std::string_view kBadArgument = "bad-argument";
constexpr std::string_view kTypeMismatch = "type-mismatch";
constexpr std::string_view kImpossible = "impossible-comparison";
constexpr std::string_view kServerHostname = "server.hostname";
constexpr std::string_view kHashes[] = {"md5", "sha1", "sha256", "sha512"};
constexpr std::string_view kParts[] = {"local", "domain"};
constexpr std::string_view kDnsTypes[] = {"ip", "ipv4", "ipv6", "mx", "txt", "ptr"};

std::string MaybeMeant(std::string_view word, std::span<const std::string_view> candidates,
                       std::string_view otherwise) {
  const std::string_view near = DidYouMean(word, candidates);
  return near.empty() ? std::string(otherwise) : Concat("did you mean ", Quoted(near), "?");
}

// "a number", "a text".
std::string_view TypeName(TypeSet types) {
  if (IsOnly(types, kNumberType)) return "a number";
  if (IsOnly(types, kTextType)) return "a text";
  return IsOnly(types, kArrayType) ? "an array" : "a value";
}

bool IsText(const Node& node, std::string_view text) {
  return node.kind == Kind::kText && node.text == text;
}

bool IsTextThatIsNoNumber(const Node& node) {
  return node.kind == Kind::kText && !ParseNumber(node.text);
}

bool IsZero(const Node& node) {
  return (node.kind == Kind::kInteger && node.integer == 0) ||
         (node.kind == Kind::kFloat && node.number == 0);
}

// The text as a variable of this form would have it; as it is when it is no domain.
std::string InForm(TextForm form, const std::string& text) {
  const std::size_t at = form == TextForm::kAddress ? text.rfind('@') : std::string::npos;
  if (form == TextForm::kAddress && at == std::string::npos) return text;
  const std::string_view domain = std::string_view(text).substr(at + 1);
  const absl::StatusOr<DomainName> name = DomainName::Parse(domain);
  return name.ok() ? Concat(text.substr(0, at + 1), name->text()) : text;
}

class Checker {
 public:
  Checker(Ast& ast, const ExpressionContext& context, Reporter& reporter)
      : ast_(ast), context_(context), reporter_(reporter) {
    parts_.groups = context.groups;
  }

  CheckedParts Run() {
    for (Node& node : ast_.nodes) Check(node);
    // With errors, the types are not known well enough.
    if (context_.use == ExpressionContext::Use::kId && !reporter_.has_errors())
      CheckId(ast_.at(ast_.root()));
    return std::move(parts_);
  }

 private:
  const Node& Child(const Node& node, std::size_t i) const { return ast_.child(node, i); }
  Span NameSpan(const Node& node) const {
    return {node.span.offset, static_cast<std::uint32_t>(node.text.size())};
  }

  void Check(Node& node) {
    switch (node.kind) {
      case Kind::kBroken:
        return;
      case Kind::kInteger:
        node.types = kIntegerType;
        return;
      case Kind::kFloat:
        node.types = kFloatType;
        return;
      case Kind::kText:
      case Kind::kLabel:
        node.types = kTextType;
        return;
      case Kind::kArray:
        node.types = kArrayType;
        return;
      case Kind::kVariable:
        return CheckVariable(node);
      case Kind::kCapture:
        return CheckCapture(node);
      case Kind::kUnary:
        return CheckUnary(node);
      case Kind::kBinary:
        return CheckBinary(node);
      case Kind::kIndex:
        return CheckIndex(node);
      case Kind::kCall:
        return CheckCall(node);
    }
  }

  void CheckVariable(Node& node) {
    const VariableInfo* const info = FindVariable(node.text);
    if (info == nullptr) return ReportUnknownVariable(node);
    node.id = static_cast<std::uint32_t>(info->id);
    node.types = info->type;
    if (info->since > context_.variables) ReportTooEarly(node, *info);
  }

  void ReportTooEarly(const Node& node, const VariableInfo& info) {
    if (info.id == VariableId::kLocalIp) {
      reporter_.Error(node.span, kNotAvailable,
                      "'local_ip' is not known here: the source address is chosen after this "
                      "expression, from the strategy that it names",
                      "use it in the 'match' of a queue.limiter, or choose by 'remote_ip' or 'mx'");
      return;
    }
    reporter_.Error(
        node.span, kNotAvailable,
        Concat(Quoted(info.name), " is not known here: the route is chosen before there is a host"),
        "use it in queue.strategy.connection or queue.strategy.tls");
  }

  void ReportUnknownVariable(const Node& node) {
    if (node.text == "labels") {
      reporter_.Error(node.span, kBadArgument, "'labels' is not a value by itself",
                      "name one of them: labels['tenant']");
    } else if (const FunctionInfo* function = FindFunction(node.text); function != nullptr) {
      reporter_.Error(node.span, kUnknownVariable, Concat(Quoted(node.text), " is a function"),
                      Concat("write ", function->usage));
    } else if (IsForeignVariable(node.text)) {
      reporter_.Error(
          node.span, kNotAvailable,
          Concat(Quoted(node.text), " is known while mail is received, not when it is sent on"),
          "have the queue hand it over as a label: labels['name']");
    } else {
      reporter_.Error(node.span, kUnknownVariable,
                      Concat("there is no variable ", Quoted(node.text)), SuggestVariable(node));
    }
  }

  std::string SuggestVariable(const Node& node) const {
    std::vector<std::string_view> names = {"true", "false"};
    for (const VariableInfo& info : AllVariables()) {
      if (info.since <= context_.variables) names.push_back(info.name);
    }
    return MaybeMeant(node.text, names, Concat("a text stands in quotes: '", node.text, "'"));
  }

  void CheckCapture(Node& node) {
    node.types = kTextType;
    if (node.integer <= parts_.groups) return;
    reporter_.Warning(
        node.span, "never-captured", Concat("'$", std::to_string(node.integer), "' is always ''"),
        parts_.groups < 0 ? "captures come from a matches() before it, or in its branch's 'if'"
                          : Concat("the regular expression has ", std::to_string(parts_.groups),
                                   parts_.groups == 1 ? " group" : " groups"));
  }

  void CheckUnary(Node& node) {
    const TypeSet types = Child(node, 0).types;
    node.types = node.op == Operator::kNot || types == kIntegerType ? kIntegerType : kNumberType;
  }

  void CheckBinary(Node& node) {
    const Node& left = Child(node, 0);
    const Node& right = Child(node, 1);
    node.types = ResultOf(node.op, left.types, right.types);
    if (IsComparison(node.op)) CheckComparison(node, left, right);
    if (node.op == Operator::kDivide && IsZero(right)) {
      reporter_.Warning(right.span, "division-by-zero", "division by zero gives 0",
                        "divide by something else");
    }
  }

  static TypeSet ResultOf(Operator op, TypeSet left, TypeSet right) {
    const bool integers = left == kIntegerType && right == kIntegerType;
    switch (op) {
      case Operator::kOr:
      case Operator::kAnd:
        return left | kIntegerType;  // the left operand, when it decides
      case Operator::kAdd:
        return ResultOfAdd(left, right);
      case Operator::kSubtract:
        return integers ? kIntegerType : static_cast<TypeSet>(kNumberType | (left & kArrayType));
      case Operator::kMultiply:
        return integers ? kIntegerType : kNumberType;
      case Operator::kDivide:
        return kFloatType;
      default:
        return kIntegerType;
    }
  }

  static TypeSet ResultOfAdd(TypeSet left, TypeSet right) {
    const TypeSet both = left | right;
    if (both == kIntegerType) return kIntegerType;
    if (left == kArrayType || right == kArrayType) return kArrayType;
    // '' + x is x; anything else with a text is a text.
    return IsOnly(both, kNumberType) ? kNumberType : both;
  }

  void CheckComparison(const Node& node, const Node& left, const Node& right) {
    const bool is_array[] = {left.types == kArrayType, right.types == kArrayType};
    if (is_array[0] != is_array[1] && ((left.types & right.types) == 0)) {
      return ReportArray(node, is_array[0] ? left : right, is_array[0] ? right : left);
    }
    CheckTextAndNumber(left, right);
    CheckTextAndNumber(right, left);
    CheckEquality(node, left, right);
    CheckEquality(node, right, left);
  }

  void ReportArray(const Node& node, const Node& array, const Node& other) {
    const bool is_equality = node.op == Operator::kEqual || node.op == Operator::kNotEqual;
    const std::string_view array_text = reporter_.TextAt(array.span);
    const std::string_view other_text = reporter_.TextAt(other.span);
    reporter_.Warning(node.span, kImpossible,
                      Concat("an array never equals ", TypeName(other.types),
                             ", so that this is the same for every message"),
                      is_equality ? Concat("write contains(", array_text, ", ", other_text, ")")
                                  : Concat("write count(", array_text, ") to compare its length"));
  }

  // `a` may be a text that is compared as a number.
  void CheckTextAndNumber(const Node& a, const Node& b) {
    if (a.types != kTextType || !IsOnly(b.types, kNumberType)) return;
    const bool is_variable = a.kind == Kind::kVariable;
    if (!is_variable && !IsTextThatIsNoNumber(a)) return;
    reporter_.Warning(
        a.span, kTypeMismatch,
        Concat("a text is compared with a number, and ",
               is_variable ? "counts as 0 when it is none" : "counts as 0: it is none"),
        "compare texts with texts in quotes, and numbers with numbers");
  }

  // What a variable can be, against a constant.
  void CheckEquality(const Node& node, const Node& variable, const Node& constant) {
    const bool is_equality = node.op == Operator::kEqual || node.op == Operator::kNotEqual;
    if (!is_equality || variable.kind != Kind::kVariable) return;
    const VariableInfo* const info = FindVariable(variable.text);
    if (info == nullptr) return;
    if (info->type == kIntegerType) return CheckFraction(*info, constant);
    if (constant.kind != Kind::kText) return;
    CheckClosedList(*info, constant);
    CheckForm(*info, constant);
  }

  void CheckFraction(const VariableInfo& info, const Node& constant) {
    if (constant.kind != Kind::kFloat || constant.number == std::trunc(constant.number)) return;
    reporter_.Warning(constant.span, kImpossible,
                      Concat(Quoted(info.name), " is a whole number, and never equals ",
                             reporter_.TextAt(constant.span)),
                      "compare it with a whole number, or with < or >");
  }

  void CheckClosedList(const VariableInfo& info, const Node& constant) {
    if (info.values.empty() || std::ranges::find(info.values, constant.text) != info.values.end())
      return;
    std::string all;
    for (const std::string_view value : info.values) all += Concat(all.empty() ? "" : " ", value);
    reporter_.Warning(constant.span, kImpossible,
                      Concat(Quoted(info.name), " is never ", Quoted(constant.text)),
                      MaybeMeant(constant.text, info.values, Concat("it is one of ", all)));
  }

  void CheckForm(const VariableInfo& info, const Node& constant) {
    if (info.form == TextForm::kAny) return;
    const std::string form = InForm(info.form, constant.text);
    if (form == constant.text) return;
    reporter_.Warning(constant.span, kImpossible,
                      Concat(Quoted(info.name), " is never ", Quoted(constant.text),
                             ": its domain is in lower case and ASCII, without a dot at its end"),
                      Concat("write ", Quoted(form)));
  }

  void CheckIndex(Node& node) {
    const Node& array = Child(node, 0);
    const bool has_texts =
        array.types == kTextType || (array.kind == Kind::kVariable && array.types == kArrayType);
    node.types = has_texts ? kTextType : kAnyType;
  }

  void CheckCall(Node& node) {
    const FunctionInfo* const info = FindFunction(node.text);
    if (info == nullptr) return ReportUnknownFunction(node);
    node.id = static_cast<std::uint32_t>(info - AllFunctions().data());
    node.types = info->result;
    if (info->kind == FunctionInfo::Kind::kStore) {
      reporter_.Error(NameSpan(node), kNotAvailable,
                      Concat(Quoted(node.text), " needs Stalwart's stores, and Postern has none"),
                      "have the queue hand the value over as a label: labels['name']");
    } else if (node.children.size() != info->arity) {
      ReportArity(node, *info);
    } else {
      CheckArguments(node, *info);
      CheckConstants(node, *info);
    }
  }

  void ReportUnknownFunction(const Node& node) {
    std::vector<std::string_view> names;
    for (const FunctionInfo& info : AllFunctions()) {
      if (info.kind != FunctionInfo::Kind::kStore) names.push_back(info.name);
    }
    const bool is_variable = FindVariable(node.text) != nullptr || node.text == "labels";
    reporter_.Error(NameSpan(node), "unknown-function",
                    is_variable ? Concat(Quoted(node.text), " is not a function")
                                : Concat("there is no function ", Quoted(node.text)),
                    is_variable ? "write it without brackets"
                                : MaybeMeant(node.text, names, "see the list of functions"));
  }

  void ReportArity(const Node& node, const FunctionInfo& info) {
    reporter_.Error(NameSpan(node), "wrong-arity",
                    Concat(Quoted(node.text), " takes ", std::to_string(info.arity),
                           info.arity == 1 ? " argument, not " : " arguments, not ",
                           std::to_string(node.children.size())),
                    Concat("write ", info.usage));
  }

  // An argument that will be coerced into something that can hardly be meant.
  void CheckArguments(const Node& node, const FunctionInfo& info) {
    for (std::size_t i = 0; i < info.arity; ++i) {
      const Node& argument = Child(node, i);
      const TypeSet wanted = info.parameters[i];
      const bool is_array = argument.types == kArrayType && (wanted & kArrayType) == 0;
      const bool is_no_number = wanted == kNumberType && IsTextThatIsNoNumber(argument);
      if (!is_array && !is_no_number) continue;
      reporter_.Warning(
          argument.span, kTypeMismatch,
          Concat(Quoted(node.text), " takes ", wanted == kNumberType ? "a number" : "a text",
                 " here, not ", TypeName(argument.types)),
          Concat("write ", info.usage));
    }
  }

  void CheckConstants(Node& node, const FunctionInfo& info) {
    if (info.kind == FunctionInfo::Kind::kMatches) return CheckRegex(node);
    if (info.kind == FunctionInfo::Kind::kConfigGet) return CheckSetting(Child(node, 0));
    if (info.kind == FunctionInfo::Kind::kDnsQuery) return CheckDnsType(Child(node, 1));
    if (info.name == "is_ip_in_cidr") return CheckNetworks(Child(node, 1));
    if (info.name == "hash_bucket") return CheckBuckets(Child(node, 1));
    if (info.name == "hash") return CheckChoice(Child(node, 1), kHashes, "a hash algorithm");
    if (info.name == "email_part")
      return CheckChoice(Child(node, 1), kParts, "a part of an address");
  }

  void CheckRegex(Node& node) {
    const Node& pattern = Child(node, 0);
    if (pattern.kind == Kind::kBroken) return;
    if (pattern.kind != Kind::kText) {
      reporter_.Error(pattern.span, "bad-regex",
                      "the first argument of matches() is a regular expression in quotes, which is "
                      "compiled when the policy is loaded",
                      "write matches('regex', text)");
      return;
    }
    std::string problem;
    std::unique_ptr<const Regex> regex = Regex::Compile(pattern.text, context_.limits, problem);
    if (regex == nullptr) {
      reporter_.Error(pattern.span, "bad-regex",
                      Concat("the regular expression cannot be used: ", problem),
                      "the syntax is RE2's; only the quote itself needs a backslash");
      return;
    }
    parts_.groups = std::max(parts_.groups, regex->groups());
    node.regex = static_cast<std::uint32_t>(parts_.regexes.size());
    parts_.regexes.push_back(std::move(regex));
  }

  void CheckSetting(const Node& key) {
    if (key.kind == Kind::kBroken || IsText(key, kServerHostname)) return;
    reporter_.Error(key.span, kBadArgument,
                    "config_get() knows one setting, 'server.hostname', written out",
                    "write config_get('server.hostname')");
  }

  void CheckDnsType(const Node& type) {
    if (type.kind != Kind::kText || ParseDnsType(type.text)) return;
    CheckChoice(type, kDnsTypes, "a type that dns_query() knows");
  }

  void CheckChoice(const Node& choice, std::span<const std::string_view> choices,
                   std::string_view what) {
    if (choice.kind != Kind::kText) return;
    if (std::ranges::find(choices, choice.text) != choices.end()) return;
    std::string all;
    for (const std::string_view each : choices) all += Concat(all.empty() ? "" : " ", each);
    reporter_.Error(choice.span, kBadArgument, Concat(Quoted(choice.text), " is not ", what),
                    MaybeMeant(choice.text, choices, Concat("write one of ", all)));
  }

  void CheckNetworks(const Node& networks) {
    if (networks.kind == Kind::kArray) {
      for (std::size_t i = 0; i < networks.children.size(); ++i) CheckNetwork(Child(networks, i));
    } else {
      CheckNetwork(networks);
    }
  }

  void CheckNetwork(const Node& network) {
    if (network.kind != Kind::kText || Cidr::Parse(network.text)) return;
    reporter_.Error(network.span, kBadArgument, Concat(Quoted(network.text), " is not a network"),
                    "write it as '192.0.2.0/24' or '2001:db8::/32'");
  }

  void CheckBuckets(const Node& buckets) {
    const bool is_negative = buckets.kind == Kind::kUnary && buckets.op == Operator::kNegate;
    if (!IsZero(buckets) && !is_negative) return;
    reporter_.Error(buckets.span, kBadArgument, "hash_bucket() needs one bucket at least",
                    "write 100 for a roll-out in percent");
  }

  void CheckId(const Node& root) {
    if ((root.types & kTextType) != 0 || root.kind == Kind::kBroken) return;
    reporter_.Warning(root.span, "not-an-id",
                      Concat("this gives ", TypeName(root.types),
                             ", which names no strategy: the built-in one is used"),
                      "write an id in quotes of its own, as in \"'mx'\"");
  }

  Ast& ast_;
  const ExpressionContext& context_;
  Reporter& reporter_;
  CheckedParts parts_;
};

}  // namespace

CheckedParts CheckAst(Ast& ast, const ExpressionContext& context, Reporter& reporter) {
  return Checker(ast, context, reporter).Run();
}

}  // namespace postern::strategy
