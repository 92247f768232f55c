#include "tests/fakes/smtp_sink.h"

// A file of the sink (-d) begins with lines that it adds, as observed with Postfix 3.7:
//
//   X-Client-Addr: 127.0.0.3
//   X-Client-Proto: ESMTP
//   X-Helo-Args: out.example.org
//   X-Mail-Args: <from@example.org> SIZE=5
//   X-Rcpt-Args: <to@example.com>             (one for each recipient)
//   Received: from ...                        (three lines)
//
// and ends with an empty line of its own. Between them is the message with LF as line ends.

#include <pwd.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "tests/fakes/child_process.h"
#include "tests/fakes/eventually.h"
#include "tests/fakes/loopback.h"

namespace postern::fakes {
namespace {

constexpr int kTries = 5;

// Takes the first line off; without its LF.
std::string TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) throw std::runtime_error("a file of smtp-sink ends too early");
  std::string line(text.substr(0, end));
  text.remove_prefix(end + 1);
  return line;
}

// "X-Helo-Args: name" -> "name"; empty when the line has another name.
std::string ValueOf(const std::string& line, const std::string& name) {
  return line.starts_with(name + ": ") ? line.substr(name.size() + 2) : "";
}

SinkMessage Parse(std::string_view text) {
  SinkMessage result;
  while (!text.starts_with("Received: ")) {
    const std::string line = TakeLine(text);
    result.client += ValueOf(line, "X-Client-Addr");
    result.helo += ValueOf(line, "X-Helo-Args");
    result.mail += ValueOf(line, "X-Mail-Args");
    const std::string recipient = ValueOf(line, "X-Rcpt-Args");
    if (!recipient.empty()) result.recipients.push_back(recipient);
  }
  do {
    TakeLine(text);
  } while (text.starts_with('\t'));
  if (!text.ends_with('\n')) throw std::runtime_error("a file of smtp-sink was not completed");
  text.remove_suffix(1);
  result.message = text;
  return result;
}

}  // namespace

class SmtpSink::Impl {
 public:
  Impl(std::size_t sessions, std::string address, std::vector<std::string> flags)
      : address_(std::move(address)), flags_(std::move(flags)) {
    std::filesystem::create_directory(folder_.path() + "/etc");
    std::filesystem::create_directory(Dumps());
    WriteFile(folder_.path() + "/etc/main.cf", "inet_protocols = all\n");
    if (geteuid() == 0) GiveToPostfix(Dumps());
    for (int i = 0; i < kTries; ++i) {
      if (TryStart(sessions)) return;
    }
    throw std::runtime_error("smtp-sink does not start: " + process_->err());
  }

  const std::string& address() const { return address_; }
  std::uint16_t port() const { return port_; }

  std::vector<SinkMessage> Finish() {
    if (!process_->WaitForExit()) {
      throw std::runtime_error("smtp-sink has not had all the sessions that it was to have");
    }
    std::vector<SinkMessage> messages;
    for (const auto& entry : std::filesystem::directory_iterator(Dumps())) {
      messages.push_back(Parse(ReadFile(entry.path())));
    }
    return messages;
  }

 private:
  std::string Dumps() const { return folder_.path() + "/messages"; }

  static void GiveToPostfix(const std::string& folder) {
    const passwd* user = getpwnam("postfix");
    if (user == nullptr || chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw std::runtime_error("cannot give " + folder + " to the user postfix");
    }
  }

  bool TryStart(std::size_t sessions) {
    port_ = FreePort(address_);
    const bool v6 = address_.find(':') != std::string::npos;
    const std::string host = v6 ? "[" + address_ + "]" : address_;
    // Without -c (a line for each message, in a file of the test) it does not count, and -n is
    // void.
    std::vector<std::string> arguments = {"smtp-sink",
                                          "-c",
                                          "-m",
                                          "1000",
                                          "-n",
                                          std::to_string(sessions),
                                          "-d",
                                          Dumps() + "/message.",
                                          host + ":" + std::to_string(port_),
                                          "100"};
    arguments.insert(arguments.begin() + 1, flags_.begin(), flags_.end());
    // It refuses to run as root.
    if (geteuid() == 0) arguments.insert(arguments.begin() + 1, {"-u", "postfix"});
    process_ = std::make_unique<ChildProcess>(
        std::move(arguments),
        ChildProcess::Options{.environment = {"MAIL_CONFIG=" + folder_.path() + "/etc"}});
    const bool decided = Eventually([this] {
      return IsListening(address_, port_) || process_->WaitForExit(Duration(0)).has_value();
    });
    return decided && !process_->WaitForExit(Duration(0)).has_value();
  }

  const std::string address_;
  const std::vector<std::string> flags_;
  const TempFolder folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<ChildProcess> process_;
};

SmtpSink::SmtpSink(std::size_t sessions, const std::string& address, std::vector<std::string> flags)
    : impl_(std::make_unique<Impl>(sessions, address, std::move(flags))) {}
SmtpSink::~SmtpSink() = default;

const std::string& SmtpSink::address() const { return impl_->address(); }
std::uint16_t SmtpSink::port() const { return impl_->port(); }
std::vector<SinkMessage> SmtpSink::Finish() { return impl_->Finish(); }

}  // namespace postern::fakes
