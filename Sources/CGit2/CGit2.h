// libgit2: git objects, trees, packs and non-HTTP transports.
#include <git2.h>
// A repository made of an object database alone, for its attributes.
#include <git2/sys/repository.h>
