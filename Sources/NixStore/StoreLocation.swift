internal import NixHash
internal import Transfer

/// Where the store is that Nix works with, as Nix itself finds out.
///
/// A store has a directory that its paths begin with, and one in which its files are. The two differ for a store below
/// another root (`local?root=/mnt`): there `/nix/store/…` lies in `/mnt/nix/store`.
/// (https://nix.dev/manual/nix/latest/store/types/)
public struct StoreLocation: Sendable, Equatable {
    /// Where files are.
    public enum Files: Sendable, Equatable {
        /// In this directory.
        case directory(String)
        /// On no disk of this machine; the URL of the store.
        case elsewhere(url: String)
    }

    /// The directory that the store's paths begin with, `/nix/store` unless somebody says otherwise.
    public let directory: String
    /// Where its files are.
    public let files: Files

    /// What is asked of the machine.
    struct Machine: Sendable {
        var workingDirectory: String
        var isRoot: Bool
        /// Whether there is anything at a path.
        var exists: @Sendable (String) -> Bool
    }

    /// Reads it from the environment.
    ///
    /// - Parameter setting: what Nix's configuration says of `store`, which counts before `NIX_REMOTE`.
    /// - Throws: `NixStoreError.relativeDirectory`
    init(environment: [String: String], setting: String?, machine: Machine) throws(NixStoreError) {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let url = setting ?? variable("NIX_REMOTE") ?? "auto"
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let parameters = parts.count > 1 ? Self.parameters(parts[1]) : [:]

        let names = ["NIX_STORE_DIR", "NIX_STORE"]
        let own = names.first { variable($0) != nil }.map { ($0, variable($0) ?? "") }
        let (name, path) = parameters["store"].map { ("store", $0) } ?? own ?? ("store", StorePath.storeDirectory)
        guard path.hasPrefix("/") else { throw .relativeDirectory(variable: name, path: path) }
        directory = Self.canonical(path)

        guard var root = Self.root(parts[0], machine) else {
            files = .elsewhere(url: url)
            return
        }
        if let given = parameters["root"], !given.isEmpty { root = Self.absolute(given, machine) }
        if root.isEmpty, parts.count == 1, ["", "auto"].contains(parts[0]) {
            root = Self.ownRoot(environment, machine) ?? ""
        }
        if let real = parameters["real"], !real.isEmpty {
            files = .directory(Self.canonical(Self.absolute(real, machine)))
        } else {
            // Below another root it is called so whatever the paths begin with.
            files = .directory(root.isEmpty ? directory : Self.canonical(root + StorePath.storeDirectory))
        }
    }

    /// The root that the first part of a store's URL names, "" for that of the machine; nil for a store that is elsewhere.
    private static func root(_ place: String, _ machine: Machine) -> String? {
        if let end = place.firstRange(of: "://") {
            switch place[..<end.lowerBound] {
            // A daemon's socket has the store beside it that this machine sees.
            case "unix": return ""
            case "local", "local-overlay":
                let path = decoded(String(place[end.upperBound...]))
                return path.isEmpty || path == "/" ? "" : absolute(path, machine)
            default: return nil
            }
        }
        switch place {
        case "", "auto", "local", "local-overlay", "daemon": return ""
        default: return place.contains("/") ? absolute(decoded(place), machine) : nil
        }
    }

    /// The root that Nix falls back to for whoever is not root where there is neither `/nix` nor a daemon.
    private static func ownRoot(_ environment: [String: String], _ machine: Machine) -> String? {
        #if os(Linux)
            func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
            let state = "/nix/var/nix"
            let socket = variable("NIX_DAEMON_SOCKET_PATH") ?? "\(state)/daemon-socket/socket"
            guard !machine.isRoot, variable("NIX_STORE_DIR") == nil, variable("NIX_STATE_DIR") == nil,
                !machine.exists(state), !machine.exists(socket)
            else { return nil }
            let data = variable("XDG_DATA_HOME") ?? variable("HOME").map { "\($0)/.local/share" }
            return data.map { "\($0)/nix/root" }
        #else
            return nil
        #endif
    }

    // MARK: Texts

    /// The parameters behind the question mark of a store's URL.
    private static func parameters(_ query: String) -> [String: String] {
        var parameters: [String: String] = [:]
        for part in query.split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else { continue }
            parameters[decoded(String(sides[0]))] = decoded(String(sides[1]))
        }
        return parameters
    }

    /// The text with what is percent-encoded decoded; as it is where that gives no text.
    private static func decoded(_ text: String) -> String {
        PercentEncoding.decode(text.utf8).flatMap { String(validating: $0, as: UTF8.self) } ?? text
    }

    private static func absolute(_ path: String, _ machine: Machine) -> String {
        canonical(path.hasPrefix("/") ? path : "\(machine.workingDirectory)/\(path)")
    }

    /// The absolute path without `.`, `..` and needless slashes; links are not followed.
    static func canonical(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
