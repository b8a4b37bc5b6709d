extension TransferEngine {
    /// Asks where a URL leads and what is there, without the body.
    ///
    /// Some servers know no HEAD (405, 501): of these a GET is begun, and ended when its header is there.
    /// - Parameter headers: further fields of the request.
    /// - Returns: the response, whatever its status.
    /// - Throws: `TransferError` when there is none; `CancellationError`.
    public func head(of url: String, headers: [(name: String, value: String)] = []) async throws -> TransferResponse {
        let response = try await send(TransferRequest(url: url, method: .head, headers: headers))
        guard response.status == 405 || response.status == 501 else { return response }
        return try await beginning(of: url, headers: headers)
    }

    /// The answer to a GET that is ended when its header is there, however long the body would be.
    ///
    /// - Parameter headers: further fields of the request.
    /// - Returns: the response, whatever its status.
    /// - Throws: `TransferError` when there is none; `CancellationError`.
    public func beginning(
        of url: String, headers: [(name: String, value: String)] = []
    ) async throws -> TransferResponse {
        try await beginning(of: TransferRequest(url: url, headers: headers))
    }

    /// The answer to a request that is ended when its header is there.
    ///
    /// - Returns: the response without its body, whatever its status.
    /// - Throws: `TransferError` when there is none; `CancellationError`.
    public func beginning(of request: TransferRequest) async throws -> TransferResponse {
        var request = request
        request.leavesBody = true
        return try await send(request)
    }
}
