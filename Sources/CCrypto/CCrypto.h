// OpenSSL: EVP digests only.
#include <openssl/evp.h>
#include <openssl/err.h>
