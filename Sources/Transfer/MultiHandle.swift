internal import CCurl
internal import CCurlShims

/// Owns one libcurl multi handle: many transfers, driven by one thread.
///
/// @unchecked Sendable: `curl_multi_wakeup` may be called from any thread while the handle lives, which the caller's own
/// reference sees to. Everything else is called by the one thread that runs the `TransferLoop`, and `deinit` has no
/// other thread beside it.
final class MultiHandle: @unchecked Sendable {
    private let raw: UnsafeMutableRawPointer

    /// - Throws: `TransferError.protocolFailure` when libcurl cannot start.
    init(keptConnections: Int) throws {
        try Curl.start()
        guard let raw = curl_multi_init() else { throw Curl.failure(CURLE_OUT_OF_MEMORY) }
        self.raw = raw
        let code = pinr_curl_multi_set_max_connects(raw, Int32(clamping: keptConnections))
        // Not fatal in itself, but it cannot fail in a libcurl that works.
        guard code == CURLM_OK else { throw Curl.failure(code) }
    }

    deinit { curl_multi_cleanup(raw) }

    /// Ends the present or the next `poll`. From any thread.
    func wake() {
        // It fails when the pipe is full, and then the wake-up is on its way already.
        _ = curl_multi_wakeup(raw)
    }

    func add(_ easy: EasyHandle) throws {
        let code = curl_multi_add_handle(raw, easy.raw)
        guard code == CURLM_OK else { throw Curl.failure(code) }
    }

    /// Takes a transfer out, finished or not.
    func remove(_ easy: EasyHandle) {
        // It can fail only for a handle that is not in here.
        let code = curl_multi_remove_handle(raw, easy.raw)
        assert(code == CURLM_OK)
    }

    /// Moves all transfers on as far as they go without waiting.
    func perform() throws {
        var running: Int32 = 0
        let code = curl_multi_perform(raw, &running)
        guard code == CURLM_OK else { throw Curl.failure(code) }
    }

    /// Waits for a transfer to move, for `wake`, or for the time to pass.
    func poll(milliseconds: Int32) throws {
        let code = curl_multi_poll(raw, nil, 0, milliseconds, nil)
        guard code == CURLM_OK else { throw Curl.failure(code) }
    }

    /// The next transfer that ended, by its easy handle, and how.
    func nextFinished() -> (easy: UnsafeMutableRawPointer, code: CURLcode)? {
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(raw, &remaining) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            return (easy, message.pointee.data.result)
        }
        return nil
    }
}
