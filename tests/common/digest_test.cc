#include "common/digest.h"

#include <gtest/gtest.h>

#include <string>

namespace postern {
namespace {

// The examples of FIPS 180-2, appendix B.
TEST(Sha256HexTest, GivesThePublishedDigests) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256Hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256HexTest, ANulIsAnOctetLikeAnyOther) {
  EXPECT_NE(Sha256Hex(std::string(1, '\0')), Sha256Hex(""));
  EXPECT_NE(Sha256Hex(std::string("a\0b", 3)), Sha256Hex("a"));
}

// The digests of "abc" in RFC 1321 A.5, RFC 3174 7.3 and FIPS 180-2 C.1.
TEST(DigestHexTest, GivesThePublishedDigests) {
  EXPECT_EQ(DigestHex("md5", "abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(DigestHex("sha1", "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(DigestHex("sha256", "abc"), Sha256Hex("abc"));
  EXPECT_EQ(DigestHex("sha512", "abc").substr(0, 32), "ddaf35a193617abacc417349ae204131");
  EXPECT_EQ(DigestHex("sha3", "abc"), "");
  EXPECT_EQ(DigestHex("MD5", "abc"), "");
}

}  // namespace
}  // namespace postern
