internal import Git
public import JSON
internal import Lockfile
internal import Resolvers
internal import Threads
public import Updates

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// What `diff` was asked to compare.
public struct DiffRequest: Sendable {
    /// A revision of git, a file, or `REVISION:FILE`; nil for `HEAD`.
    public var old: String?
    /// The same; nil for the file as it is now.
    public var new: String?
    /// Whether upstream is asked for the commits in between.
    public var wantsCommits = true

    public init() {}
}

/// One of the two states that `diff` compares.
public struct DiffSide: Sendable, Equatable {
    /// The file, as it is told: below the top of the work tree for one in a commit.
    public let file: String
    /// The revision as it was asked for; nil for a file on disk.
    public var revision: String?
    /// The commit that the revision stands for; nil for a file on disk, and where there is no commit yet.
    public var commit: String?
    /// Whether there is such a file.
    public var isThere = true

    /// `{"file", "revision"?, "commit"?, "exists": bool}`
    public var json: JSON {
        var object: JSONObject = ["file": .string(file), "exists": .bool(isThere)]
        object["revision"] = revision.map { .string($0) }
        object["commit"] = commit.map { .string($0) }
        return .object(object)
    }
}

/// What `diff` found.
public struct DiffReport: Sendable, Equatable {
    public let old: DiffSide
    public let new: DiffSide
    public let difference: LockDifference

    /// The document of `diff --json`.
    public var json: JSON {
        var object = difference.json { Problem(describing: $0).json }
        object["old"] = old.json
        object["new"] = new.json
        return .object(object)
    }
}

extension Pinr {
    /// Compares two states of the lock.
    /// - Throws: `LockfileError`, `WorkingRepositoryError`, `CancellationError`; `Problem` for what names no state, or may
    ///   name two.
    public func diff(_ request: DiffRequest) async throws -> DiffReport {
        let states = try await onThread { [self] _ in
            let places = DiffPlaces(context.store, environment: context.environment)
            let old = try places.state(request.old, otherwise: .revision("HEAD"))
            return (old: old, new: try places.state(request.new, otherwise: .file(places.lock)))
        }
        for side in [states.old.side, states.new.side] where !side.isThere {
            let revision = printable(side.revision ?? "")
            context.console.warn(
                Notice(
                    side.commit == nil
                        ? "nothing is committed yet, so that there is no pin to compare with"
                        : "`\(revision)` has no `\(printable(side.file))`, so that it counts as one without pins"))
        }
        var difference = LockDifference(from: states.old.state, to: states.new.state)
        for index in difference.changed.indices where difference.changed[index].hasMoved {
            let changed = difference.changed[index]
            if let source = try? SourceTypes.read(changed.new.source) {
                difference.changed[index].change.compareURL = compareURL(
                    source, from: changed.old.locked, to: changed.new.locked)
            }
        }
        if request.wantsCommits { try await addDetails(to: &difference) }
        return DiffReport(old: states.old.side, new: states.new.side, difference: difference)
    }

    private func addDetails(to difference: inout LockDifference) async throws {
        let moved = difference.changed.indices.filter { difference.changed[$0].hasMoved }
        let detailed = try await detailed(moved.map { difference.changed[$0].change })
        for (index, change) in zip(moved, detailed) {
            difference.changed[index].change = change
            let (old, new) = (difference.changed[index].old, difference.changed[index].new)
            // Releases may stand on branches of their own, and another branch is no rewritten one.
            guard old.source.withoutTiming == new.source.withoutTiming, let source = try? SourceTypes.read(new.source),
                !source.isFixed, source.versionScheme == nil, let commits = change.commits, !commits.isReturn
            else { continue }
            if case .git(let before) = old.locked.fetch, case .git(let after) = new.locked.fetch, before.isRefTold,
                before.ref != after.ref
            {
                continue
            }
            difference.changed[index].change.isRewritten = (commits.gone ?? 0) > 0
        }
    }
}

/// Where states of the lock may be: in files, and in the commits of the repository that the lock is in.
private struct DiffPlaces {
    enum Place {
        case file(String)
        case revision(String)
        case revisionAndPath(String, String)
    }

    let lock: String
    /// Where that really is: git has nothing at a symbolic link but the link.
    private let realPath: String
    private let environment: [String: String]

    init(_ store: LockStore, environment: [String: String]) {
        (lock, realPath, self.environment) = (store.location.path, store.realPath, environment)
    }

    func state(_ text: String?, otherwise standard: Place) throws -> (side: DiffSide, state: LockState) {
        switch try text.map(place) ?? standard {
        case .file(let path):
            let store = LockStore(location: .file(path))
            do throws(LockfileError) {
                return (DiffSide(file: path), try LockState(parsing: try store.readBytes()))
            } catch {
                throw error.inFile(path)
            }
        case .revision(let revision):
            let repository = try requireRepository(for: revision)
            return try state(revision, try repository.relativePath(of: realPath), in: repository, asked: text)
        case .revisionAndPath(let revision, let path):
            return try state(revision, path, in: try requireRepository(for: revision), asked: text)
        }
    }

    /// The lock in a commit.
    private func state(
        _ revision: String, _ path: String, in repository: WorkingRepository, asked: String?
    ) throws -> (side: DiffSide, state: LockState) {
        var side = DiffSide(file: path, revision: revision)
        // Before the first commit there is nothing, unless somebody asked for it by name.
        if asked == nil, try repository.head().commit == nil {
            side.isThere = false
            return (side, LockState())
        }
        let commit = try repository.commit(revision)
        side.commit = commit.hex
        guard let bytes = try repository.file(path, in: commit, limit: LockDocument.maximumSize) else {
            side.isThere = false
            return (side, LockState())
        }
        do throws(LockfileError) {
            return (side, try LockState(parsing: bytes))
        } catch {
            throw error.inFile("\(revision):\(path)")
        }
    }

    // MARK: What an argument names

    /// A file or a revision, as git tells them apart: what could be both has to be said more plainly.
    private func place(_ text: String) throws -> Place {
        let file = Self.file(text)
        // What begins so is a path to everybody.
        if ["/", "./", "../"].contains(where: { text.hasPrefix($0) }) {
            if let file { return .file(file) }
            throw LockfileError(.notFound, file: text)
        }
        let repository = try repository()
        let isRevision = try repository.map { try Self.isRevision(text, in: $0) } ?? false
        switch (file, isRevision) {
        case (let file?, false): return .file(file)
        case (nil, true): return .revision(text)
        case (_?, true):
            throw Problem(
                .usage, "`\(printable(text))` is a revision and a file",
                hint: "`./\(printable(text))` is the file, `\(printable(text))^{commit}` the revision")
        case (nil, false): break
        }
        // A name of a ref has no colon.
        if let colon = text.firstIndex(of: ":"), colon != text.startIndex, let repository {
            let revision = String(text[..<colon])
            let path = String(text[text.index(after: colon)...])
            if !path.isEmpty, try Self.isRevision(revision, in: repository) {
                return .revisionAndPath(revision, try Self.pathInTree(path, repository))
            }
        }
        let hint =
            if repository == nil {
                "there is no git repository here; give two files"
            } else if text.contains("..") {
                "give the two as two arguments: `pinr diff OLD NEW`"
            } else {
                "`git log` lists revisions"
            }
        throw Problem(.notFound, "`\(printable(text))` is neither a file nor a revision", hint: hint)
    }

    /// The file of a path: `pins.json` in a folder; nil when there is nothing.
    private static func file(_ path: String) -> String? {
        var status = stat()
        guard !path.utf8.contains(0), stat(path, &status) == 0 else { return nil }
        return status.st_mode & S_IFMT == S_IFDIR ? LockLocation.directory(path).path : path
    }

    private static func isRevision(_ text: String, in repository: WorkingRepository) throws -> Bool {
        do throws(WorkingRepositoryError) {
            _ = try repository.commit(text)
            return true
        } catch {
            switch error {
            case .unknownRevision, .notACommit: return false
            default: throw error
            }
        }
    }

    /// A path behind a colon, which begins at the top unless it begins with `./` or `../`, as for git.
    private static func pathInTree(_ path: String, _ repository: WorkingRepository) throws -> String {
        guard ["./", "../"].contains(where: { path.hasPrefix($0) }) else { return path }
        return try repository.relativePath(of: path)
    }

    private func repository() throws -> WorkingRepository? {
        // That of the lock, which need not be that of the working directory.
        try WorkingRepository.discover(holding: realPath, environment: environment)
    }

    private func requireRepository(for revision: String) throws -> WorkingRepository {
        try WorkingRepository.require(
            holding: realPath, called: lock, environment,
            else: ", so that there is no `\(printable(revision))` to compare with",
            hint: "`pinr diff OLD NEW` compares two files")
    }
}
