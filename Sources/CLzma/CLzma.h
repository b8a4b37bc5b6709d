// liblzma: its decoder that works on several blocks at once, which libarchive does not use.
#include <lzma.h>

// A macro with a cast in it, which Swift does not see.
static const uint32_t lzma_concatenated = LZMA_CONCATENATED;
