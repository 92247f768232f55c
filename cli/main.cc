#include <iostream>

#include "cli/cli.h"
#include "cli/text.h"

int main(int argc, char** argv) {
  return postern::cli::RunCli({argv + 1, argv + argc}, std::cin, std::cout, std::cerr,
                              postern::cli::StandardOutput());
}
