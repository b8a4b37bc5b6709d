// For pipe2 and POSIX_SPAWN_SETSID.
#define _GNU_SOURCE
#include "CSystemShims.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SOCK_CLOEXEC
static int close_on_exec(int ends[2]) {
    for (int end = 0; end < 2; end++) {
        if (fcntl(ends[end], F_SETFD, FD_CLOEXEC) != 0) {
            close(ends[0]);
            close(ends[1]);
            return -1;
        }
    }
    return 0;
}
#endif

int pinr_pipe(int ends[2]) {
#ifdef SOCK_CLOEXEC
    return pipe2(ends, O_CLOEXEC);
#else
    return pipe(ends) == 0 ? close_on_exec(ends) : -1;
#endif
}

int pinr_socketpair(int ends[2]) {
#ifdef SOCK_CLOEXEC
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
#else
    return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 ? close_on_exec(ends) : -1;
#endif
}

int pinr_socket(int family, int type, int protocol) {
#ifdef SOCK_CLOEXEC
    return socket(family, type | SOCK_CLOEXEC, protocol);
#else
    int made = socket(family, type, protocol);
    if (made >= 0 && fcntl(made, F_SETFD, FD_CLOEXEC) != 0) {
        close(made);
        return -1;
    }
    return made;
#endif
}

int pinr_spawn_new_session(void) { return POSIX_SPAWN_SETSID; }
