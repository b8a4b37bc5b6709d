internal import Archive
internal import NixHash
internal import Threads
internal import Transfer
internal import Versions

/// `PACKAGES` of a repository of R packages: a stanza for each, of lines `Field: value` (R's `available.packages`).
struct CRANIndex: Sendable {
    /// What the index says of a package.
    struct Entry: Equatable, Sendable {
        let version: String
        let md5: PublishedDigest?
        /// The folder below the index's own, with a slash at its end; empty for the same.
        let folder: String
    }

    private let text: [UInt8]
    let url: String

    /// What an index may decompress to.
    private static let largest = 512 << 20

    init(text: [UInt8], url: String) {
        self.text = text
        self.url = url
    }

    // MARK: Fetching

    /// The index of a registry, which is asked for once in a run however many packages are looked up in it.
    /// - Throws: `ResolveError.malformedAnswer`, `ArchiveError`, `TransferError`
    static func shared(_ registry: Registry) async throws -> CRANIndex {
        try await registry.upstream.document(at: registry.base) { try await read(registry) }
    }

    private static func read(_ registry: Registry) async throws -> CRANIndex {
        let compressed = try await registry.get("/src/contrib/PACKAGES.gz")
        let plain = compressed == nil ? try await registry.get("/src/contrib/PACKAGES") : nil
        guard let response = compressed ?? plain else { throw registry.notFound("/src/contrib/PACKAGES") }
        let body = response.body
        let text = body.starts(with: [0x1F, 0x8B]) ? try await onThread { try decompress(body, $0) } : body
        let index = CRANIndex(text: text, url: response.printableURL)
        guard text.isEmpty || index.isIndex else {
            throw ResolveError.malformedAnswer(
                url: index.url, .notAnIndex(contentType: response.headers["Content-Type"]))
        }
        return index
    }

    private static func decompress(_ bytes: [UInt8], _ cancellation: Cancellation) throws -> [UInt8] {
        let source = DecodedSource(Bytes(bytes))
        var text: [UInt8] = []
        var chunk: [UInt8] = []
        while try source.next(&chunk) {
            try cancellation.throwIfCancelled()
            text += chunk
            guard text.count <= largest else {
                throw ArchiveError.expandsTooMuch(ratio: UInt64(text.count / bytes.count))
            }
        }
        return text
    }

    /// Bytes that are all there.
    private final class Bytes: ByteSource {
        private var rest: [UInt8]?

        init(_ bytes: [UInt8]) { rest = bytes.isEmpty ? nil : bytes }

        let interruption: @Sendable () -> Void = {}

        func next(_ chunk: inout [UInt8]) throws -> Bool {
            guard let bytes = rest.take() else { return false }
            chunk = bytes
            return true
        }
    }

    private var isIndex: Bool {
        text.starts(with: "Package:".utf8) || Self.position(of: "\nPackage:", in: text[...]) != nil
    }

    // MARK: Looking up

    /// The newest version that the index lists of a package; nil where it lists none.
    ///
    /// A package may be listed several times, for versions of R: in another folder for those that are not the current one.
    /// - Throws: `ResolveError.malformedAnswer`
    func newest(of package: String) throws(ResolveError) -> Entry? {
        let entries = try entries(of: package)
        let here = entries.filter { $0.folder.isEmpty }
        return (here.isEmpty ? entries : here).max { left, right in
            guard let first = Version(left.version, scheme: .r), let second = Version(right.version, scheme: .r) else {
                return Version(left.version, scheme: .r) == nil
            }
            return first < second
        }
    }

    private func entries(of package: String) throws(ResolveError) -> [Entry] {
        var entries: [Entry] = []
        let line = "Package: \(package)"
        var start = text.startIndex
        while let found = Self.position(of: line, in: text[start...]) {
            start = found + line.utf8.count
            guard found == 0 || text[found - 1] == UInt8(ascii: "\n") else { continue }
            // An index that was made on Windows has its lines end as there.
            let rest = text[start...].drop { $0 == 0x20 || $0 == 0x0D }
            guard rest.isEmpty || rest.first == UInt8(ascii: "\n") else { continue }
            start = min(rest.startIndex + 1, text.endIndex)
            if let entry = try entry(at: start, package) { entries.append(entry) }
        }
        return entries
    }

    /// Reads a stanza behind its first line.
    private func entry(at start: Int, _ package: String) throws(ResolveError) -> Entry? {
        var fields: [String: String] = [:]
        // Line by line: of a whole index, what follows the stanza is nearly all.
        var rest = text[start...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") }
            rest = rest[line.endIndex...].dropFirst()
            if line.isEmpty || line.elementsEqual([0x0D]) { break }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), line.first != 0x20, line.first != 0x09 else {
                continue
            }
            let value = line[(colon + 1)...].filter { $0 > 0x20 }
            fields[String(decoding: line[..<colon], as: UTF8.self)] = String(decoding: value, as: UTF8.self)
        }
        guard let version = fields["Version"] else {
            throw .malformedAnswer(url: url, .missing(path: "Version of \(package)"))
        }
        var md5: PublishedDigest?
        if let text = fields["MD5sum"] {
            md5 = PublishedDigest(.md5, hex: text)
            guard md5 != nil else {
                throw .malformedAnswer(
                    url: url,
                    .illegal(path: "MD5sum of \(package)", value: text, expected: "32 hexadecimal digits of md5"))
            }
        }
        let folder = fields["Path"] ?? ""
        guard folder.isEmpty || Notation.arePathComponents(folder[...]) else { return nil }
        return Entry(version: version, md5: md5, folder: folder.isEmpty ? "" : folder + "/")
    }

    /// The versions of a package that the page of a folder links to, as web servers write it.
    static func versions(in page: [UInt8], of package: String) -> [String] {
        let (beginning, ending) = ("\(package)_", ".tar.gz")
        var versions: [String] = []
        var known: Set<String> = []
        for piece in page.split(whereSeparator: { "\"'<>= ".utf8.contains($0) }) {
            // A link may be the whole path.
            let name = String(decoding: piece.split(separator: UInt8(ascii: "/")).last ?? [], as: UTF8.self)
            guard name.hasPrefix(beginning), name.hasSuffix(ending),
                name.utf8.count > beginning.utf8.count + ending.utf8.count
            else { continue }
            let version = String(name.dropFirst(beginning.count).dropLast(ending.count))
            if known.insert(version).inserted { versions.append(version) }
        }
        return versions
    }

    /// Where a text begins in bytes; nil where it does not.
    private static func position(of text: String, in bytes: ArraySlice<UInt8>) -> Int? {
        let wanted = Array(text.utf8)
        guard let first = wanted.first, bytes.count >= wanted.count else { return nil }
        return bytes.withUnsafeBufferPointer { buffer in
            for start in 0...(buffer.count - wanted.count) where buffer[start] == first {
                var length = 1
                while length < wanted.count && buffer[start + length] == wanted[length] { length += 1 }
                if length == wanted.count { return bytes.startIndex + start }
            }
            return nil
        }
    }
}
