// Which files git reads its configuration from (git-config(1), FILES and ENVIRONMENT), and what these include.

extension GitSettings {
    /// Gathers everything that git obeys in a repository.
    /// - Parameter branch: the branch that is checked out, for `onbranch`.
    /// - Throws: `WorkingRepositoryError.configuration`
    static func gather(
        for repository: WorkingRepository, branch: String?
    ) throws(WorkingRepositoryError) -> GitSettings {
        var gathering = Gathering(repository: repository, branch: branch)
        try gathering.gather()
        if gathering.asksForRemotes {
            // The URLs of remotes decide what is included, and are known only when all has been read.
            let urls = gathering.settings.entries.filter {
                $0.key.starts(with: "remote.".utf8) && $0.key.reversed().starts(with: ".url".utf8.reversed())
            }.compactMap(\.value)
            gathering = Gathering(repository: repository, branch: branch, remoteURLs: urls)
            try gathering.gather()
        }
        return gathering.settings
    }
}

private struct Gathering {
    /// As many files inside each other as git reads.
    private static let maximumDepth = 10

    let repository: WorkingRepository
    let branch: String?
    var remoteURLs: [[UInt8]] = []
    var settings = GitSettings()
    /// Whether a condition asked for the URLs of remotes.
    var asksForRemotes = false

    private var environment: [String: String] { repository.environment }

    private func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    private var home: String? { variable("HOME") }

    mutating func gather() throws(WorkingRepositoryError) {
        if !(variable("GIT_CONFIG_NOSYSTEM").map(GitSettings.isTrue) ?? false) {
            try read(variable("GIT_CONFIG_SYSTEM") ?? "/etc/gitconfig", .system)
        }
        if let file = environment["GIT_CONFIG_GLOBAL"] {
            try read(file, .global)
        } else {
            if let folder = variable("XDG_CONFIG_HOME") ?? home.map({ $0 + "/.config" }) {
                try read(folder + "/git/config", .global)
            }
            if let home { try read(home + "/.gitconfig", .global) }
        }
        let shared = LocalPath.join(repository.commonDirectory, "config")
        try read(shared, .local)
        if try GitSettings.File(path: shared).flag("extensions.worktreeconfig") {
            try read(LocalPath.join(repository.gitDirectory, "config.worktree"), .worktree)
        }
        for (key, value) in try CommandSettings.read(environment) {
            try take(key, value, .command, from: nil, depth: 0)
        }
    }

    private mutating func read(_ path: String, _ scope: GitSettings.Scope, depth: Int = 0)
        throws(WorkingRepositoryError)
    {
        guard !path.isEmpty else { return }
        guard depth <= Self.maximumDepth else { throw .configuration(path: path, line: 0) }
        for variable in try GitSettings.File(path: path).variables {
            try take(variable.key, variable.value, scope, from: path, depth: depth)
        }
    }

    private mutating func take(
        _ key: [UInt8], _ value: [UInt8]?, _ scope: GitSettings.Scope, from file: String?, depth: Int
    ) throws(WorkingRepositoryError) {
        settings.entries.append(.init(key: key, value: value, scope: scope))
        guard let value, let path = includedPath(String(decoding: value, as: UTF8.self), from: file) else { return }
        if key.elementsEqual("include.path".utf8) {
            try read(path, scope, depth: depth + 1)
        } else if key.starts(with: "includeif.".utf8), key.reversed().starts(with: ".path".utf8.reversed()) {
            let condition = String(decoding: key.dropFirst(10).dropLast(5), as: UTF8.self)
            if holds(condition, in: file) { try read(path, scope, depth: depth + 1) }
        }
    }

    /// Where an included file is; nil for a place that cannot be told here.
    private func includedPath(_ path: String, from file: String?) -> String? {
        if path.hasPrefix("~/") { return home.map { LocalPath.join($0, String(path.dropFirst(2))) } }
        guard !path.isEmpty, !path.hasPrefix("~"), !path.hasPrefix("%(") else { return nil }
        if path.hasPrefix("/") { return path }
        // Relative to the file as it is named, after links in its own name.
        guard let file else { return nil }
        return LocalPath.join(LocalPath.split(LocalPath.real(file) ?? file).folder, path)
    }

    // MARK: Conditions

    private mutating func holds(_ condition: String, in file: String?) -> Bool {
        func rest(_ prefix: String) -> String? {
            condition.hasPrefix(prefix) ? String(condition.dropFirst(prefix.count)) : nil
        }
        if let pattern = rest("gitdir:") { return isBelow(pattern, in: file, ignoresCase: false) }
        if let pattern = rest("gitdir/i:") { return isBelow(pattern, in: file, ignoresCase: true) }
        if let pattern = rest("onbranch:") {
            guard let branch else { return false }
            return Wildmatch.matches(Array(branch.utf8), Self.wholeFolder(pattern))
        }
        if let pattern = rest("hasconfig:remote.*.url:") {
            asksForRemotes = asksForRemotes || remoteURLs.isEmpty
            return remoteURLs.contains { Wildmatch.matches($0, Array(pattern.utf8)) }
        }
        return false
    }

    private func isBelow(_ pattern: String, in file: String?, ignoresCase: Bool) -> Bool {
        var pattern = pattern
        if pattern.hasPrefix("~/") {
            guard let home else { return false }
            pattern = LocalPath.join(LocalPath.real(home) ?? home, String(pattern.dropFirst(2)))
        } else if pattern.hasPrefix("./") {
            guard let file else { return false }
            pattern = LocalPath.join(LocalPath.split(LocalPath.real(file) ?? file).folder, String(pattern.dropFirst(2)))
        } else if !pattern.hasPrefix("/") {
            pattern = "**/" + pattern
        }
        return Wildmatch.matches(
            Array(repository.gitDirectory.utf8), Self.wholeFolder(pattern), ignoresCase: ignoresCase)
    }

    /// A pattern that ends in a slash is about everything below.
    private static func wholeFolder(_ pattern: String) -> [UInt8] {
        Array(pattern.utf8) + (pattern.hasSuffix("/") ? Array("**".utf8) : [])
    }
}

/// Variables of the configuration that come with the environment.
private enum CommandSettings {
    static func read(_ environment: [String: String]) throws(WorkingRepositoryError) -> [([UInt8], [UInt8]?)] {
        var found: [([UInt8], [UInt8]?)] = []
        if let text = environment["GIT_CONFIG_COUNT"], !text.isEmpty {
            guard let count = Int(text), (0...100_000).contains(count)
            else { throw .configuration(path: "GIT_CONFIG_COUNT", line: 0) }
            for index in 0..<count {
                let name = "GIT_CONFIG_KEY_\(index)"
                guard let key = environment[name].flatMap(GitKey.canonical),
                    let value = environment["GIT_CONFIG_VALUE_\(index)"]
                else { throw .configuration(path: name, line: 0) }
                found.append((key, Array(value.utf8)))
            }
        }
        if let text = environment["GIT_CONFIG_PARAMETERS"] {
            guard let parameters = parameters(Array(text.utf8))
            else { throw .configuration(path: "GIT_CONFIG_PARAMETERS", line: 0) }
            found += parameters
        }
        return found
    }

    /// `'key'='value'` or, of older versions of git, `'key=value'`, each quoted as for a shell.
    private static func parameters(_ text: [UInt8]) -> [([UInt8], [UInt8]?)]? {
        var found: [([UInt8], [UInt8]?)] = []
        var rest = text[...]
        while true {
            rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\t") }
            if rest.isEmpty { return found }
            guard let first = unquote(&rest) else { return nil }
            var (name, value): ([UInt8], [UInt8]?) = (first, nil)
            if rest.first == UInt8(ascii: "=") {
                rest = rest.dropFirst()
                if rest.first == UInt8(ascii: "'") {
                    guard let second = unquote(&rest) else { return nil }
                    value = second
                }
            } else if let sign = first.firstIndex(of: UInt8(ascii: "=")) {
                (name, value) = (Array(first[..<sign]), Array(first[(sign + 1)...]))
            }
            guard let key = GitKey.canonical(String(decoding: name, as: UTF8.self)) else { return nil }
            found.append((key, value))
        }
    }

    /// Takes a text in single quotes, outside of which a backslash makes `'` and `!` stand for themselves.
    private static func unquote(_ text: inout ArraySlice<UInt8>) -> [UInt8]? {
        var value: [UInt8] = []
        guard text.first == UInt8(ascii: "'") else { return nil }
        while text.first == UInt8(ascii: "'") {
            text = text.dropFirst()
            guard let end = text.firstIndex(of: UInt8(ascii: "'")) else { return nil }
            value += text[..<end]
            text = text[(end + 1)...]
            if text.first == UInt8(ascii: "\\"), text.count > 1 {
                value.append(text[text.startIndex + 1])
                text = text.dropFirst(2)
                guard text.first == UInt8(ascii: "'") else { return nil }
            }
        }
        return value
    }
}
