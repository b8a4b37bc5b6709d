internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Git's configuration as git gathers it, in the order in which it counts: what comes later wins.
///
/// It is gathered here and not by libgit2, which has been told to read nothing of this machine's user: what is fetched must
/// not depend on who fetches.
struct GitSettings: Sendable, Equatable {
    /// Where a variable stands.
    enum Scope: Sendable, Equatable {
        case system
        case global
        case local
        case worktree
        case command
    }

    struct Entry: Sendable, Equatable {
        /// Section and name in lower case, with the subsection as it is written between them.
        let key: [UInt8]
        /// Nil where there is not even a `=`.
        let value: [UInt8]?
        let scope: Scope
    }

    var entries: [Entry] = []

    // MARK: Looking up

    /// The variable's value; one without `=` is `true`.
    func value(_ key: String) -> String? {
        guard let entry = last(key) else { return nil }
        return entry.value.map { String(decoding: $0, as: UTF8.self) } ?? "true"
    }

    /// All values of a variable, in order.
    func values(_ key: String, in scopes: Set<Scope>? = nil) -> [String] {
        guard let key = GitKey.canonical(key) else { return [] }
        return entries.filter { $0.key == key && scopes?.contains($0.scope) != false }
            .map { $0.value.map { String(decoding: $0, as: UTF8.self) } ?? "true" }
    }

    /// Whether a variable that is true or false is true; nil where it is not set.
    func flag(_ key: String) -> Bool? { value(key).map(Self.isTrue) }

    private func last(_ key: String) -> Entry? {
        guard let key = GitKey.canonical(key) else { return nil }
        return entries.last { $0.key == key }
    }

    /// What git takes for true (git-config(1), "boolean").
    static func isTrue(_ text: String) -> Bool {
        switch text.lowercased() {
        case "true", "yes", "on": true
        case let number: Int(number).map { $0 != 0 } ?? false
        }
    }
}

/// The name of a variable.
enum GitKey {
    /// Section and name in lower case; nil for what can be no name.
    static func canonical(_ key: String) -> [UInt8]? {
        let bytes = Array(key.utf8)
        guard let first = bytes.firstIndex(of: UInt8(ascii: ".")), let last = bytes.lastIndex(of: UInt8(ascii: ".")),
            first > 0, last + 1 < bytes.count, !bytes.contains(where: { $0 == 0 || $0 == UInt8(ascii: "\n") }),
            (bytes[..<first] + bytes[(last + 1)...]).allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: "-") })
        else { return nil }
        return bytes[..<first].map(lowercased) + bytes[first...last] + bytes[(last + 1)...].map(lowercased)
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
}

extension GitSettings {
    /// One file, without what it includes.
    struct File {
        let path: String
        let variables: [GitConfig.Variable]

        /// - Throws: `WorkingRepositoryError.configuration`; a file that is not there, or that is not for this user, is
        ///   empty.
        init(path: String) throws(WorkingRepositoryError) {
            self.path = path
            let bytes: [UInt8]
            do {
                bytes = try WholeFile.read(path, limit: 16 << 20)
            } catch .tooLarge {
                throw .configuration(path: path, line: 0)
            } catch {
                // `/dev/null` is no regular file, and people name it when they want no configuration.
                bytes = []
            }
            do {
                variables = try GitConfig(parsing: bytes).variables
            } catch {
                throw .configuration(path: path, line: error.line)
            }
        }

        func value(_ key: String) -> String? {
            guard let variable = variables.last(where: { $0.key.elementsEqual(key.utf8) }) else { return nil }
            return variable.value.map { String(decoding: $0, as: UTF8.self) } ?? "true"
        }

        func optionalFlag(_ key: String) -> Bool? { value(key).map(GitSettings.isTrue) }
        func flag(_ key: String) -> Bool { optionalFlag(key) ?? false }
    }
}
