import Foundation

/// A name and a password for HTTP's basic authentication.
public struct Credentials: Sendable {
    public let user: String
    public let password: String

    public init(user: String, password: String) {
        (self.user, self.password) = (user, password)
    }

    /// The value of the `Authorization` header that carries them.
    public var authorization: String { "Basic " + Data("\(user):\(password)".utf8).base64EncodedString() }
}

/// One request, as the server logged it. A header that was not sent is an empty string.
public struct LoggedRequest: Sendable, Equatable, Decodable {
    public let method: String
    /// The path and query, as they were sent.
    public let uri: String
    public let status: String
    /// Bytes of the answer's body.
    public let bytes: String
    public let host: String
    public let authorization: String
    public let userAgent: String
    public let accept: String
    public let range: String
    public let ifNoneMatch: String
    public let gitProtocol: String
    /// The number of the request on its connection, from 1: above 1 the connection was used again.
    public let onConnection: String
}

/// nginx on a free port of the loopback interface, serving the files below a directory.
public final class WebServer: Sendable {
    /// The directory it serves.
    public let root: String
    public let port: UInt16
    /// The certificate to trust, a PEM file; `nil` without TLS.
    public let caFile: String?

    private let directory: TemporaryDirectory
    private let nginx: BackgroundProcess

    /// Starts one and waits until it answers.
    ///
    /// - Parameters:
    ///   - root: what to serve; a new directory of its own when `nil`.
    ///   - locations: nginx configuration for the `server` block, such as `location = /a { return 302 /b; }`.
    ///   - http: nginx configuration for the `http` block, such as a `map`.
    ///   - tls: whether to speak https, with a certificate for 127.0.0.1 and localhost that `caFile` vouches for.
    ///   - credentials: what every request has to bring.
    public init(
        root: String? = nil, locations: [String] = [], http: [String] = [], tls: Bool = false,
        credentials: Credentials? = nil
    ) async throws {
        directory = TemporaryDirectory()
        self.root = try root ?? directory.makeDirectory("root")
        let certificate = tls ? try await Certificate(in: directory) : nil
        caFile = certificate?.file
        if let credentials {
            let hash = try await run(["openssl", "passwd", "-apr1", "-stdin"], input: Array(credentials.password.utf8))
            try directory.write("passwords", "\(credentials.user):\(hash.trimmed)\n")
        }

        let (directory, root, authenticated) = (directory, self.root, credentials != nil)
        (port, nginx) = try await listenOnFreePort { port in
            try directory.write(
                "nginx.conf",
                Self.configuration(
                    directory: directory.path, root: root, port: port, locations: locations, http: http,
                    certificate: certificate, authenticated: authenticated))
            return try BackgroundProcess(
                [
                    Self.executable, "-p", directory.path, "-c", directory.file("nginx.conf"), "-e", "stderr",
                ])
        } until: { _ in
            // It answers on the Unix socket only once it listens on the port too.
            answers(unixSocket: directory.file("sync.sock"))
        }
    }

    /// `http://127.0.0.1:PORT`, or https; without a slash at its end.
    public var baseURL: String { url("", host: "127.0.0.1") }

    /// The URL of a path, which starts with a slash; `localhost` is another host that leads here.
    public func url(_ path: String, host: String = "127.0.0.1") -> String {
        "\(caFile == nil ? "http" : "https")://\(host):\(port)\(path)"
    }

    /// Puts a file below the root.
    public func put(_ path: String, _ contents: some Sequence<UInt8>) throws {
        try writeFile("\(root)/\(path)", Data(contents), mode: 0o644)
    }

    /// Puts a file of text below the root.
    public func put(_ path: String, _ contents: String) throws {
        try put(path, contents.utf8)
    }

    /// Every request that has been answered, in the order in which they ended.
    public func accessLog() -> [LoggedRequest] {
        // A client may have its answer before the line is written. There is one worker, which does one thing after
        // another: once it answers here, it has written what was before.
        _ = answers(unixSocket: directory.file("sync.sock"))
        let log = (try? directory.readText("access.log")) ?? ""
        return log.split(separator: "\n").compactMap {
            try? JSONDecoder().decode(LoggedRequest.self, from: Data($0.utf8))
        }
    }

    /// Forgets the requests so far.
    public func clearAccessLog() {
        _ = answers(unixSocket: directory.file("sync.sock"))
        _ = try? directory.write("access.log", "")
    }

    /// What nginx complained about.
    public func errorLog() -> String { nginx.output() }

    /// Ends it; from then on connections are refused.
    public func stop() { nginx.stop() }

    /// Debian keeps it in a directory that is not on everybody's path.
    private static let executable =
        ["/usr/sbin/nginx", "/usr/local/sbin/nginx"].first { FileManager.default.isExecutableFile(atPath: $0) }
        ?? "nginx"

    private static func configuration(
        directory: String, root: String, port: UInt16, locations: [String], http: [String], certificate: Certificate?,
        authenticated: Bool
    ) -> String {
        """
        \(geteuid() == 0 ? "user root root;" : "")
        daemon off;
        worker_processes 1;
        pid \(directory)/nginx.pid;
        error_log stderr warn;
        events { worker_connections 512; }
        http {
            log_format requests escape=json '{"method":"$request_method","uri":"$request_uri","status":"$status",'
                '"bytes":"$body_bytes_sent","host":"$http_host","authorization":"$http_authorization",'
                '"userAgent":"$http_user_agent","accept":"$http_accept","range":"$http_range",'
                '"ifNoneMatch":"$http_if_none_match","gitProtocol":"$http_git_protocol",'
                '"onConnection":"$connection_requests"}';
            client_body_temp_path \(directory)/body;
            proxy_temp_path \(directory)/proxy;
            fastcgi_temp_path \(directory)/fastcgi;
            uwsgi_temp_path \(directory)/uwsgi;
            scgi_temp_path \(directory)/scgi;
            client_max_body_size 0;
            types { text/html html; application/json json; text/plain txt; application/gzip gz tgz; }
            default_type application/octet-stream;
            \(http.joined(separator: "\n"))
            server {
                access_log off;
                listen unix:\(directory)/sync.sock;
                return 204;
            }
            server {
                access_log \(directory)/access.log requests;
                listen 127.0.0.1:\(port)\(certificate == nil ? "" : " ssl");
                \(certificate.map { "ssl_certificate \($0.file); ssl_certificate_key \($0.keyFile);" } ?? "")
                \(authenticated ? "auth_basic private; auth_basic_user_file \(directory)/passwords;" : "")
                root \(root);
                \(locations.joined(separator: "\n"))
            }
        }
        """
    }
}

/// A certificate for the loopback interface that signs itself.
struct Certificate {
    let file: String
    let keyFile: String

    init(in directory: TemporaryDirectory) async throws {
        (file, keyFile) = (directory.file("certificate.pem"), directory.file("key.pem"))
        try await run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "-keyout", keyFile, "-out", file,
            ])
    }
}
