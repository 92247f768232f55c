// Prints docs/configuration.md:
//
//   bazel run //strategy/config:configuration_reference > docs/configuration.md
//
// With --update it writes that file, and the generated tables of docs/policy-language.md, into the
// workspace that `bazel run` was called in.

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "strategy/config/reference.h"

namespace {

using postern::strategy::ConfigurationReference;
using postern::strategy::WithGeneratedTables;

int Fail(std::string_view what) {
  std::cerr << "configuration_reference: " << what << "\n";
  return 1;
}

bool Write(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  return static_cast<bool>(file.flush());
}

int Update(const std::string& docs) {
  const std::string language = docs + "/policy-language.md";
  std::ifstream file(language, std::ios::binary);
  if (!file) return Fail("cannot read " + language);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string reference = docs + "/configuration.md";
  if (!Write(reference, ConfigurationReference())) return Fail("cannot write " + reference);
  if (!Write(language, WithGeneratedTables(text))) return Fail("cannot write " + language);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 1) {
    std::cout << ConfigurationReference() << std::flush;
    return std::cout ? 0 : Fail("cannot write to standard output");
  }
  const char* const workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  if (argc != 2 || std::string_view(argv[1]) != "--update" || workspace == nullptr)
    return Fail("run it by `bazel run`, without arguments or with -- --update");
  return Update(std::string(workspace) + "/docs");
}
