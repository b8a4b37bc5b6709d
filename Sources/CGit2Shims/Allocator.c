// libgit2's memory, with a limit on what one piece of it may be.
#include "CGit2Shims.h"
#include <git2.h>
#include <git2/sys/alloc.h>
#include <stdlib.h>
#include <string.h>

// Set before libgit2 is used, on one thread, and never after.
static size_t largest = SIZE_MAX;

// From 1.7 on an allocator is these three functions, and libgit2 says itself that memory ran out.
#define HAS_SHORT_ALLOCATOR (LIBGIT2_VER_MAJOR > 1 || (LIBGIT2_VER_MAJOR == 1 && LIBGIT2_VER_MINOR >= 7))

static void *checked(void *memory) {
#if !HAS_SHORT_ALLOCATOR
    if (memory == NULL) {
        git_error_set_oom();
    }
#endif
    return memory;
}

static void *limited_realloc(void *memory, size_t size, const char *file, int line) {
    (void)file, (void)line;
    return checked(size > largest ? NULL : realloc(memory, size));
}

static void *limited_malloc(size_t size, const char *file, int line) {
    (void)file, (void)line;
    return checked(size > largest ? NULL : malloc(size));
}

#if !HAS_SHORT_ALLOCATOR

static int product(size_t count, size_t size, size_t *result) {
    return !__builtin_mul_overflow(count, size, result) && *result <= largest;
}

static void *limited_calloc(size_t count, size_t size, const char *file, int line) {
    size_t bytes;
    (void)file, (void)line;
    return checked(product(count, size, &bytes) ? calloc(count, size) : NULL);
}

static void *limited_reallocarray(void *memory, size_t count, size_t size, const char *file, int line) {
    size_t bytes;
    (void)file, (void)line;
    return checked(product(count, size, &bytes) ? realloc(memory, bytes) : NULL);
}

static void *limited_mallocarray(size_t count, size_t size, const char *file, int line) {
    return limited_reallocarray(NULL, count, size, file, line);
}

static char *limited_substrdup(const char *text, size_t length, const char *file, int line) {
    char *copy = length == SIZE_MAX ? checked(NULL) : limited_malloc(length + 1, file, line);
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

static char *limited_strndup(const char *text, size_t length, const char *file, int line) {
    return limited_substrdup(text, strnlen(text, length), file, line);
}

static char *limited_strdup(const char *text, const char *file, int line) {
    return limited_substrdup(text, strlen(text), file, line);
}

#endif

int pinr_git2_limit_allocations(size_t bytes) {
    static git_allocator allocator = {
        .gmalloc = limited_malloc,
        .grealloc = limited_realloc,
        .gfree = free,
#if !HAS_SHORT_ALLOCATOR
        .gcalloc = limited_calloc,
        .gstrdup = limited_strdup,
        .gstrndup = limited_strndup,
        .gsubstrdup = limited_substrdup,
        .greallocarray = limited_reallocarray,
        .gmallocarray = limited_mallocarray,
#endif
    };
    largest = bytes;
    return git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, &allocator);
}
