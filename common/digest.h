#ifndef POSTERN_COMMON_DIGEST_H_
#define POSTERN_COMMON_DIGEST_H_

#include <string>
#include <string_view>

namespace postern {

// SHA-256 as 64 lower-case hexadecimal digits. Any thread. A process whose libcrypto has no SHA-256
// is ended: an empty digest would make all texts equal.
std::string Sha256Hex(std::string_view data);

// The digest named "md5", "sha1", "sha256" or "sha512" as lower-case hexadecimal digits; empty for
// any other name, and for one that this libcrypto does not offer. Any thread.
std::string DigestHex(std::string_view algorithm, std::string_view data);

}  // namespace postern

#endif  // POSTERN_COMMON_DIGEST_H_
