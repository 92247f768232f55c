#include "client/net/own_addresses.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/descriptor.h"

// As `ip route get ADDRESS` does (rtnetlink(7)). A list of the interfaces' addresses would lack
// those that are routed to this machine as whole networks; the source address that the kernel picks
// for a connection to itself is not always the target.
namespace postern::client {
namespace {

struct Question {
  nlmsghdr header;
  rtmsg route;
  rtattr attribute;
  std::array<std::uint8_t, 16> destination;
};
static_assert(offsetof(Question, route) == NLMSG_HDRLEN);
static_assert(offsetof(Question, attribute) == NLMSG_LENGTH(sizeof(rtmsg)));
static_assert(offsetof(Question, destination) == offsetof(Question, attribute) + RTA_LENGTH(0));

Question QuestionAbout(const IpAddress& address) {
  const auto octets = address.octets();
  Question question{};
  question.attribute.rta_type = RTA_DST;
  question.attribute.rta_len = static_cast<std::uint16_t>(RTA_LENGTH(octets.size()));
  std::ranges::copy(octets, question.destination.begin());
  question.route.rtm_family = address.is_v4() ? AF_INET : AF_INET6;
  question.route.rtm_dst_len = static_cast<std::uint8_t>(8 * octets.size());
  question.header.nlmsg_type = RTM_GETROUTE;
  question.header.nlmsg_flags = NLM_F_REQUEST;
  question.header.nlmsg_len =
      static_cast<std::uint32_t>(offsetof(Question, destination) + octets.size());
  return question;
}

}  // namespace

bool SystemAddresses::Has(const IpAddress& address) const {
  const Descriptor kernel(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!kernel.is_open()) return false;
  const Question question = QuestionAbout(address);
  if (send(kernel.get(), &question, question.header.nlmsg_len, 0) < 0) return false;
  // The kernel has answered by the time that send returns.
  std::array<char, 4096> answer;
  const ssize_t size = recv(kernel.get(), answer.data(), answer.size(), MSG_DONTWAIT);
  if (size < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(rtmsg)))) return false;
  nlmsghdr header;
  std::memcpy(&header, answer.data(), sizeof header);
  if (header.nlmsg_type != RTM_NEWROUTE) return false;  // there is no route, or an error
  rtmsg route;
  std::memcpy(&route, answer.data() + NLMSG_HDRLEN, sizeof route);
  return route.rtm_type == RTN_LOCAL;
}

}  // namespace postern::client
