extension TransferResponse {
    /// How long the server asks to be left alone (`Retry-After`, RFC 9110, 10.2.3); nil where it does not say.
    public var retryAfter: Duration? { RetryPolicy.retryAfter(headers) }
}
