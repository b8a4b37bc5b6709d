internal import Lockfile
internal import NixHash
internal import Transfer

/// The notation of sources: the one argument of `pinr add`, in the spelling that flakes made known.
public enum Notation {
    /// Reads what a person typed.
    ///
    /// The result may still have to be `settled`: whether a REF is a branch or a tag is known to upstream alone.
    /// - Throws: `ResolveError`, `GitError.invalidURL`; neither has a user name or password in it.
    public static func parse(
        _ text: String, options: SourceOptions, shortNames: ShortNames = ShortNames()
    ) throws -> any SourceType {
        do {
            return try isShortName(text)
                ? readShortName(text, options, shortNames) : read(text, options, shortNames)
        } catch let error as ResolveError {
            throw error.withoutCredentials()
        }
    }

    /// The name of a pin of what a person typed, where it is a short name and stands for something.
    public static func pinName(of text: String, in shortNames: ShortNames) -> String? {
        let name = String(shortNameParts(text).name)
        return isShortName(text) && shortNames.notation(of: name) != nil ? name : nil
    }

    private static func read(
        _ text: String, _ options: SourceOptions, _ shortNames: ShortNames
    ) throws -> any SourceType {
        if GitSource.isSCPLike(text) { return try checked(try GitSource.parse(text, options), options, text) }
        let url = URLParts(text)
        if let type = SourceTypes.all.first(where: { $0.schemes.contains(url.scheme) }) {
            return try checked(try type.parse(text, options), options, text)
        }
        guard ["http", "https", "file"].contains(url.scheme) else { throw unknown(text, shortNames) }
        return try checked(try web(url, text, options), options, text)
    }

    /// Refuses options that mean nothing to what was read.
    private static func checked(
        _ source: any SourceType, _ options: SourceOptions, _ text: String
    ) throws -> any SourceType {
        try options.refuse(allBut: type(of: source).options, in: text)
        return source
    }

    private static func unknown(_ text: String, _ shortNames: ShortNames) -> ResolveError {
        guard isShortName(text) else { return .unknownNotation(text, nearest: nearestSchemes(to: text)) }
        let (name, rest) = shortNameParts(text)
        var nearest = shortNames.nearest(to: String(name))
        if nearest.isEmpty, let rest, isPathComponent(name), arePathComponents(rest) {
            // As other tools have it: `OWNER/REPO`, or a link without its beginning.
            nearest = [(name.contains(".") ? "https://" : "github:") + text]
        }
        return .unknownNotation(text, nearest: nearest)
    }

    /// What other tools call some of the schemes.
    private static let otherSchemes = [
        "cargo": "crates", "docker": "oci", "gem": "rubygems", "gitea": "forgejo", "pip": "pypi", "srht": "sourcehut",
    ]

    /// The text with the scheme that the one before its colon was meant for, if that can be guessed.
    private static func nearestSchemes(to text: String) -> [String] {
        let written = URLParts(text).scheme.prefix { $0 != "+" }
        let known = SourceTypes.all.flatMap { $0.schemes }.map { String($0.prefix { $0 != "+" }) } + ["http", "https"]
        // `git+git://`: the scheme behind the sign is one by itself.
        let inner = URLParts(text).scheme.drop { $0 != "+" }.dropFirst()
        if known.contains(String(written)), SourceTypes.all.contains(where: { $0.schemes.contains(String(inner)) }) {
            return [String(text.dropFirst(written.count + 1))]
        }
        let meant = otherSchemes[String(written)] ?? NearestNames.of(String(written), among: known, text: \.self).first
        return meant.map { $0 + text.dropFirst(written.count) }.flatMap { $0 == text ? nil : [$0] } ?? []
    }

    // MARK: Short names

    /// Whether a text can only be a short name: it has no scheme.
    public static func isShortName(_ text: String) -> Bool {
        !GitSource.isSCPLike(text) && URLParts(text).scheme.isEmpty
    }

    /// `NAME` or `NAME/REF`, as flakes have it.
    private static func shortNameParts(_ text: String) -> (name: Substring, ref: Substring?) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        return (parts.first ?? "", parts.dropFirst().first)
    }

    private static func readShortName(
        _ text: String, _ options: SourceOptions, _ shortNames: ShortNames
    ) throws -> any SourceType {
        let (name, ref) = shortNameParts(text)
        guard let notation = shortNames.notation(of: String(name)), ref != "" else { throw unknown(text, shortNames) }
        guard !isShortName(notation) else { throw ResolveError.shortNameOfShortName(String(name), notation) }
        guard let ref = ref.map(String.init) else { return try read(notation, options, shortNames) }
        // Of a repository that is a branch, a tag or a revision, and of nixpkgs a channel.
        let source = try read(notation, SourceOptions(), shortNames)
        return try checked(try source.following(ref, options, notation: text), options, text)
    }

    /// A URL of the web or of this machine: a page about something, a repository, an archive, or else a file.
    private static func web(_ url: URLParts, _ text: String, _ options: SourceOptions) throws -> any SourceType {
        for type in SourceTypes.all {
            if let source = try type.link(text, options) { return source }
        }
        if url.path.suffix(4).elementsEqual(".git".utf8) { return try GitSource.parse(text, options) }
        let isArchive = TarballSource.isArchive(String(url.path) ?? "")
        let isFile = isArchive || options.unpack != nil || options.mutable != nil
        if !isFile, let probed = try ProbedSource(url, text, options) { return probed }
        return options.unpack ?? isArchive
            ? try TarballSource.parse(text, options) : try FileSource.parse(text, options)
    }

    // MARK: Pieces

    /// Whether a text can stand in a URL's path as one component without being taken for anything else.
    static func isPathComponent(_ text: Substring) -> Bool {
        !text.isEmpty && text != "." && text != ".."
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"):
                    true
                default: "-._~+".utf8.contains(byte)
                }
            }
    }

    /// Whether a text is one or more such components, with slashes between.
    static func arePathComponents(_ text: Substring) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { isPathComponent($0) }
    }

    /// The URL of an archive or a file, without the beginning that says which of the two it is.
    static func plainURL(_ text: String, dropping prefix: String) throws(ResolveError) -> String {
        // A scheme is the same in any case, and those who read the URL later look for small letters.
        let colon = text.firstIndex(of: ":") ?? text.startIndex
        let scheme = text[..<colon].lowercased()
        let url = (scheme.hasPrefix(prefix) ? String(scheme.dropFirst(prefix.count)) : scheme) + text[colon...]
        let form = "https://HOST/PATH or file:///PATH"
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw .malformedNotation(text, form: form) }
        let parts = URLParts(url)
        // A user name or password would end up in the lock file.
        guard url.utf8.dropFirst(parts.scheme.utf8.count).starts(with: "://".utf8), !parts.authority.contains("@"),
            URLText.hasPossiblePort(parts.authority.utf8),
            parts.scheme == "file" ? parts.authority.isEmpty : !parts.authority.isEmpty
        else { throw .malformedNotation(text, form: form) }
        return url
    }

    /// The name that a URL's file gets in the Nix store: the last component of its path, decoded and made a legal name.
    public static func storeName(of url: String) -> String {
        let path = URLParts(url).path
        let last = path.split(separator: UInt8(ascii: "/")).last.map { PercentEncoding.decode($0) ?? Array($0) }
        return StorePath.sanitized(bytes: last ?? [])
    }

    /// A REF as it is called, out of a URL.
    static func decoded(
        _ ref: String?, in notation: String, form: String
    ) throws(ResolveError) -> String? {
        guard let ref else { return nil }
        guard let bytes = PercentEncoding.decode(ref.utf8), let text = String(validating: bytes, as: UTF8.self) else {
            throw .malformedNotation(notation, form: form)
        }
        return text
    }

    /// A repository's name without the `.git` that its URL may have behind it.
    static func withoutGitSuffix(_ repo: String) -> String {
        repo.hasSuffix(".git") && repo != ".git" ? String(repo.dropLast(4)) : repo
    }

    /// A repository's name as that of a pin.
    static func pinName(ofRepository repo: String) -> String {
        repo.hasSuffix(".nix") && repo != ".nix" ? String(repo.dropLast(4)) : repo
    }
}
