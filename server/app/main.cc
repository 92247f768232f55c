#include "server/app/run.h"

int main(int argc, char** argv) { return postern::server::Run(argc, argv); }
