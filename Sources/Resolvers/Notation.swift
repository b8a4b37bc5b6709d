internal import Git
internal import Transfer

/// The notation of sources: the one argument of `pinr add`, in the spelling that flakes made known.
public enum Notation {
    /// What a bare word stands for.
    public static let shortNames: [(name: String, notation: String)] = [
        ("nixpkgs", "channel:nixpkgs-unstable")
    ]

    /// Notations of the contract that a later version resolves; each is refused by name rather than misread.
    private static let laterSchemes: Set<String> = [
        "gitlab", "forgejo", "codeberg", "sourcehut", "bitbucket", "pypi", "crates", "npm", "rubygems", "hackage",
        "cran", "oci",
    ]

    /// Reads what a person typed.
    ///
    /// The result may still have to be `settled`: whether a REF is a branch or a tag is known to upstream alone.
    /// - Throws: `ResolveError`, `GitError.invalidURL`; neither has a user name or password in it.
    public static func parse(_ text: String, options: SourceOptions) throws -> any SourceType {
        do {
            return try read(text, options: options)
        } catch let error as ResolveError {
            throw error.withoutCredentials()
        }
    }

    private static func read(_ text: String, options: SourceOptions) throws -> any SourceType {
        // `user@host:path`, as git and ssh write it.
        if isSCPLike(text) { return try git(text, options, notation: text) }
        let url = URLParts(text)
        if url.scheme.isEmpty { return try shortName(text, options) }
        if laterSchemes.contains(url.scheme) { throw ResolveError.unsupportedNotation(url.scheme) }
        switch url.scheme {
        case "channel": return try channel(text, options)
        case "github": return try github(url, options, notation: text)
        case "git+https", "git+http", "git+file", "git+ssh", "git", "ssh":
            return try git(text, options, notation: text)
        case "tarball+https", "tarball+http", "tarball+file":
            return TarballSource(url: try plainURL(text, options, dropping: "tarball+", unpack: true))
        case "file+https", "file+http", "file+file":
            return FileSource(url: try plainURL(text, options, dropping: "file+", unpack: false))
        case "http", "https", "file":
            return try web(url, text, options)
        default: throw unknown(text)
        }
    }

    private static func isSCPLike(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":"), !text[colon...].hasPrefix("://") else { return false }
        return text[..<colon].contains("@") && !text[..<colon].contains("/")
    }

    private static func unknown(_ text: String) -> ResolveError {
        .unknownNotation(text, shortNames: shortNames.map(\.name))
    }

    // MARK: Each notation

    private static func shortName(_ text: String, _ options: SourceOptions) throws -> any SourceType {
        guard let entry = shortNames.first(where: { $0.name == text }) else { throw unknown(text) }
        let source = try read(entry.notation, options: options)
        guard let channel = source as? ChannelSource else { return source }
        return ChannelSource(channel: channel.channel, artifact: channel.artifact, alias: entry.name)
    }

    private static func channel(_ text: String, _ options: SourceOptions) throws(ResolveError) -> ChannelSource {
        let form = "channel:NAME or channel:NAME#ARTIFACT"
        try refuse(options.branch, "--branch", in: text)
        try refuse(options.at, "--at", in: text)
        try refuse(options.host, "--host", in: text)
        try refuseUnpack(options, in: text)
        try refuseContents(options, in: text)
        let parts = text.dropFirst("channel:".count).split(separator: "#", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ isPathComponent($0) }) else {
            throw .malformedNotation(text, form: form)
        }
        return ChannelSource(channel: String(parts[0]), artifact: parts.count == 2 ? String(parts[1]) : nil)
    }

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

    private static func github(
        _ url: URLParts, _ options: SourceOptions, notation: String
    ) throws -> GitHubSource {
        let form = "github:OWNER/REPO or github:OWNER/REPO/REF"
        guard url.authority.isEmpty, url.fragment == nil else {
            throw ResolveError.malformedNotation(notation, form: form)
        }
        let parts = (String(url.path) ?? "").split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, isPathComponent(parts[0]), isPathComponent(parts[1]), parts.count == 2 || parts[2] != ""
        else { throw ResolveError.malformedNotation(notation, form: form) }

        var host = options.host
        var ref = parts.count == 3 ? String(parts[2]) : nil
        var contents: [String] = []
        for field in (url.query ?? "").split(separator: "&") {
            let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            switch (pair[0], pair.count == 2 && pair[1] != "" ? String(pair[1]) : nil) {
            case ("host", let value?) where host == nil: host = value
            case ("ref", let value?) where ref == nil, ("rev", let value?) where ref == nil: ref = value
            case ("submodules", _?), ("lfs", _?): contents.append(String(field))
            default: throw ResolveError.unknownParameter(String(field), in: notation)
            }
        }
        try refuseUnpack(options, in: notation)
        guard host.map(ServiceHosts.isWebHost) ?? true else {
            throw ResolveError.malformedNotation(notation, form: "github:OWNER/REPO?host=HOST")
        }
        return GitHubSource(
            owner: String(parts[0]), repo: String(parts[1]), host: host,
            tracking: try Tracking(
                ref: try decoded(ref, in: notation, form: form), options: options, notation: notation),
            contents: try TreeContents(
                options, try GitURL.splitQuery("?" + contents.joined(separator: "&")).parameters, in: notation))
    }

    private static func git(
        _ text: String, _ options: SourceOptions, notation: String
    ) throws -> GitSource {
        try refuse(options.host, "--host", in: notation)
        try refuseUnpack(options, in: notation)
        let (base, parameters) = try GitURL.splitQuery(text)
        let contents = try TreeContents(options, parameters, in: notation)
        if parameters.directory != nil { throw ResolveError.unknownParameter("dir", in: notation) }
        if let revision = parameters.revision {
            // The revision is what is wanted; a ref beside it only says where it can be found.
            try refuse(options.branch, "--branch", in: notation)
            try refuse(options.at, "--at", in: notation)
            return GitSource(url: try GitURL(parsing: base), tracking: .at(revision.hex), contents: contents)
        }
        return GitSource(
            url: try GitURL(parsing: base),
            tracking: try Tracking(ref: parameters.ref, options: options, notation: notation), contents: contents)
    }

    private static func web(_ url: URLParts, _ text: String, _ options: SourceOptions) throws -> any SourceType {
        if let link = try githubLink(url, options, notation: text) { return link }
        try refuseLinksOfLaterVersions(url)
        if url.path.suffix(4).elementsEqual(".git".utf8) { return try git(text, options, notation: text) }
        let name = (String(url.path) ?? "").lowercased()
        let isArchive = TarballSource.extensions.contains { name.hasSuffix($0.lowercased()) }
        if options.unpack ?? isArchive {
            return TarballSource(url: try plainURL(text, options, dropping: "", unpack: true))
        }
        return FileSource(url: try plainURL(text, options, dropping: "", unpack: false))
    }

    private static func plainURL(
        _ text: String, _ options: SourceOptions, dropping prefix: String, unpack: Bool
    ) throws(ResolveError) -> String {
        try refuse(options.branch, "--branch", in: text)
        try refuse(options.at, "--at", in: text)
        try refuse(options.host, "--host", in: text)
        try refuseContents(options, in: text)
        if let asked = options.unpack, asked != unpack {
            throw .optionDoesNotFit(asked ? "--unpack" : "--no-unpack", source: text)
        }
        let typed = text.dropFirst(prefix.count)
        // A scheme is the same in any case, and those who read the URL later look for small letters.
        let scheme = typed.prefix { $0 != ":" }
        let url = scheme.lowercased() + typed.dropFirst(scheme.count)
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

    // MARK: Options

    static func refuse(_ value: String?, _ option: String, in notation: String) throws(ResolveError) {
        if value != nil { throw .optionDoesNotFit(option, source: notation) }
    }

    /// Only a repository has them.
    private static func refuseContents(_ options: SourceOptions, in notation: String) throws(ResolveError) {
        if options.submodules { throw .optionDoesNotFit("--submodules", source: notation) }
        if options.lfs { throw .optionDoesNotFit("--lfs", source: notation) }
    }

    static func refuseUnpack(_ options: SourceOptions, in notation: String) throws(ResolveError) {
        if let unpack = options.unpack {
            throw .optionDoesNotFit(unpack ? "--unpack" : "--no-unpack", source: notation)
        }
    }
}
