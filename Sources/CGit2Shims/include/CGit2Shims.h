// Typed wrappers of the variadic calls of libgit2.
