#ifndef POSTERN_SERVER_RPC_POLICY_TEXTS_H_
#define POSTERN_SERVER_RPC_POLICY_TEXTS_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "google/protobuf/repeated_ptr_field.h"
#include "postern/v1/policy_text.pb.h"
#include "server/rpc/violations.h"
#include "strategy/diagnostics/issue.h"
#include "strategy/diagnostics/source_text.h"

// Policies that come with a request, and issues that go out. Pure; any thread.
namespace postern::server {

using PolicyTexts = google::protobuf::RepeatedPtrField<v1::PolicyText>;

// All texts of a request together.
inline constexpr std::size_t kMaxPolicyOctets = std::size_t{32} << 20;

// The texts as files. None at all, two of one name, and too much of them are violations of `field`.
std::vector<strategy::SourceText> ReadPolicyTexts(const PolicyTexts& texts, std::string_view field,
                                                  Violations& violations);

// The errors among `issues` as violations of `field`.
void AddErrors(const std::vector<strategy::Issue>& issues, std::string_view field,
               Violations& violations);

v1::PolicyIssue ToProto(const strategy::Issue& issue);

}  // namespace postern::server

#endif  // POSTERN_SERVER_RPC_POLICY_TEXTS_H_
