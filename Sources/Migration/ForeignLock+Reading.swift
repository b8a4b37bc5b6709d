internal import Git
internal import JSON
internal import Lockfile
internal import NixHash
internal import Resolvers

extension ForeignLock {
    /// Takes the pin that `read` makes, or keeps the reason why it cannot: no other pin has to suffer from it.
    /// - Throws: what `read` throws and is about no pin.
    mutating func take(_ name: String, _ read: () throws -> ForeignPin) throws {
        do {
            pins.append(try read())
        } catch let reason as SkipReason {
            skipped.append(SkippedPin(name: name, reason: reason))
        } catch let error as LockfileError {
            skipped.append(SkippedPin(name: name, reason: .unreadable(error)))
        } catch let error as ResolveError {
            skipped.append(SkippedPin(name: name, reason: .refused(error)))
        } catch let error as GitError {
            skipped.append(SkippedPin(name: name, reason: .badRepository(error)))
        }
    }
}

extension JSON {
    /// The document that another tool wrote.
    /// - Throws: `LockfileError`, `malformed`
    init(foreign bytes: [UInt8]) throws(LockfileError) {
        do {
            self = try JSON(parsing: bytes)
        } catch {
            throw LockfileError(.malformed(error))
        }
    }
}

extension Fields {
    /// A digest in any spelling that Nix's fetchers take for `sha256`: also the digits alone, in any base; nil where there is
    /// none, or an empty one.
    /// - Throws: `LockfileError`
    func bareDigest(_ key: String) throws(LockfileError) -> SHA256Digest? {
        guard let text = try string(key), !text.isEmpty else { return nil }
        do {
            return try SHA256Digest(bare: text)
        } catch {
            throw problem(.notDigest(error), key)
        }
    }
}

extension SHA256Digest {
    /// A digest with its algorithm, or as the digits alone in any base.
    init(bare text: String) throws(DigestError) {
        let hasAlgorithm = text.utf8.contains { ":-".utf8.contains($0) }
        if hasAlgorithm { try self.init(parsing: text) } else { try self.init(parsingDigits: text) }
    }
}

extension Source {
    /// The source with one more field, as its type reads it.
    /// - Throws: `LockfileError`, `ResolveError`, `GitError`
    func with(_ field: String, _ value: String) throws -> any SourceType {
        var source = self
        source[field] = .string(value)
        return try SourceTypes.read(source)
    }
}

extension SourceType {
    /// The same at a REF of which only upstream can tell whether it is a branch or a tag.
    /// - Throws: `ResolveError`
    func following(_ ref: String) throws -> any SourceType {
        try following(ref, SourceOptions(), notation: summary)
    }
}

extension Notation {
    /// An archive or a file behind a URL, which has to be one that this program fetches from.
    /// - Throws: `ResolveError`, without a password; `SkipReason`
    static func webFile(_ url: String, unpacks: Bool, isMutable: Bool = false) throws -> any SourceType {
        let schemes = ["https://", "http://", "file://"]
        guard schemes.contains(where: { url.lowercased().utf8.starts(with: $0.utf8) }) else {
            // In the words that are said of the URL itself.
            let other = try parse(url, options: SourceOptions())
            throw SkipReason.unknownType(other.source.type)
        }
        var options = SourceOptions()
        if isMutable { options.mutable = true }
        return try parse((unpacks ? "tarball+" : "file+") + url, options: options)
    }
}
