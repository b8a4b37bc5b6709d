// libcurl: every http(s) byte of the program goes through it.
#include <curl/curl.h>
