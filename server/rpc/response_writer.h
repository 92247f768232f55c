#ifndef POSTERN_SERVER_RPC_RESPONSE_WRITER_H_
#define POSTERN_SERVER_RPC_RESPONSE_WRITER_H_

#include <string>
#include <vector>

#include "common/envelope.h"
#include "postern/v1/delivery_service.pb.h"
#include "server/delivery/delivery.h"
#include "server/rpc/encoded_parts.h"
#include "server/rpc/field_buffer.h"

// Our results as answers of the API. `recipients` are the request's own, whose addresses are
// written verbatim, one per outcome. Remote text is escaped, and all of it together is kept under
// kRemoteTextBudget, so that an answer fits what clients take by default: an outcome that cannot be
// read is worse than a reply that is cut. Pure; any thread.
namespace postern::server {

inline constexpr std::size_t kRemoteTextBudget = std::size_t{1} << 20;
// What attempts that no outcome names may take up in full; later ones are written short (host,
// address, stage, kind and reason), and beyond twice that much by stage, kind and reason alone.
inline constexpr std::size_t kAttemptsBudget = std::size_t{3} << 18;
// What transcripts may take up, all attempts together.
inline constexpr std::size_t kTranscriptBudget = std::size_t{3} << 18;
// The largest answer to ResolveStrategy.
inline constexpr std::size_t kMaxResolveResponse = std::size_t{7} << 19;

// Into an empty response.
void WriteDeliverResponse(const std::vector<std::string>& recipients, const DeliveryResult& result,
                          v1::DeliverResponse& response);

// Appends an encoded ResolveStrategyResponse to `octets`, with the parts of the policy that decided
// taken from `encoded`. Returns how many of the resolutions it holds: fewer than there are
// recipients when it would be larger than kMaxResolveResponse, or when the result is not complete.
std::size_t WriteResolveResponse(const std::vector<Recipient>& recipients,
                                 const ResolveResult& result, EncodedParts& encoded,
                                 FieldBuffer& octets);

}  // namespace postern::server

#endif  // POSTERN_SERVER_RPC_RESPONSE_WRITER_H_
