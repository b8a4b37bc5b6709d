/// The URL of a submodule, which is text from outside and may be relative to that of the repository it is in.
enum SubmoduleURL {
    /// Finds where a submodule is.
    ///
    /// Relative URLs are those that begin with `./` or `../` (git-submodule(1)); they stay on the host. The result is one
    /// of the kinds of `GitURL`, and a folder of this machine only where `base` is one too.
    /// - Throws: `SubmoduleFault`
    static func resolve(_ text: [UInt8], against base: GitURL) throws(SubmoduleFault) -> GitURL {
        guard !text.isEmpty else { throw .noURL }
        let shown = GitURLParser.redacted(String(decoding: text, as: UTF8.self))
        if text.starts(with: "./".utf8) || text.starts(with: "../".utf8) {
            return try parse(try joined(text, to: base, shown), shown)
        }
        if text.first == UInt8(ascii: "/") {
            guard base.transport == .file else { throw .localURL(shown) }
            return try parse(Array("file://".utf8) + escaped(text), shown)
        }
        let url = try parse(text, shown)
        guard url.transport != .file || base.transport == .file else { throw .localURL(shown) }
        return url
    }

    private static func parse(_ text: [UInt8], _ shown: String) throws(SubmoduleFault) -> GitURL {
        guard let valid = String(validating: text, as: UTF8.self) else {
            throw .illegalURL(shown, .illegalCharacter(text.first { $0 >= 0x80 } ?? 0))
        }
        do {
            return try GitURL(parsing: valid)
        } catch .invalidURL(_, let fault) {
            throw .illegalURL(shown, fault)
        } catch {
            throw .illegalURL(shown, .illegalPath)
        }
    }

    /// The path of `base` with the relative one applied to it; nothing leads above the host's own.
    private static func joined(
        _ text: [UInt8], to base: GitURL, _ shown: String
    ) throws(SubmoduleFault) -> [UInt8] {
        var components = base.path.utf8.split(separator: UInt8(ascii: "/")).map { Array($0) }
        for component in text.split(separator: UInt8(ascii: "/")) {
            if component.elementsEqual(".".utf8) { continue }
            if component.elementsEqual("..".utf8) {
                guard components.popLast() != nil else { throw .aboveHost(shown) }
            } else {
                components.append(Array(component))
            }
        }
        let root = base.text.utf8.dropLast(base.path.utf8.count)
        return Array(root) + components.flatMap { [UInt8(ascii: "/")] + $0 }
    }

    /// A path in the spelling of URLs.
    private static func escaped(_ path: [UInt8]) -> [UInt8] {
        path.flatMap { byte -> [UInt8] in
            guard byte <= 0x20 || byte == 0x7F || "%?#".utf8.contains(byte) else { return [byte] }
            let digits = String(byte, radix: 16, uppercase: true)
            return Array("%\(digits.count == 1 ? "0" : "")\(digits)".utf8)
        }
    }
}

/// Why a submodule is not fetched.
public enum SubmoduleFault: Error, Sendable, Equatable {
    /// Its entry in `.gitmodules` has no URL.
    case noURL
    /// Its URL is none that is fetched from; the text has no credentials in it.
    case illegalURL(String, GitURLFault)
    /// A relative URL that leads above the root of the host.
    case aboveHost(String)
    /// A folder of this machine, named by a repository that is not on it.
    case localURL(String)
    /// The branch in `.gitmodules` cannot be one, which Nix refuses.
    case illegalBranch(String)
    /// More submodules in all than are fetched.
    case tooMany(limit: Int)
}
