internal import JSON
internal import Transfer

/// How an installation of a forge shows what it is to whoever asks, without a credential.
struct ForgeSign: Sendable {
    /// What is asked for, below the base URL of the installation.
    let path: String
    /// Whether an answer is the forge's.
    let isShown: @Sendable (Answer) -> Bool

    /// What a server answered to the question what it is.
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        /// The body, if it is JSON, whatever the server calls it.
        let json: JSON?

        init(_ response: TransferResponse) {
            status = response.status
            headers = response.headers
            json = try? JSON(parsing: response.body)
        }
    }
}

/// A server's page that asks to log in, in the place of what was asked for.
enum LoginPage {
    private static let words: Set<String> = [
        "adfs", "auth", "authorize", "cas", "login", "oauth", "oauth2", "saml", "saml2", "sign-in", "sign_in", "signin",
        "sso",
    ]

    /// Whether a response is one: redirects led to an address that says so.
    static func isShown(by response: TransferResponse) -> Bool {
        guard !response.redirects.isEmpty else { return false }
        let url = URLParts(response.url)
        let names = url.authority.split(separator: ".").map(String.init) + url.components.map { $0.lowercased() }
        return names.contains { words.contains($0) }
    }
}
