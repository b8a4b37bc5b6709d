internal import OCI

/// Where each service is: its own address, or the one that a `PINR_<SERVICE>_HOST` or `PINR_<SERVICE>_URL` variable gives.
public struct ServiceHosts: Sendable {
    private let environment: [String: String]

    public init(environment: [String: String]) { self.environment = environment }

    /// The service's base URL, without a slash at the end.
    public func url(of service: Service) -> String {
        let values = service.variables.lazy.compactMap { environment[$0] }
        return values.first { !$0.isEmpty }.map(Self.baseURL) ?? service.defaultURL
    }

    /// Where a registry of container images is, given the host that its images are called by; nil where that is it.
    public func url(ofImageRegistry host: String) -> String? {
        ImageName.dockerHub.utf8.elementsEqual(host.utf8) ? url(of: OCISource.service) : nil
    }

    /// Whether a text is a host, with or without a port, or the base URL of a web server.
    static func isWebHost(_ text: String) -> Bool {
        let url = URLParts(baseURL(text))
        guard ["https", "http"].contains(url.scheme), url.query == nil, url.fragment == nil else { return false }
        // What is a host is decided where it is asked; here that it is nothing else.
        return !url.authority.isEmpty
            && url.authority.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && !"@\\%".utf8.contains($0) }
    }

    /// A base URL as it is; a bare host becomes `https://HOST`. Slashes at the end go.
    static func baseURL(_ text: String) -> String {
        var url = text.contains("://") ? text : "https://\(text)"
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }
}
