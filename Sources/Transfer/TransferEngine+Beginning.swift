internal import Threads

extension TransferEngine {
    /// Sends a GET and ends it when the head of its answer is there, however long the body would be.
    ///
    /// Of an answer that is no success the status alone is told, with the URL and the refusal.
    /// - Returns: the response without its body, whatever its status.
    /// - Throws: `TransferError` when there is none; `CancellationError`.
    public func beginning(of request: TransferRequest) async throws -> TransferResponse {
        do {
            return try await download(request, into: ByteChannel()) { throw Begun(response: $0) }
        } catch let begun as Begun {
            return begun.response
        } catch TransferError.status(let code, let url, _) {
            return TransferResponse(status: code, headers: HTTPHeaders(), url: url)
        } catch TransferError.refused(let refusal) {
            return TransferResponse(
                status: refusal.status, headers: HTTPHeaders(), url: refusal.url, refusal: refusal)
        }
    }
}

/// Ends a download whose head is all that was wanted.
private struct Begun: Error {
    let response: TransferResponse
}
