internal import Git
public import JSON
internal import Lockfile
internal import Threads
internal import Updates

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// What setting up the merge driver, or taking it away, has changed.
public struct MergeDriverSetup: Sendable, Equatable {
    /// The file with git's attributes.
    public let attributes: String
    /// The files that the driver merges, as git names them.
    public let paths: [String]
    /// Whether the attributes were written; they were as they should be otherwise.
    public let isWritten: Bool
    /// The variables of the repository's configuration that were set, with their values; taken out, without.
    public let configuration: [(key: String, value: String?)]

    public static func == (left: Self, right: Self) -> Bool { left.json == right.json }

    /// The document of `merge-driver --install --json`.
    public var json: JSON {
        [
            "attributes": .string(attributes), "files": .array(paths.map { .string($0) }), "written": .bool(isWritten),
            "configuration": .object(
                JSONObject(configuration.map { ($0.key, $0.value.map { .string($0) } ?? .null) })),
        ]
    }
}

extension Pinr {
    private static let driverName = "merge.\(AttributesFile.driver).name"
    private static let driverCommand = "merge.\(AttributesFile.driver).driver"

    /// Sets up the merge driver for the lock and its `default.nix`: in the `.gitattributes` at the top of the repository,
    /// and in the repository's own configuration.
    /// - Parameter program: the word that runs pinr, as a shell reads it.
    /// - Throws: `Problem` where there is no repository; `WorkingRepositoryError`, `LockfileError`
    public func installMergeDriver(running program: String) async throws -> MergeDriverSetup {
        // Git puts something in the place of a percent sign and a letter.
        let program = program.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%")
        let command =
            "\(program) merge-driver --marker-size=%L --base-label=%S --ours-label=%X --theirs-label=%Y -- %O %A %B %P"
        return try await setUp { repository, paths, file in
            let values = [(Self.driverName, "pinr, pin by pin"), (Self.driverCommand, command)]
            for (key, value) in values { try repository.set(key, to: value) }
            return (AttributesFile.adding(paths, to: file), values.map { ($0, $1) })
        }
    }

    /// Takes away what `installMergeDriver` set up.
    /// - Throws: as `installMergeDriver`
    public func uninstallMergeDriver() async throws -> MergeDriverSetup {
        try await setUp { repository, paths, file in
            let gone = try [Self.driverName, Self.driverCommand].filter { try repository.unset($0) }
            return (AttributesFile.removing(paths, from: file), gone.map { ($0, nil) })
        }
    }

    private func setUp(
        _ change:
            @escaping @Sendable (WorkingRepository, [String], [UInt8]) throws -> (
                file: [UInt8], configuration: [(key: String, value: String?)]
            )
    ) async throws -> MergeDriverSetup {
        let (store, environment) = (context.store, context.environment)
        return try await onThread { _ in
            let repository = try WorkingRepository.require(
                holding: store.realPath, called: store.location.path, environment,
                hint: "run it in the repository, or say with `--directory` where the lock is")
            let paths = try [store.realPath, store.location.defaultNixPath].compactMap(\.self)
                .map { try repository.relativePath(of: $0) }
            guard let top = repository.workTree else {
                throw WorkingRepositoryError.bare(path: repository.gitDirectory)
            }
            let attributes = top.hasSuffix("/") ? "\(top).gitattributes" : "\(top)/.gitattributes"
            let old = try Self.attributes(at: attributes)
            let (new, configuration) = try change(repository, paths, old ?? [])
            let isWritten = new != old ?? []
            if isWritten && new.isEmpty {
                guard unlink(attributes) == 0 || errno == ENOENT else {
                    throw Problem(.io, "cannot remove `\(printable(attributes))`: \(systemMessage(errno))")
                }
            } else if isWritten {
                _ = try WrittenFile.write(new, to: attributes, isReplaced: true)
            }
            return MergeDriverSetup(
                attributes: attributes, paths: paths, isWritten: isWritten, configuration: configuration)
        }
    }

    /// What stands in a `.gitattributes`; nil when there is none.
    private static func attributes(at path: String) throws(Problem) -> [UInt8]? {
        do throws(WholeFileError) {
            return try WholeFile.read(path, limit: 16 << 20)
        } catch {
            if case .system(errnum: ENOENT) = error { return nil }
            let reason = if case .system(let errnum) = error { systemMessage(errnum) } else { "it is no usual file" }
            throw Problem(.io, "cannot read `\(printable(path))`: \(reason)")
        }
    }
}
