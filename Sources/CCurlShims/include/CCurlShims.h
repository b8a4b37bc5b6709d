// Typed wrappers of the variadic calls of libcurl: the complete list of what Swift may set and ask.
//
// Swift cannot call a variadic C function, and libcurl's take whatever type the option's number stands for. Here each
// option in use has one function with that option's type, so a wrong type does not compile. Each returns libcurl's code.
#pragma once

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

typedef size_t (*pinr_curl_data_callback)(char *, size_t, size_t, void *);

// MARK: One transfer: what is asked of whom

CURLcode pinr_curl_set_url(CURL *handle, const char *url);
CURLcode pinr_curl_set_headers(CURL *handle, struct curl_slist *headers);
CURLcode pinr_curl_set_get(CURL *handle);
CURLcode pinr_curl_set_head(CURL *handle);
// Copies the body into the handle.
CURLcode pinr_curl_set_post(CURL *handle, const void *body, size_t count);
// The word that the request begins with, instead of the one that goes with what was set.
CURLcode pinr_curl_set_method(CURL *handle, const char *method);
CURLcode pinr_curl_set_user_agent(CURL *handle, const char *agent);
// No connection is used that another request was sent on.
CURLcode pinr_curl_set_fresh_connection(CURL *handle);
// The server is told that gzip will do, and the write callback gets what was in it.
CURLcode pinr_curl_set_accepts_gzip(CURL *handle);
// Only http and https, for the request and (although redirects are not followed in C) for redirects.
CURLcode pinr_curl_set_web_only(CURL *handle);
CURLcode pinr_curl_set_follows_redirects(CURL *handle, int follows);

// MARK: One transfer: how

CURLcode pinr_curl_set_http_1_1(CURL *handle);
CURLcode pinr_curl_set_no_signal(CURL *handle);
// A transfer that is given up does not wait for a name lookup that is under way.
CURLcode pinr_curl_set_quick_exit(CURL *handle);
// Sockets that the programs we start (git, nix) do not inherit: one that did would keep the connection open.
CURLcode pinr_curl_set_close_on_exec(CURL *handle);
CURLcode pinr_curl_set_tcp_keep_alive(CURL *handle);
CURLcode pinr_curl_set_buffer_size(CURL *handle, int bytes);
CURLcode pinr_curl_set_connect_timeout(CURL *handle, int64_t milliseconds);
CURLcode pinr_curl_set_ca_file(CURL *handle, const char *path);
CURLcode pinr_curl_set_ca_directory(CURL *handle, const char *path);
// An empty string means no proxy, whatever the process environment says.
CURLcode pinr_curl_set_proxy(CURL *handle, const char *proxy);
CURLcode pinr_curl_set_no_proxy(CURL *handle, const char *hosts);
// The answer of a proxy to CONNECT is not handed to the header callback.
CURLcode pinr_curl_set_suppress_connect_headers(CURL *handle);

// MARK: One transfer: where the answer goes

// At least CURL_ERROR_SIZE bytes that outlive the handle.
CURLcode pinr_curl_set_error_buffer(CURL *handle, char *buffer);
CURLcode pinr_curl_set_header_callback(CURL *handle, pinr_curl_data_callback callback, void *context);
CURLcode pinr_curl_set_write_callback(CURL *handle, pinr_curl_data_callback callback, void *context);

// MARK: One transfer: what became of it

// -1 when the server did not say.
CURLcode pinr_curl_get_content_length(CURL *handle, int64_t *bytes);
CURLcode pinr_curl_get_uploaded(CURL *handle, int64_t *bytes);
// 0 until the connection (its TLS included) stands and the request may be sent.
CURLcode pinr_curl_get_pretransfer_time(CURL *handle, int64_t *microseconds);
// The error number of the last failed system call, 0 for none.
CURLcode pinr_curl_get_os_errno(CURL *handle, int64_t *errnum);
// The status a proxy answered CONNECT with, 0 for none.
CURLcode pinr_curl_get_connect_status(CURL *handle, int64_t *status);

// MARK: All transfers

// How many connections stay open for later.
CURLMcode pinr_curl_multi_set_max_connects(CURLM *multi, int count);
