internal import CCurl

extension TransferResponse {
    /// What `Last-Modified` says, in seconds since 1970 UTC (RFC 9110, 8.8.2); nil where it says nothing that is a date.
    public var lastModified: Int64? {
        guard let text = headers["Last-Modified"] else { return nil }
        let date = curl_getdate(text, nil)
        return date < 0 ? nil : Int64(date)
    }
}
