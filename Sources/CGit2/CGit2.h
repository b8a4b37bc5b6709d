// libgit2: git objects, trees, packs and non-HTTP transports.
#include <git2.h>
#include <git2/sys/repository.h>
