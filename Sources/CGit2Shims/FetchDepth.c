// Fetching from a remote: what versions of libgit2 have in common.
#include "CGit2Shims.h"
#include <git2.h>

int pinr_git2_set_fetch_depth(void *options, int commits) {
#if LIBGIT2_VER_MAJOR > 1 || (LIBGIT2_VER_MAJOR == 1 && LIBGIT2_VER_MINOR >= 7)
    ((git_fetch_options *)options)->depth = commits;
    return 1;
#else
    (void)options, (void)commits;
    return 0;
#endif
}
