#ifndef PINR_CGIT2_SHIMS_H
#define PINR_CGIT2_SHIMS_H

#include <stddef.h>

// `git_libgit2_opts` is variadic, which Swift cannot call: one typed function an option. Each returns libgit2's own
// result, negative on failure.

/// Reads no configuration from this machine or its user: a global `insteadOf` may rewrite URLs, and a pin must not
/// depend on who made it.
int pinr_git2_forget_search_paths(void);

/// Opens repositories whose configuration has extensions that change nothing in what is read: a configuration for each work
/// tree, objects that are never removed, objects that are elsewhere and then are missing here, relative paths.
int pinr_git2_accept_extensions(void);

/// Opens repositories of other owners: nothing in them is ever run here. Does nothing where libgit2 does not check.
int pinr_git2_set_owner_validation(int enabled);

/// Whether every object is hashed again when it is read.
int pinr_git2_set_strict_hash_verification(int enabled);

/// Whether commits, trees and tags are kept in memory after they were read.
int pinr_git2_set_caching(int enabled);

/// How many objects a pack may say that it has: room for them is made before the first one came.
int pinr_git2_set_pack_max_objects(size_t count);

/// Sets how many commits of history a fetch brings in `git_fetch_options`; 0 where libgit2 is older than 1.7, which always
/// brings all of it.
int pinr_git2_set_fetch_depth(void *options, int commits);

/// How much of packs is mapped at a time, in bytes, and how much in one piece.
int pinr_git2_set_mapped_limit(size_t window, size_t limit);

/// Replaces libgit2's allocator by one that refuses a piece of more than `bytes` as if there were no memory. For before
/// anything else is done with libgit2, once.
int pinr_git2_limit_allocations(size_t bytes);

#endif
