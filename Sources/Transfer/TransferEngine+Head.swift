internal import Threads

extension TransferEngine {
    /// Asks where a URL leads and what is there, without the body.
    ///
    /// Some servers know no HEAD (405, 501): of these a GET is begun, and ended when its header is there.
    /// - Returns: the response, whatever its status.
    /// - Throws: `TransferError` when there is none; `CancellationError`.
    public func head(of url: String) async throws -> TransferResponse {
        let response = try await send(TransferRequest(url: url, method: .head))
        guard response.status == 405 || response.status == 501 else { return response }
        do {
            return try await download(TransferRequest(url: url), into: ByteChannel()) { throw Arrived(response: $0) }
        } catch let arrived as Arrived {
            return arrived.response
        } catch TransferError.status(let code, _, _) {
            var refusal = response
            refusal.status = code
            return refusal
        } catch TransferError.refused(let refusal) {
            var refused = response
            refused.status = refusal.status
            refused.refusal = refusal
            return refused
        }
    }
}

/// Ends a download whose header is all that was wanted.
private struct Arrived: Error {
    let response: TransferResponse
}
