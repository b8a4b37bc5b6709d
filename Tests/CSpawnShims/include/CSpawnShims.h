// What GNU's libc declares only under _GNU_SOURCE, which Swift's module for it is not built with.
#ifndef CSPAWNSHIMS_H
#define CSPAWNSHIMS_H

#include <spawn.h>

/// A pipe that no child inherits. 0, or -1 and errno.
int spawnshims_pipe(int ends[2]);

/// The child starts in this directory. 0, or an error number.
int spawnshims_add_directory(posix_spawn_file_actions_t *actions, const char *directory);

/// The child has no open file but 0, 1 and 2; `flags` are for posix_spawnattr_setflags afterwards. 0, or an error number.
int spawnshims_close_others(posix_spawn_file_actions_t *actions, short *flags);

#endif
