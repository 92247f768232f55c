#include "server/app/run.h"

#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "common/log.h"
#include "server/app/app.h"
#include "server/app/flags.h"
#include "server/app/system.h"
#include "strategy/config/policy_loader.h"
#include "strategy/diagnostics/issue.h"

namespace postern::server {
namespace {

constexpr char kVersionText[] = "posternd 0.1.0\n";
// Kubernetes kills 30 s after SIGTERM.
constexpr Duration kDrainLimit = std::chrono::seconds(25);
constexpr Duration kCancelLimit = std::chrono::seconds(2);
constexpr Duration kPoll = std::chrono::milliseconds(20);

// SIGHUP reloads the policy; the others end the service.
sigset_t ServiceSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGHUP);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

sigset_t EndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

void Print(std::FILE* to, const std::string& text) { std::fputs(text.c_str(), to); }

// https://no-color.org: set and not empty.
strategy::Colour ColourFor(const Flags& flags) {
  if (flags.colour == Flags::WithColour::kNever) return strategy::Colour::kNo;
  if (flags.colour == Flags::WithColour::kAlways) return strategy::Colour::kYes;
  const char* const no_colour = std::getenv("NO_COLOR");
  const bool is_wanted = isatty(STDERR_FILENO) == 1 && (no_colour == nullptr || *no_colour == 0);
  return is_wanted ? strategy::Colour::kYes : strategy::Colour::kNo;
}

bool IsFine(const strategy::LoadedPolicy& loaded, bool strict) {
  if (loaded.policy == nullptr) return false;
  return !strict || std::none_of(loaded.issues.begin(), loaded.issues.end(), [](const auto& issue) {
    return issue.severity == strategy::Severity::kWarning;
  });
}

int Check(const Flags& flags) {
  const strategy::LoadedPolicy loaded = strategy::LoadPolicyFiles(flags.config, ColourFor(flags));
  const bool is_fine = IsFine(loaded, flags.strict);
  if (flags.format == Flags::Format::kJson) {
    Print(stdout, strategy::IssuesAsJson(loaded.issues));
    return is_fine ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  Print(stderr, loaded.rendered);
  if (!is_fine) return EXIT_FAILURE;
  for (const std::string& path : flags.config) Print(stdout, path + ": OK\n");
  if (flags.config.empty()) Print(stdout, "the built-in policy: OK\n");
  return EXIT_SUCCESS;
}

// Waits until all is answered; false when time is up, or a further signal came.
bool WaitUntilIdle(const App& app, Duration limit) {
  const sigset_t signals = EndSignals();
  const timespec poll{0, std::chrono::nanoseconds(kPoll).count()};
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!app.idle()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    if (sigtimedwait(&signals, nullptr, &poll) > 0) return false;
  }
  return true;
}

int Serve(const Flags& flags) {
  // Every thread inherits this: the signals wait for sigwait below.
  const sigset_t signals = ServiceSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  PreferThroughput();
  auto app = App::Start(flags);
  if (!app.ok()) {
    std::string why(app.status().message());
    if (why.empty() || why.back() != '\n') why = absl::StrCat("posternd: ", why, "\n");
    Print(stderr, why);
    return EXIT_FAILURE;
  }
  int signal_number = 0;
  while (sigwait(&signals, &signal_number) == 0 && signal_number == SIGHUP) (*app)->ReloadPolicy();
  Log(LogLevel::kInfo, absl::StrCat("signal ", signal_number, ": taking no more calls"));
  (*app)->Drain();
  if (!WaitUntilIdle(**app, kDrainLimit)) {
    Log(LogLevel::kWarning, "deliveries are still in flight: cancelling them");
    (*app)->CancelAll();
    WaitUntilIdle(**app, kCancelLimit);
  }
  app->reset();
  Log(LogLevel::kInfo, "ended");
  return EXIT_SUCCESS;
}

}  // namespace

int Run(int argc, char** argv) {
  const absl::StatusOr<Flags> flags = ParseFlags(std::vector<std::string>(argv, argv + argc));
  if (!flags.ok()) {
    Print(stderr, absl::StrCat("posternd: ", flags.status().message(), "\n"));
    return EX_USAGE;
  }
  SetLogLevel(flags->log_level);
  switch (flags->action) {
    case Flags::Action::kHelp:
      Print(stdout, HelpText());
      return EXIT_SUCCESS;
    case Flags::Action::kVersion:
      Print(stdout, kVersionText);
      return EXIT_SUCCESS;
    case Flags::Action::kCheck:
      return Check(*flags);
    case Flags::Action::kServe:
      return Serve(*flags);
  }
  return EX_SOFTWARE;
}

}  // namespace postern::server
