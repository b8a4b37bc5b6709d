import NixHash
import OCI
import SourceTree
import Support
import Transfer

/// Images through an engine that does not wait long for anything.
func images(
    credentials: (any CredentialSource)? = nil, limits: TreeLimits = TreeLimits(), directory: TemporaryDirectory? = nil,
    retries: Int = 0, at baseURL: @escaping @Sendable (String) -> String? = { _ in nil }
) -> Images {
    var configuration = TransferConfiguration()
    configuration.retryDelay = .milliseconds(10)
    configuration.retries = retries
    configuration.credentials = credentials
    return Images(
        transfer: TransferEngine(configuration: configuration), credentials: credentials, limits: limits,
        temporaryDirectory: directory?.path ?? "/tmp", baseURL: baseURL)
}

/// Knows one credential, for every server.
struct OneCredential: CredentialSource {
    var user = "me"
    var secret = "secret"
    var asked: @Sendable (CredentialQuery) -> Bool = { _ in true }

    func credential(for query: CredentialQuery) async throws -> Credential? {
        asked(query) ? try Credential(user: user, secret: secret, origin: .variable("TOKEN")) : nil
    }

    func accepted(_ credential: Credential, for url: String) {}
}

extension ImagePlatform {
    static let amd64 = ImagePlatform(os: "linux", architecture: "amd64")
}

/// What a body throws as an error of images.
func imageError(_ body: () async throws -> some Any) async throws -> OCIError? {
    do {
        _ = try await body()
        return nil
    } catch let error as OCIError {
        return error
    }
}
