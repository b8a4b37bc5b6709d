// ISA-L: inflates two to three times as fast as zlib.
#include <isa-l/igzip_lib.h>
