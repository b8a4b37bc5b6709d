// libarchive: the library that Nix itself unpacks with.
#include <archive.h>
#include <archive_entry.h>
