internal import Git
internal import JSON
internal import Lockfile
internal import NixHash
internal import Transfer

/// A source that is a URL of its own, of an archive or of a file: `TYPE {url, mutable?, unpack?, dir?}`.
protocol WebFileSource: SourceType {
    /// Whether what is behind the URL is unpacked when nothing else is said.
    static var unpacks: Bool { get }

    var file: WebFile { get }

    init(_ file: WebFile)
}

extension WebFileSource {
    /// What the notation begins with for a URL of the type, whatever it is called.
    static var prefix: String { type + "+" }
    static var schemes: [String] { ["https", "http", "file"].map { prefix + $0 } }
    static var options: Set<SourceOptions.Name> { [.unpack, .mutable] }
    static var fields: Set<String> { ["url", "mutable", "unpack", "dir"] }

    init(url: String, isMutable: Bool = false) {
        self.init(WebFile(url: url, isMutable: isMutable, unpacks: Self.unpacks))
    }

    static func parse(_ notation: String, _ options: SourceOptions) throws -> any SourceType {
        if let unpack = options.unpack, unpack != unpacks {
            throw ResolveError.optionDoesNotFit(unpack ? "--unpack" : "--no-unpack", source: notation)
        }
        return Self(url: try Notation.plainURL(notation, dropping: prefix), isMutable: options.mutable ?? false)
    }

    init(_ source: Source) throws { self.init(try WebFile(source, unpacks: Self.unpacks)) }

    var source: Source { Source(type: Self.type, fields: file.fields(unpacking: Self.unpacks)) }

    var summary: String {
        "\(Self.type) \(file.url)" + (file.directory.map { " dir \($0)" } ?? "") + (file.isMutable ? " mutable" : "")
    }

    /// Of the type that says by itself whether it unpacks.
    func changed(by options: SourceOptions) -> any SourceType {
        var changed = WebFile(url: file.url, isMutable: options.mutable ?? file.isMutable, unpacks: file.unpacks)
        changed.unpacks = options.unpack ?? file.unpacks
        // Only a tree has folders.
        changed.directory = changed.unpacks ? file.directory : nil
        return changed.unpacks ? TarballSource(changed) : FileSource(changed)
    }

    func resolve(
        in upstream: Upstream, after locked: Locked?, within limit: AgeLimit?
    ) async throws -> Resolution {
        try await file.resolve(in: upstream, after: locked, within: limit)
    }
}

/// An archive or a file behind a URL of its own.
struct WebFile: Equatable, Sendable {
    let url: String
    /// Whether what is behind the URL changes, so that it is asked where it leads.
    var isMutable = false
    /// Whether it is an archive whose tree is wanted.
    var unpacks: Bool
    /// The folder in the tree that is meant, as in flakes. All of it is fetched; who uses the pin looks there.
    var directory: String?

    init(url: String, isMutable: Bool = false, unpacks: Bool, directory: String? = nil) {
        self.url = url
        self.isMutable = isMutable
        self.unpacks = unpacks
        self.directory = directory
    }

    /// - Parameter default: whether the type unpacks.
    /// - Throws: `LockfileError`
    init(_ source: Source, unpacks default: Bool) throws {
        url = try source.requiredText("url")
        isMutable = try source.boolean("mutable") ?? false
        unpacks = try source.boolean("unpack") ?? `default`
        directory = try source.folder("dir")
    }

    /// The fields of `source`; what the type says by itself has none.
    ///
    /// - Parameter default: whether the type unpacks.
    func fields(unpacking default: Bool) -> JSONObject {
        var fields: JSONObject = ["url": .string(url)]
        if isMutable { fields["mutable"] = true }
        if unpacks != `default` { fields["unpack"] = .bool(unpacks) }
        fields["dir"] = directory.map { .string($0) }
        return fields
    }

    /// What is behind a URL, as the fetch that it is.
    private func fetch(_ url: String) -> Resolution.Fetch {
        unpacks ? .tarball(url: url) : .file(url: url, name: Notation.storeName(of: url))
    }

    // MARK: What it means now

    func resolve(
        in upstream: Upstream, after locked: Locked?, within limit: AgeLimit?
    ) async throws -> Resolution {
        guard isMutable, !url.hasPrefix("file:") else {
            var resolution = Resolution(fetch(url), dating: .server)
            resolution.isMutable = isMutable
            return resolution
        }
        let known = locked?.validator.flatMap { Validator(text: $0) }
        // A file's encoding is part of what its tag is of.
        let headers = [("Accept-Encoding", "identity")] + (known?.condition.map { [$0] } ?? [])
        let asked = try await upstream.head(of: url, headers: headers)
        // HEAD is refused in many ways, also by who has signed a URL for GET.
        let needsGet = [400, 403, 404].contains(asked.status) && asked.rateLimit == nil
        let answer = needsGet ? try await upstream.beginning(of: url, headers: headers) : asked
        var resolution = try resolution(of: answer, known, locked, limit)
        // What is fetched from here is asked once more, as it will be fetched: there are servers that link to the
        // immutable URL in the answer to a GET alone.
        if resolution.remarks != [], !resolution.isNotModified, !needsGet {
            resolution = try self.resolution(
                of: await upstream.beginning(of: url, headers: headers), known, locked, limit)
        }
        return resolution
    }

    /// What an answer to the URL means.
    ///
    /// - Parameter known: what belongs to the body that is locked.
    private func resolution(
        of answer: TransferResponse, _ known: Validator?, _ locked: Locked?, _ limit: AgeLimit?
    ) throws -> Resolution {
        guard (200..<300).contains(answer.status) || answer.status == 304 && known?.condition != nil else {
            throw answer.failure(url: url)
        }
        if let link = try ImmutableLink(in: answer), !ExpiringURL.isOne(link.url) {
            var resolution = Resolution(
                fetch(link.url), revision: link.revision, dating: link.lastModified.map { .stated($0) } ?? .server)
            resolution.statedHash = link.hash
            resolution.aging = limit.map { Aging(ofOnly: link.lastModified ?? answer.lastModified, within: $0) }
            return resolution
        }
        let isSame = known.map { $0.matches(answer) }
        let target = Self.lockableRedirect(answer)
        var resolution = Resolution(fetch(target ?? url), dating: .server)
        resolution.isMutable = true
        resolution.aging = limit.map { Aging(ofOnly: answer.lastModified, within: $0) }
        // A redirect's target is taken at its word where there is nothing to go by; the URL itself is not.
        resolution.isNotModified = isSame ?? (target != nil)
        if target == nil { resolution.remarks = [answer.redirects.isEmpty ? .noImmutableURL(url) : .noLastingURL(url)] }
        return resolution
    }

    /// The URL behind a response's redirects that is worth locking: the last before the first that will not last, unless
    /// it is the same as the one that was asked but for its host; nil where there is none.
    static func lockableRedirect(_ response: TransferResponse) -> String? {
        let chain = response.redirects + [response.url]
        guard let asked = chain.first,
            let target = chain.dropFirst().prefix(while: { !ExpiringURL.isOne($0) }).last
        else { return nil }
        let (old, new) = (URLParts(asked), URLParts(target))
        // With a slash at its end, a folder is what it was without.
        func place(_ url: URLParts) -> [Substring.UTF8View] { url.path.split(separator: UInt8(ascii: "/")) }
        let isSamePlace = place(old).elementsEqual(place(new), by: { $0.elementsEqual($1) }) && old.query == new.query
        return isSamePlace ? nil : new.query.map { "\(new.base)?\($0)" } ?? new.base
    }
}
