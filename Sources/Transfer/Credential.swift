internal import NixHash

/// A user name and a secret that a server may let somebody in for, and where they are from.
///
/// No description of it has the secret, nor has its mirror, so that it can be in no log by accident.
public struct Credential: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// How a request carries it.
    public enum Scheme: Sendable, Hashable {
        /// User name and secret (RFC 7617).
        case basic
        /// The secret alone (RFC 6750).
        case bearer
    }

    public let user: String
    private let secret: String
    public let origin: CredentialOrigin
    public private(set) var scheme = Scheme.basic

    /// - Throws: `TransferError.unusableCredential` when one of them has a control character in it, which would break
    ///   the header, or the user name a colon, which would end it early (RFC 7617, 2).
    public init(user: String, secret: String, origin: CredentialOrigin) throws(TransferError) {
        let isClean = [user, secret].allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
        guard isClean, !user.utf8.contains(UInt8(ascii: ":")) else { throw .unusableCredential(origin) }
        self.user = user
        self.secret = secret
        self.origin = origin
    }

    /// The same credential, carried in another way.
    public func sent(as scheme: Scheme) -> Credential {
        var credential = self
        credential.scheme = scheme
        return credential
    }

    /// The value of the `Authorization` header that carries it.
    var authorization: String {
        switch scheme {
        case .basic: "Basic " + BasicAuthentication.encode(user: user, secret: secret)
        case .bearer: "Bearer " + secret
        }
    }

    public var description: String { "a credential from \(origin)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["origin": origin]) }
}

/// Where a credential is from; never the credential itself.
public enum CredentialOrigin: Sendable, Hashable {
    /// The variable of that name.
    case variable(String)
    /// A `netrc` file.
    case netrc(path: String)
    /// Nix's `access-tokens`, in that file or in the variable `NIX_CONFIG`.
    case accessTokens(place: String)
    /// What `git credential fill` answered.
    case git
}

/// The `Basic` scheme of HTTP (RFC 7617).
public enum BasicAuthentication {
    /// `USER:SECRET` in base 64, as it stands behind `Basic` in the header.
    public static func encode(user: String, secret: String) -> String {
        Base64.encode(Array("\(user):\(secret)".utf8))
    }
}
