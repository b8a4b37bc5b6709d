/// What Nix's configuration says about credentials, `access-tokens` and `netrc-file`, and which store it names.
///
/// Read as Nix reads it: `$NIX_CONF_DIR/nix.conf` first, then the user's files, the most important last, then `NIX_CONFIG`;
/// a later value replaces an earlier one, `extra-access-tokens` adds to it.
struct NixConfiguration: Sendable, Equatable {
    /// A token for a server, or for what is below a path of it.
    struct AccessToken: Sendable, Equatable {
        /// `HOST`, or `HOST/PATH`.
        let scope: String
        let token: String
        /// The file, or `NIX_CONFIG`.
        let place: String
    }

    private(set) var accessTokens: [AccessToken] = []
    private(set) var netrcFile: String
    /// The value of `store`.
    private(set) var store: String?

    private static let maximumDepth = 16
    /// How many files are read in all: one that includes itself twice would else be read for ever.
    private static let maximumFiles = 1000

    /// - Parameters:
    ///   - environment: of whoever runs the program.
    ///   - read: gives the contents of a file, or nil when there is none that can be read.
    init(environment: [String: String], read: (String) -> [UInt8]?) {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let directory = variable("NIX_CONF_DIR") ?? "/etc/nix"
        netrcFile = "\(directory)/netrc"
        var left = Self.maximumFiles
        func readOne(_ path: String) -> [UInt8]? {
            guard left > 0 else { return nil }
            left -= 1
            return read(path)
        }
        for path in ["\(directory)/nix.conf"] + Self.userFiles(environment).reversed() {
            if let bytes = readOne(path) { apply(bytes, place: path, depth: 0, readOne) }
        }
        if let text = environment["NIX_CONFIG"] { apply(Array(text.utf8), place: "NIX_CONFIG", depth: 0, readOne) }
    }

    /// The user's files, the most important first.
    private static func userFiles(_ environment: [String: String]) -> [String] {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        // Set to nothing it stands for no file at all.
        if let list = environment["NIX_USER_CONF_FILES"] { return list.split(separator: ":").map(String.init) }
        let home = variable("HOME").map { ["\($0)/.config"] } ?? []
        let own =
            variable("NIX_CONFIG_HOME").map { [$0] }
            ?? (variable("XDG_CONFIG_HOME").map { [$0] } ?? home).map {
                "\($0)/nix"
            }
        let shared = (variable("XDG_CONFIG_DIRS") ?? "/etc/xdg").split(separator: ":").map { "\($0)/nix" }
        return (own + shared).map { "\($0)/nix.conf" }
    }

    private mutating func apply(_ bytes: [UInt8], place: String, depth: Int, _ read: (String) -> [UInt8]?) {
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let words = line.prefix { $0 != UInt8(ascii: "#") }
                .split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }.map { String(decoding: $0, as: UTF8.self) }
            guard words.count >= 2 else { continue }
            switch words[0] {
            case "include", "!include":
                guard words.count == 2, depth < Self.maximumDepth else { continue }
                let folder = String(
                    decoding: place.utf8.prefix(
                        place.utf8.lastIndex(of: 0x2F).map {
                            place.utf8.distance(from: place.utf8.startIndex, to: $0)
                        } ?? 0), as: UTF8.self)
                let path = words[1].hasPrefix("/") ? words[1] : "\(folder)/\(words[1])"
                if let included = read(path) { apply(included, place: path, depth: depth + 1, read) }
            case "access-tokens" where words[1] == "=":
                accessTokens = Self.tokens(words.dropFirst(2), place)
            case "extra-access-tokens" where words[1] == "=":
                let added = Self.tokens(words.dropFirst(2), place)
                accessTokens.removeAll { old in added.contains { $0.scope == old.scope } }
                accessTokens += added
            case "netrc-file" where words[1] == "=" && words.count == 3: netrcFile = words[2]
            case "store" where words[1] == "=" && words.count == 3: store = words[2]
            default: continue
            }
        }
    }

    private static func tokens(_ words: ArraySlice<String>, _ place: String) -> [AccessToken] {
        words.compactMap { word in
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
            return AccessToken(scope: String(parts[0]), token: String(parts[1]), place: place)
        }
    }

    /// The token with the longest scope that a URL lies in.
    ///
    /// - Parameter path: as the URL spells it; `.git` behind a repository's name does not count.
    func accessToken(forHost host: String, path: String) -> AccessToken? {
        let target = Self.components(host + path)
        return accessTokens.filter { target.starts(with: Self.components($0.scope), by: { $0 == $1 }) }
            .max { $0.scope.utf8.count < $1.scope.utf8.count }
    }

    private static func components(_ text: String) -> [[UInt8]] {
        text.utf8.split(separator: UInt8(ascii: "/")).map { component in
            component.count > 4 && component.suffix(4).elementsEqual(".git".utf8)
                ? Array(component.dropLast(4)) : Array(component)
        }
    }
}
