// Typed wrappers of the variadic calls of libgit2.
#include "CGit2Shims.h"
#include <git2.h>

int pinr_git2_forget_search_paths(void) {
    static const git_config_level_t levels[] = {
        GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL,
    };
    for (unsigned long i = 0; i < sizeof levels / sizeof *levels; i++) {
        int result = git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
        if (result < 0) {
            return result;
        }
    }
    return 0;
}

int pinr_git2_accept_extensions(void) {
    static const char *names[] = {"worktreeconfig", "preciousobjects", "partialclone", "relativeworktrees"};
    return git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, names, sizeof names / sizeof *names);
}

int pinr_git2_set_owner_validation(int enabled) {
#if LIBGIT2_VER_MAJOR > 1 || (LIBGIT2_VER_MAJOR == 1 && LIBGIT2_VER_MINOR >= 5)
    return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, enabled);
#else
    (void)enabled;
    return 0;
#endif
}

int pinr_git2_set_strict_hash_verification(int enabled) {
    return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, enabled);
}

int pinr_git2_set_caching(int enabled) {
    return git_libgit2_opts(GIT_OPT_ENABLE_CACHING, enabled);
}

int pinr_git2_set_pack_max_objects(size_t count) {
    return git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, count);
}

int pinr_git2_set_mapped_limit(size_t window, size_t limit) {
    int result = git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, window);
    return result < 0 ? result : git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, limit);
}
