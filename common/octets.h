#ifndef POSTERN_COMMON_OCTETS_H_
#define POSTERN_COMMON_OCTETS_H_

#include <string_view>

// Questions about all octets of a text at once: one loop each without a way out, which the compiler
// makes one of many octets at a time (hence -O3 for this file). Pure; any thread.
namespace postern {

// Whether every CR is followed by LF, and every LF preceded by CR.
bool HasOnlyCrlf(std::string_view text);

// Whether any octet is above 0x7F.
bool HasEightBit(std::string_view text);

// Whether all are printable ASCII.
bool IsPrintableAscii(std::string_view text);

}  // namespace postern

#endif  // POSTERN_COMMON_OCTETS_H_
