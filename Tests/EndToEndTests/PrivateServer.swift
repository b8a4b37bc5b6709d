import Foundation
import Support

/// A server that lets in whoever brings its secret: git repositories, archives, and pages that give the secret away.
struct PrivateServer: Sendable {
    let root = TemporaryDirectory()
    let server: GitHTTPServer
    let secret: String
    let user = "x-access-token"

    init() async throws {
        secret = "s3cr3t-\(UUID().uuidString.prefix(13).lowercased())"
        let login = Credentials(user: user, password: secret)
        let encoded = String(login.authorization.dropFirst(6))
        let stranger = "if ($http_authorization = \"\") { return 401; }"
        // A packet has its length before it.
        let said = "ERR you said \(encoded) and \(secret)\n"
        let packet = String(format: "%04x", said.utf8.count + 4) + said.dropLast() + "\\n"
        let wrong = "if ($http_authorization != \"\(login.authorization)\") { return 403; }"
        server = try await GitHTTPServer(
            root: root.path, credentials: login,
            locations: [
                "location /echo-location { \(stranger) return 302 ftp://127.0.0.1/\(encoded)/\(secret); }",
                "location /echo-loop { \(stranger) return 302 /echo-loop/\(secret); }",
                """
                location ^~ /echo-git/ {
                    \(stranger)
                    default_type application/x-git-upload-pack-advertisement;
                    return 200 "\(packet)";
                }
                """,
                "location ^~ /echo-type/ { \(stranger) default_type \"text/\(secret)\"; return 200 \"x\"; }",
                "location ^~ /forbidden/ { \(wrong) return 403; }",
                "location /slow/ { limit_rate 1k; }",
                """
                location = /channels/closed/nixexprs.tar.xz {
                    \(stranger)
                    return 302 /releases/\(secret)/nixexprs.tar.xz;
                }
                """,
                "location = /away.tar.gz { \(stranger) return 302 http://localhost:$server_port/x.tar.gz; }",
            ])
        let repository = try await TestRepository(at: root.file("work"))
        try repository.write("a", "1\n")
        try await repository.commit("one")
        _ = try await repository.bareCopy(at: root.file("o/r.git"))
        let archive = try await repository.archive("HEAD", prefix: "r/")
        try server.web.put("x.tar.gz", archive)
        try server.web.put("releases/\(secret)/nixexprs.tar.xz", archive)
        try server.web.put("damaged.tar.gz", archive.prefix(archive.count / 2))
        try server.web.put("slow/x.tar.gz", [UInt8](repeating: 7, count: 100_000))
        try server.web.put("file.txt", "text\n")
    }

    func url(_ path: String) -> String { server.web.url(path) }

    /// The forms that nobody may see.
    var forms: [String] {
        [secret, String(Credentials(user: user, password: secret).authorization.dropFirst(6).prefix(20))]
    }
}

/// Where a person may keep a credential.
enum CredentialPlace: String, CaseIterable, Sendable {
    case variable, netrc, accessTokens, nixNetrc, gitHelper

    /// The variables of a program whose user keeps it there; files lie outside of the project and of HOME.
    func environment(_ user: String, _ secret: String, in folder: TemporaryDirectory) throws -> [String: String] {
        let netrc = "machine 127.0.0.1 login \(user) password \"\(secret)\"\n"
        switch self {
        case .variable: return ["PINR_TOKEN_127_0_0_1": "\(user):\(secret)"]
        case .netrc: return ["NETRC": try folder.write("netrc", netrc)]
        case .accessTokens:
            return ["NIX_USER_CONF_FILES": try folder.write("nix.conf", "access-tokens = 127.0.0.1=\(secret)\n")]
        case .nixNetrc:
            return ["NIX_CONFIG": "netrc-file = \(try folder.write("nix-netrc", netrc))"]
        case .gitHelper:
            let helper = try folder.write(
                "helper", "sleep 0.2\n[ \"$1\" = get ] || exit 0\necho username=\(user)\necho password=\(secret)\n")
            return [
                "GIT_CONFIG_GLOBAL": try folder.write("gitconfig", "[credential]\n\thelper = !sh \(helper)\n"),
                "GIT_TERMINAL_PROMPT": "1",
            ]
        }
    }

    /// How an error names it.
    func name(in folder: TemporaryDirectory) -> String {
        switch self {
        case .variable: "PINR_TOKEN_127_0_0_1"
        case .netrc: folder.file("netrc")
        case .accessTokens: folder.file("nix.conf")
        case .nixNetrc: folder.file("nix-netrc")
        case .gitHelper: "git credential"
        }
    }
}
