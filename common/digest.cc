#include "common/digest.h"

#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace postern {
namespace {

// Empty when libcrypto refuses.
std::string Hex(const EVP_MD* algorithm, std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (EVP_Digest(data.data(), data.size(), digest.data(), &length, algorithm, nullptr) != 1)
    return {};
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

}  // namespace

std::string Sha256Hex(std::string_view data) {
  std::string hex = Hex(EVP_sha256(), data);
  if (hex.empty()) {
    std::fputs("postern: libcrypto cannot compute SHA-256; check the OpenSSL configuration\n",
               stderr);
    std::abort();
  }
  return hex;
}

std::string DigestHex(std::string_view algorithm, std::string_view data) {
  if (algorithm == "md5") return Hex(EVP_md5(), data);
  if (algorithm == "sha1") return Hex(EVP_sha1(), data);
  if (algorithm == "sha256") return Hex(EVP_sha256(), data);
  if (algorithm == "sha512") return Hex(EVP_sha512(), data);
  return {};
}

}  // namespace postern
