#ifndef PINR_CSYSTEM_SHIMS_H
#define PINR_CSYSTEM_SHIMS_H

// Descriptors that no program started meanwhile inherits: an ssh that had another's socket would keep it open. Linux makes
// them so in one step, which Swift's Glibc does not have for pipes and names otherwise than Darwin, which has none.
// Each returns -1 and sets `errno` on failure.

/// A pipe: its end for reading and its end for writing.
int pinr_pipe(int ends[2]);

/// Two sockets of this machine, connected to each other, for streams.
int pinr_socketpair(int ends[2]);

/// The flag of `posix_spawn` that gives the program a session of its own, which glibc shows with `_GNU_SOURCE` only.
int pinr_spawn_new_session(void);

/// A socket, as `socket` makes it.
int pinr_socket(int family, int type, int protocol);

#endif
