#ifndef POSTERN_SERVER_APP_RUN_H_
#define POSTERN_SERVER_APP_RUN_H_

namespace postern::server {

// posternd from its command line to its exit status. Called once, from main.
int Run(int argc, char** argv);

}  // namespace postern::server

#endif  // POSTERN_SERVER_APP_RUN_H_
