#include "server/rpc/policy_service.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "postern/v1/delivery_service.grpc.pb.h"
#include "postern/v1/policy_service.grpc.pb.h"
#include "tests/server/rpc/service_lab.h"
#include "tests/server/rpc/status_details.h"

namespace postern::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PolicyServiceTest : public ::testing::Test {
 protected:
  PolicyServiceTest()
      : lab_(RelayPolicy(25) + "[queue.tls.strict]\nstarttls = \"require\"\n"),
        channel_(grpc::CreateChannel(lab_.address(), grpc::InsecureChannelCredentials())),
        policies_(v1::PolicyService::NewStub(channel_)),
        deliveries_(v1::DeliveryService::NewStub(channel_)) {}

  v1::GetPolicyResponse Get() {
    v1::GetPolicyResponse response;
    grpc::ClientContext context;
    const grpc::Status status = policies_->GetPolicy(&context, {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  grpc::Status Check(const v1::CheckPolicyRequest& request, v1::CheckPolicyResponse& response) {
    grpc::ClientContext context;
    return policies_->CheckPolicy(&context, request, &response);
  }
  grpc::Status Reload(v1::ReloadPolicyResponse& response) {
    grpc::ClientContext context;
    return policies_->ReloadPolicy(&context, {}, &response);
  }
  grpc::Status Resolve(const v1::ResolveStrategyRequest& request,
                       v1::ResolveStrategyResponse& response) {
    grpc::ClientContext context;
    return deliveries_->ResolveStrategy(&context, request, &response);
  }

  ServiceLab lab_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::PolicyService::Stub> policies_;
  std::unique_ptr<v1::DeliveryService::Stub> deliveries_;
};

TEST_F(PolicyServiceTest, GetPolicyShowsWhatIsInForce) {
  const v1::GetPolicyResponse policy = Get();
  EXPECT_EQ(policy.version().size(), 16u);
  ASSERT_EQ(policy.files_size(), 1);
  EXPECT_THAT(policy.files(0), HasSubstr("policy.toml"));
  EXPECT_GT(policy.loaded_at().seconds(), 0);
  EXPECT_THAT(policy.connections(), ElementsAre("pool"));
  EXPECT_THAT(policy.routes(), ElementsAre("relay"));
  EXPECT_THAT(policy.tls(), ElementsAre("strict"));
  EXPECT_FALSE(policy.has_last_failure());
  EXPECT_FALSE(policy.needs_restart());
}

TEST_F(PolicyServiceTest, CheckPolicyTellsWhatIsWrongAndWhere) {
  v1::CheckPolicyRequest request;
  request.add_policies()->set_text("[server]\nhostnam = \"mail\"\n");
  v1::PolicyText* yaml = request.add_policies();
  yaml->set_name("b.yaml");
  yaml->set_text("queue:\n  connection:\n    x:\n      ehlo-hostname: ma_il\n");
  v1::CheckPolicyResponse response;
  ASSERT_TRUE(Check(request, response).ok());
  EXPECT_FALSE(response.valid());
  EXPECT_EQ(response.version(), "");
  ASSERT_EQ(response.issues_size(), 2) << response.DebugString();
  const v1::PolicyIssue& issue = response.issues(0);
  EXPECT_EQ(issue.severity(), v1::PolicyIssue::SEVERITY_ERROR);
  EXPECT_EQ(issue.rule(), "unknown-key");
  EXPECT_EQ(issue.file(), "policy.toml");
  EXPECT_EQ(issue.line(), 2u);
  EXPECT_EQ(issue.column(), 1u);
  EXPECT_THAT(issue.message(), HasSubstr("hostnam"));
  EXPECT_EQ(issue.suggestion(), "did you mean 'hostname'?");
  EXPECT_EQ(response.issues(1).file(), "b.yaml");
  EXPECT_EQ(response.issues(1).line(), 4u);
}

TEST_F(PolicyServiceTest, AWarningLeavesAPolicyValid) {
  v1::CheckPolicyRequest request;
  request.add_policies()->set_text("[server]\nhostname = \"mail\"\n");
  v1::CheckPolicyResponse response;
  ASSERT_TRUE(Check(request, response).ok());
  EXPECT_TRUE(response.valid());
  ASSERT_EQ(response.issues_size(), 1);
  EXPECT_EQ(response.issues(0).severity(), v1::PolicyIssue::SEVERITY_WARNING);
  EXPECT_EQ(response.issues(0).rule(), "ehlo-not-qualified");
}

TEST_F(PolicyServiceTest, AValidPolicyIsGivenItsVersion) {
  v1::CheckPolicyRequest request;
  request.add_policies()->set_text("[server]\nhostname = \"mail.example.org\"\n");
  v1::CheckPolicyResponse response;
  ASSERT_TRUE(Check(request, response).ok());
  EXPECT_TRUE(response.valid());
  EXPECT_EQ(response.version().size(), 16u);
  EXPECT_NE(Get().version(), response.version()) << "it is only checked";
}

TEST_F(PolicyServiceTest, NoTextAndTwoOfOneNameAreRefused) {
  v1::CheckPolicyRequest request;
  v1::CheckPolicyResponse response;
  grpc::Status status = Check(request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Unpack(status.error_details()).fields(), "policies");
  request.add_policies()->set_text("a = 1\n");
  request.add_policies()->set_text("b = 1\n");
  status = Check(request, response);
  EXPECT_EQ(Unpack(status.error_details()).fields(), "policies[1].name");
}

TEST_F(PolicyServiceTest, ReloadPolicyPutsTheFilesInForce) {
  const std::string before = Get().version();
  v1::ReloadPolicyResponse response;
  ASSERT_TRUE(Reload(response).ok());
  EXPECT_FALSE(response.changed());
  EXPECT_EQ(response.version(), before);
  ServiceLab::RewritePolicy("[server]\nhostname = \"two.example.org\"\n");
  ASSERT_TRUE(Reload(response).ok());
  EXPECT_NE(response.version(), before);
  EXPECT_EQ(Get().version(), response.version());
}

TEST_F(PolicyServiceTest, AReloadThatFindsErrorsSaysSoAndGetPolicyShowsThem) {
  const std::string before = Get().version();
  ServiceLab::RewritePolicy("[server]\nhostnam = \"two.example.org\"\n");
  v1::ReloadPolicyResponse response;
  const grpc::Status status = Reload(response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("the policy has 1 error"));
  EXPECT_THAT(status.error_message(), HasSubstr("policy.toml:2:1: unknown key 'hostnam'"));
  const StatusDetails details = Unpack(status.error_details());
  EXPECT_EQ(details.info.reason(), "POLICY_INVALID");
  ASSERT_EQ(details.precondition.violations_size(), 1);
  EXPECT_EQ(details.precondition.violations(0).type(), "unknown-key");
  const v1::GetPolicyResponse policy = Get();
  EXPECT_EQ(policy.version(), before);
  ASSERT_EQ(policy.last_failure().issues_size(), 1);
  EXPECT_EQ(policy.last_failure().issues(0).rule(), "unknown-key");
  EXPECT_GE(policy.last_failure().at().seconds(), policy.loaded_at().seconds());
}

TEST_F(PolicyServiceTest, DetailsOfManyErrorsStayUnderGrpcsLimit) {
  std::string text = "[queue.strategy]\n";
  for (int i = 0; i < 500; ++i)
    text += "wrong" + std::string(200, 'x') + std::to_string(i) + " = 1\n";
  ServiceLab::RewritePolicy(text);
  v1::ReloadPolicyResponse response;
  const grpc::Status status = Reload(response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_LT(status.error_details().size(), 7000u);
}

// --- A candidate policy ---

v1::ResolveStrategyRequest CandidateRequest(const std::string& policy) {
  v1::ResolveStrategyRequest request;
  request.mutable_envelope()->add_recipients()->set_address("user@example.com");
  request.add_candidate_policy()->set_text(policy);
  return request;
}

TEST_F(PolicyServiceTest, ACandidateAnswersInPlaceOfThePolicyInForce) {
  v1::ResolveStrategyResponse response;
  const auto request = CandidateRequest(
      "[queue.strategy]\nroute = \"if_then(rcpt_domain == 'example.com', 'new', 'mx')\"\n"
      "[queue.route.new]\ntype = \"mx\"\n");
  const grpc::Status status = Resolve(request, response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.resolutions(0).route().strategy_id(), "new");
  const std::string in_force = Get().version();
  EXPECT_NE(response.policy_version(), in_force);
  v1::ResolveStrategyRequest plain = request;
  plain.clear_candidate_policy();
  v1::ResolveStrategyResponse as_it_is;
  ASSERT_TRUE(Resolve(plain, as_it_is).ok());
  EXPECT_EQ(as_it_is.resolutions(0).route().strategy_id(), "relay");
  EXPECT_EQ(as_it_is.policy_version(), in_force);
}

TEST_F(PolicyServiceTest, ACandidateWithErrorsIsAnInvalidArgument) {
  v1::ResolveStrategyResponse response;
  const grpc::Status status =
      Resolve(CandidateRequest("[queue.strategy]\nroute = \"'nowhere'\"\n"), response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const StatusDetails details = Unpack(status.error_details());
  EXPECT_EQ(details.fields(), "candidate_policy");
  EXPECT_THAT(details.bad_request.field_violations(0).description(),
              HasSubstr("policy.toml:2:10: there is no queue.route.'nowhere'"));
}

TEST_F(PolicyServiceTest, OverridesOfACandidateAreItsOwn) {
  v1::ResolveStrategyRequest request = CandidateRequest("[queue.route.new]\ntype = \"mx\"\n");
  request.mutable_override()->set_route("new");
  v1::ResolveStrategyResponse response;
  EXPECT_TRUE(Resolve(request, response).ok());
  request.mutable_override()->set_route("relay");
  EXPECT_EQ(Resolve(request, response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace postern::server
