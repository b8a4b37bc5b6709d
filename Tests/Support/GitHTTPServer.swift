import Foundation

/// Repositories over smart HTTP: nginx in front of `git http-backend`, as many a forge runs it.
///
/// Every repository below the root is served; its own configuration decides what may be asked of it
/// (`uploadpack.allowAnySHA1InWant`). For dumb HTTP serve the directory with a `WebServer`.
public final class GitHTTPServer: Sendable {
    /// The server in front: its access log, `baseURL`, `caFile`.
    public let web: WebServer
    private let gateway: BackgroundProcess
    private let directory = TemporaryDirectory()

    /// Starts one and waits until it answers.
    ///
    /// - Parameters:
    ///   - root: the directory with the repositories; other files below it are served as they are.
    ///   - protocolV2: whether the client's wish for a version is passed on; otherwise it gets version 0.
    ///   - pushable: whether anybody who may read may also push.
    ///   - credentials: what every request has to bring.
    ///   - tls: whether to speak https.
    ///   - locations: further nginx configuration for the `server` block.
    public init(
        root: String, protocolV2: Bool = true, pushable: Bool = false, credentials: Credentials? = nil,
        tls: Bool = false,
        locations: [String] = []
    ) async throws {
        let socket = directory.file("cgi.sock")
        let home = directory.file("home")
        let environment = isolatedEnvironment(home: home)
        let backend = try await run(["git", "--exec-path"], environment: environment).trimmed + "/git-http-backend"
        // Four at a time: a client may hold several connections open.
        let gateway = try BackgroundProcess(
            [Self.executable, "-f", "-c", "4", "-s", "unix:\(socket)"], environment: environment)
        self.gateway = gateway
        guard try await eventually(while: { gateway.isRunning }, { FileManager.default.fileExists(atPath: socket) })
        else {
            throw ServerError.notStarted(gateway.output())
        }

        // The gateway gives its child what comes from here and nothing else.
        var parameters = [
            "SCRIPT_FILENAME": backend, "GIT_PROJECT_ROOT": root, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": "$uri",
            "QUERY_STRING": "$query_string", "REQUEST_METHOD": "$request_method", "CONTENT_TYPE": "$content_type",
            "CONTENT_LENGTH": "$content_length", "REMOTE_USER": "$remote_user", "REMOTE_ADDR": "$remote_addr",
            "SERVER_PROTOCOL": "$server_protocol", "GATEWAY_INTERFACE": "CGI/1.1",
        ]
        for name in ["HOME", "PATH", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"] {
            parameters[name] = environment[name]
        }
        if !protocolV2 { parameters["HTTP_GIT_PROTOCOL"] = "" }
        parameters["GIT_CONFIG_COUNT"] = "1"
        parameters["GIT_CONFIG_KEY_0"] = "http.receivepack"
        parameters["GIT_CONFIG_VALUE_0"] = "\(pushable)"
        let lines = parameters.sorted { $0.key < $1.key }.map { "fastcgi_param \($0.key) \"\($0.value)\";" }
        let location = """
            location ~ /(HEAD|info/refs|objects/.+|git-upload-pack|git-receive-pack)$ {
                fastcgi_pass unix:\(socket);
                fastcgi_buffering off;
                fastcgi_read_timeout 300;
                \(lines.joined(separator: "\n"))
            }
            """
        web = try await WebServer(root: root, locations: locations + [location], tls: tls, credentials: credentials)
    }

    /// `http://127.0.0.1:PORT`, or https; without a slash at its end.
    public var baseURL: String { web.baseURL }

    /// The certificate to trust, a PEM file; `nil` without TLS.
    public var caFile: String? { web.caFile }

    /// Every request that has been answered.
    public func accessLog() -> [LoggedRequest] { web.accessLog() }

    /// Ends both servers.
    public func stop() {
        web.stop()
        gateway.stop()
    }

    private static let executable =
        ["/usr/sbin/fcgiwrap", "/usr/local/sbin/fcgiwrap"]
        .first { FileManager.default.isExecutableFile(atPath: $0) } ?? "fcgiwrap"
}
