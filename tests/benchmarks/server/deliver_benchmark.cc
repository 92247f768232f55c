// What Deliver costs beside what SMTP costs: messages of 4 KiB to Postfix's smtp-sink by the
// service, 50 calls in flight, beside Postfix's smtp-source with 50 sessions to the same sink; one
// connection for each message on both sides. In turns; prints the medians of the rounds: rates,
// their ratios, and the CPU time that a message takes in the service and in smtp-source. Rounds are
// short, and many: what disturbs the machine for longer than a round changes no ratio.
//
//   bazel run //tests/benchmarks/server:deliver_benchmark [MESSAGES]
//
// The CPU time of the caller and of the sink is told, too: where there are fewer cores than
// processes, the rates are those of the sums.

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postern/v1/delivery_service.pb.h"
#include "tests/benchmarks/server/caller.h"
#include "tests/fakes/child_process.h"
#include "tests/fakes/eventually.h"
#include "tests/fakes/loopback.h"
#include "tests/integration/requests.h"
#include "tests/integration/service_process.h"

namespace postern::integration {
namespace {

using SteadyTime = std::chrono::steady_clock;

constexpr std::size_t kInFlight = 50;
constexpr std::size_t kBody = 4096;
constexpr int kRounds = 15;
constexpr char kAddress[] = "127.0.0.1";

// smtp-sink, which forgets what it takes.
class Sink {
 public:
  Sink() : port_(fakes::FreePort(kAddress)), process_(Arguments(port_)) {
    if (!fakes::Eventually([this] { return fakes::IsListening(kAddress, port_); }))
      throw std::runtime_error("smtp-sink does not start: " + process_.err());
  }
  std::uint16_t port() const { return port_; }
  pid_t pid() const { return process_.pid(); }

 private:
  static std::vector<std::string> Arguments(std::uint16_t port) {
    std::vector<std::string> arguments = {"smtp-sink"};
    // It refuses to run as root.
    if (geteuid() == 0) arguments.insert(arguments.end(), {"-u", "postfix"});
    arguments.insert(arguments.end(),
                     {"-m", "1000", std::string(kAddress) + ":" + std::to_string(port), "1000"});
    return arguments;
  }

  const std::uint16_t port_;
  fakes::ChildProcess process_;
};

struct Measure {
  double rate = 0;              // messages per second
  double cpu_microseconds = 0;  // per message, of whoever speaks SMTP
};

double SecondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double CpuSecondsOf(int who) {
  rusage usage{};
  getrusage(who, &usage);
  return SecondsOf(usage.ru_utime) + SecondsOf(usage.ru_stime);
}

// Of a process that still runs: proc(5), fields 14 and 15.
double CpuSecondsOfProcess(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

template <typename Work, typename Cpu>
Measure Timed(std::size_t messages, const Work& work, const Cpu& cpu) {
  const double cpu_before = cpu();
  const auto start = SteadyTime::now();
  work();
  const std::chrono::duration<double> took = SteadyTime::now() - start;
  const auto count = static_cast<double>(messages);
  return {count / took.count(), 1e6 * (cpu() - cpu_before) / count};
}

Measure BySmtpSource(std::uint16_t port, std::size_t messages) {
  return Timed(
      messages,
      [&] {
        fakes::ChildProcess source({"smtp-source", "-s", std::to_string(kInFlight), "-m",
                                    std::to_string(messages), "-l", std::to_string(kBody), "-f",
                                    "from@example.org", "-t", "to@example.com",
                                    std::string(kAddress) + ":" + std::to_string(port)});
        if (source.WaitForExit(std::chrono::minutes(5)) != 0)
          throw std::runtime_error("smtp-source failed: " + source.err());
      },
      [] { return CpuSecondsOf(RUSAGE_CHILDREN); });
}

// What a caller who cares looks at, and no more.
void CheckDelivered(std::string_view octets) {
  v1::DeliverResponse response;
  if (!response.ParseFromArray(octets.data(), static_cast<int>(octets.size())) ||
      !response.all_delivered())
    throw std::runtime_error("not delivered: " + response.ShortDebugString());
}

std::string Request() {
  v1::DeliverRequest request = RequestTo({"to@example.com"});
  std::string body = "Subject: benchmark\r\n\r\n";
  while (body.size() < kBody) body += std::string(62, 'x') + "\r\n";
  request.set_raw(body);
  return request.SerializeAsString();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void Compare(std::size_t messages) {
  const Sink sink;
  ServiceProcess service(RelayPolicy(sink.port()));
  benchmarks::Caller caller(service.address(), "/postern.v1.DeliveryService/Deliver", Request());
  std::vector<double> source_rates, service_rates, ratios, source_cpu, service_cpu, caller_cpu,
      sink_cpu;
  for (int round = -1; round < kRounds; ++round) {
    const double caller_before = CpuSecondsOf(RUSAGE_SELF);
    const Measure ours = Timed(
        messages, [&] { caller.Run(messages, kInFlight, CheckDelivered); },
        [&] { return CpuSecondsOfProcess(service.process().pid()); });
    const double called = CpuSecondsOf(RUSAGE_SELF) - caller_before;
    const double sink_before = CpuSecondsOfProcess(sink.pid());
    const Measure theirs = BySmtpSource(sink.port(), messages);
    const double taken = CpuSecondsOfProcess(sink.pid()) - sink_before;
    if (round < 0) continue;  // to warm up
    sink_cpu.push_back(1e6 * taken / static_cast<double>(messages));
    service_rates.push_back(ours.rate);
    service_cpu.push_back(ours.cpu_microseconds);
    caller_cpu.push_back(1e6 * called / static_cast<double>(messages));
    source_rates.push_back(theirs.rate);
    source_cpu.push_back(theirs.cpu_microseconds);
    ratios.push_back(ours.rate / theirs.rate);
  }
  std::printf(
      "%zu in flight, %zu messages of %zu octets a round: Deliver %.0f/s, smtp-source %.0f/s, "
      "ratio "
      "%.2f; CPU a message: posternd %.0f us, smtp-source %.0f us, the caller %.0f us, smtp-sink "
      "%.0f us\n",
      kInFlight, messages, kBody, Median(service_rates), Median(source_rates), Median(ratios),
      Median(service_cpu), Median(source_cpu), Median(caller_cpu), Median(sink_cpu));
}

}  // namespace
}  // namespace postern::integration

int main(int argc, char** argv) {
  const long messages = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 4000;
  if (messages < 1) {
    std::fprintf(stderr, "usage: deliver_benchmark [MESSAGES]\n");
    return 2;
  }
  postern::integration::Compare(static_cast<std::size_t>(messages));
}
