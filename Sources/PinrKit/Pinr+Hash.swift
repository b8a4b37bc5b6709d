internal import Archive
internal import Fetchers
public import JSON
public import NixHash
internal import Resolvers
internal import SourceTree
internal import Threads
internal import Transfer

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// How a thing is hashed.
public enum HashMethod: String, Sendable {
    /// The NAR of a tree.
    case nar
    /// The bytes as they are.
    case flat
}

/// A hash, and what it is of.
public struct HashOutcome: Sendable, Equatable {
    public let digest: SHA256Digest
    public let method: HashMethod
    public let storePath: StorePath
    /// The flat hash of the archive whose tree it is of, where that was asked for.
    public let archive: SHA256Digest?

    /// The document of `hash --json`.
    public var json: JSON {
        var json: JSONObject = [
            "hash": .string(digest.sri), "nix32": .string(digest.nix32), "hex": .string(digest.hex),
            "method": .string(method.rawValue), "storePath": .string(storePath.description),
        ]
        if let archive { json["flat"] = .string(archive.sri) }
        return .object(json)
    }
}

extension Pinr {
    /// Hashes a folder, a file, an archive or what is behind a URL.
    /// - Parameters:
    ///   - target: a path, or an `http`, `https` or `file` URL.
    ///   - unpacks: true for the tree of an archive, false for bytes as they are, nil for what the target is: a
    ///     folder's tree, a file's bytes.
    ///   - withArchive: whether an archive that is unpacked is hashed itself too, in the same pass.
    /// - Throws: `Problem`, and what reading and hashing throw.
    public func hash(_ target: String, unpacks: Bool?, withArchive: Bool = false) async throws -> HashOutcome {
        let isURL = ["http://", "https://", "file://"].contains { target.lowercased().hasPrefix($0) }
        if isURL {
            if unpacks == true {
                let download = try await tarball(target, pin: nil, withArchive: withArchive)
                return try tree(download.hash, archive: download.archive)
            }
            return try file(try await context.fetchers.file(url: target).hash, Notation.storeName(of: target))
        }

        if target.contains("://") {
            throw Problem(
                .usage,
                "`\(printable(URLText.withoutCredentials(target)))` is not a path, nor an http, https or file URL",
                hint: "for a repository, `pinr add --dry-run` says the hash")
        }
        switch (try Self.kind(of: target), unpacks) {
        case (.folder, nil):
            let limits = context.limits
            return try tree(
                try await onThread { try FolderHash.hash(path: target, limits: limits, cancellation: $0) }.digest)
        case (.folder, let unpacks?):
            throw Problem(
                .usage, "`\(target)` is a folder, which is neither unpacked nor hashed as a file",
                hint: "leave out `\(unpacks ? "--unpack" : "--flat")`")
        case (.file, true?):
            let (spool, limits) = (context.temporaryDirectory, context.limits)
            let summary = try await Problem.at(target, isURL: false) {
                try await onThread { cancellation in
                    try ArchiveHash.hash(
                        opening: { try FileByteSource(path: target) },
                        plan: ReadingPlan(excess: .isTrusted, hashesArchive: withArchive), spoolDirectory: spool,
                        limits: limits, cancellation: cancellation)
                }
            }
            for divergence in summary.divergences { context.console.warn(Notice(divergence)) }
            return try tree(summary.nar.digest, archive: summary.archive)
        case (.file, _):
            let name = target.utf8.split(separator: UInt8(ascii: "/")).last.map { Array($0) } ?? []
            return try file(
                try await onThread { try FlatHash.hash(path: target, cancellation: $0) },
                StorePath.sanitized(bytes: name))
        }
    }

    private func tree(_ digest: SHA256Digest, archive: SHA256Digest? = nil) throws -> HashOutcome {
        HashOutcome(
            digest: digest, method: .nar, storePath: try StorePath(recursive: digest, name: "source"), archive: archive)
    }

    private func file(_ digest: SHA256Digest, _ name: String) throws -> HashOutcome {
        HashOutcome(
            digest: digest, method: .flat, storePath: try StorePath(flat: digest, name: name), archive: nil)
    }

    private enum Kind {
        case folder
        case file
    }

    private static func kind(of path: String) throws(ArchiveError) -> Kind {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .unreadable(path: path, errnum: errno) }
        return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
    }
}
