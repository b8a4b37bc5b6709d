// For SOCK_CLOEXEC.
#define _GNU_SOURCE

#include "CCurlShims.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

CURLcode pinr_curl_set_url(CURL *handle, const char *url) {
    return curl_easy_setopt(handle, CURLOPT_URL, url);
}

CURLcode pinr_curl_set_headers(CURL *handle, struct curl_slist *headers) {
    return curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
}

CURLcode pinr_curl_set_get(CURL *handle) {
    return curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
}

CURLcode pinr_curl_set_head(CURL *handle) {
    return curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
}

CURLcode pinr_curl_set_post(CURL *handle, const void *body, size_t count) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_POST, 1L);
    if (code != CURLE_OK) return code;
    // The size comes first: without it COPYPOSTFIELDS would stop at a zero byte.
    code = curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count);
    if (code != CURLE_OK) return code;
    return curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, count > 0 ? (const char *)body : "");
}

CURLcode pinr_curl_set_method(CURL *handle, const char *method) {
    return curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, method);
}

CURLcode pinr_curl_set_fresh_connection(CURL *handle) {
    return curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, 1L);
}

CURLcode pinr_curl_set_user_agent(CURL *handle, const char *agent) {
    return curl_easy_setopt(handle, CURLOPT_USERAGENT, agent);
}

CURLcode pinr_curl_set_accepts_gzip(CURL *handle) {
    return curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "gzip");
}

CURLcode pinr_curl_set_web_only(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
    CURLcode code = curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    if (code != CURLE_OK) return code;
    return curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    CURLcode code = curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    if (code != CURLE_OK) return code;
    return curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

CURLcode pinr_curl_set_follows_redirects(CURL *handle, int follows) {
    return curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, (long)(follows != 0));
}

CURLcode pinr_curl_set_http_1_1(CURL *handle) {
    return curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
}

CURLcode pinr_curl_set_no_signal(CURL *handle) {
    return curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
}

CURLcode pinr_curl_set_quick_exit(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075700
    return curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
#else
    (void)handle;
    return CURLE_OK;
#endif
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    (void)context;
    (void)purpose;
#ifdef SOCK_CLOEXEC
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
#else
    curl_socket_t descriptor = socket(address->family, address->socktype, address->protocol);
    if (descriptor != CURL_SOCKET_BAD && fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0) {
        close(descriptor);
        return CURL_SOCKET_BAD;
    }
    return descriptor;
#endif
}

CURLcode pinr_curl_set_close_on_exec(CURL *handle) {
    return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
}

CURLcode pinr_curl_set_tcp_keep_alive(CURL *handle) {
    return curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
}

CURLcode pinr_curl_set_buffer_size(CURL *handle, int bytes) {
    return curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, (long)bytes);
}

CURLcode pinr_curl_set_connect_timeout(CURL *handle, int64_t milliseconds) {
    return curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, (long)milliseconds);
}

CURLcode pinr_curl_set_ca_file(CURL *handle, const char *path) {
    return curl_easy_setopt(handle, CURLOPT_CAINFO, path);
}

CURLcode pinr_curl_set_ca_directory(CURL *handle, const char *path) {
    return curl_easy_setopt(handle, CURLOPT_CAPATH, path);
}

CURLcode pinr_curl_set_proxy(CURL *handle, const char *proxy) {
    return curl_easy_setopt(handle, CURLOPT_PROXY, proxy);
}

CURLcode pinr_curl_set_no_proxy(CURL *handle, const char *hosts) {
    return curl_easy_setopt(handle, CURLOPT_NOPROXY, hosts);
}

CURLcode pinr_curl_set_suppress_connect_headers(CURL *handle) {
    return curl_easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

CURLcode pinr_curl_set_error_buffer(CURL *handle, char *buffer) {
    return curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, buffer);
}

CURLcode pinr_curl_set_header_callback(CURL *handle, pinr_curl_data_callback callback, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, callback);
    if (code != CURLE_OK) return code;
    return curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
}

CURLcode pinr_curl_set_write_callback(CURL *handle, pinr_curl_data_callback callback, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, callback);
    if (code != CURLE_OK) return code;
    return curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}

static CURLcode get_offset(CURL *handle, CURLINFO info, int64_t *value) {
    curl_off_t offset = 0;
    CURLcode code = curl_easy_getinfo(handle, info, &offset);
    *value = (int64_t)offset;
    return code;
}

static CURLcode get_long(CURL *handle, CURLINFO info, int64_t *value) {
    long number = 0;
    CURLcode code = curl_easy_getinfo(handle, info, &number);
    *value = (int64_t)number;
    return code;
}

CURLcode pinr_curl_get_content_length(CURL *handle, int64_t *bytes) {
    return get_offset(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, bytes);
}

CURLcode pinr_curl_get_uploaded(CURL *handle, int64_t *bytes) {
    return get_offset(handle, CURLINFO_SIZE_UPLOAD_T, bytes);
}

CURLcode pinr_curl_get_pretransfer_time(CURL *handle, int64_t *microseconds) {
    return get_offset(handle, CURLINFO_PRETRANSFER_TIME_T, microseconds);
}

CURLcode pinr_curl_get_os_errno(CURL *handle, int64_t *errnum) {
    return get_long(handle, CURLINFO_OS_ERRNO, errnum);
}

CURLcode pinr_curl_get_connect_status(CURL *handle, int64_t *status) {
    return get_long(handle, CURLINFO_HTTP_CONNECTCODE, status);
}

CURLMcode pinr_curl_multi_set_max_connects(CURLM *multi, int count) {
    return curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)count);
}
