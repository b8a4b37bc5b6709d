internal import Threads

/// Fetches the submodules of a commit, then theirs, and so on, each commit of a repository once.
struct SubmoduleGathering {
    /// Some times what the largest known tree of repositories has.
    static let maximumSubmodules = 1000
    /// How many are fetched at a time.
    private static let concurrency = 4

    private let remotes: GitRemotes
    private let repositories: FetchedRepositories
    private let limit: Int
    private var parts: [TreeAssembly.Part] = []
    private var indices: [SubmodulePlaces.Wanted: Int] = [:]
    /// For each part the path of its first place, with a slash at its end unless it is the whole tree, and its URL.
    private var places: [(path: [UInt8], url: GitURL)] = []
    private var remarks: [SubmoduleRemark] = []

    /// - Parameter limit: how many submodules are fetched.
    init(_ remotes: GitRemotes, _ repositories: FetchedRepositories, limit: Int = maximumSubmodules) {
        self.remotes = remotes
        self.repositories = repositories
        self.limit = limit
    }

    /// Fetches and plans whatever belongs below a commit.
    /// - Throws: `GitError`, `SubmoduleError`, `CancellationError`
    mutating func gather(_ plan: TreePlan, of url: GitURL) async throws {
        add(plan, at: [], of: url)
        // One level of submodules after the other. A commit has those before it in its own name, so that this ends.
        var level = parts.indices
        while !level.isEmpty {
            let wanted = try await bind(level)
            let fetched = try await fetchAll(wanted)
            let plans = try await Self.plan(fetched, after: parts.map(\.plan))
            level = parts.endIndex..<(parts.endIndex + plans.count)
            for (place, plan) in zip(wanted, plans) { add(plan, at: place.path, of: place.wanted.url) }
        }
    }

    /// The plan of the whole tree, and what there is to say about it.
    /// - Throws: `GitError`, `CancellationError`
    func assembled() async throws -> (TreePlan, [SubmoduleRemark]) {
        let parts = parts
        let plan = try await onThread { try TreeAssembly(parts, cancellation: $0).plan() }
        return (plan, remarks.sorted { $0.path.lexicographicallyPrecedes($1.path) })
    }

    private mutating func add(_ plan: TreePlan, at path: [UInt8], of url: GitURL) {
        parts.append(TreeAssembly.Part(plan: plan, submodules: plan.gitlinks.map { _ in nil }))
        places.append((path.isEmpty ? [] : path + [UInt8(ascii: "/")], url))
    }

    // MARK: One level

    /// A commit that is to be fetched, and the first place for it.
    private struct Place: Sendable {
        let wanted: SubmodulePlaces.Wanted
        /// From the top of the whole tree.
        let path: [UInt8]

        func error(_ cause: any Error) -> any Error {
            if cause is CancellationError { return cause }
            return SubmoduleError(
                path: Sanitized.line(path), url: wanted.url.text, revision: wanted.commit, cause: cause)
        }
    }

    /// Finds out what belongs into the places of some parts; what is not there yet will be, in the order of the result.
    private mutating func bind(_ level: Range<Int>) async throws -> [Place] {
        let known = level.map { (plan: parts[$0].plan, path: places[$0].path, url: places[$0].url) }
        let found = try await onThread { cancellation in
            try known.map { part in
                try cancellation.throwIfCancelled()
                defer { part.plan.origins.first?.repository.database.rest() }
                do {
                    return try SubmodulePlaces(in: part.plan, of: part.url)
                } catch {
                    throw Self.error(error, in: part.plan, at: part.path, of: part.url)
                }
            }
        }
        var new: [Place] = []
        for (index, found) in zip(level, found) {
            let path = places[index].path
            remarks += found.remarks.map { SubmoduleRemark($0.kind, path: path + $0.path) }
            for (position, wanted) in found.wanted.enumerated() {
                let place = path + parts[index].plan.gitlinks[position].path
                for wanted in wanted {
                    parts[index].submodules[position] = indices[wanted] ?? parts.count + new.count
                    guard indices[wanted] == nil else { continue }
                    guard parts.count + new.count <= limit else {
                        throw GitError.submodule(path: Sanitized.line(place), .tooMany(limit: limit))
                    }
                    indices[wanted] = parts.count + new.count
                    new.append(Place(wanted: wanted, path: place))
                }
            }
        }
        return new
    }

    /// What went wrong in a repository, which unless it is the whole tree's own is a submodule.
    private static func error(
        _ error: any Error, in plan: TreePlan, at path: [UInt8], of url: GitURL
    ) -> any Error {
        guard !path.isEmpty, let commit = plan.origins.first?.commit else { return error }
        if case .submodule(let place, let fault)? = error as? GitError {
            return GitError.submodule(path: Sanitized.line(path) + place, fault)
        }
        return Place(
            wanted: SubmodulePlaces.Wanted(url: url, commit: commit), path: Array(path.dropLast())
        ).error(error)
    }

    /// A commit that was fetched for a place.
    private struct Fetched: Sendable {
        let place: Place
        let repository: GitRepository
    }

    private func fetchAll(_ places: [Place]) async throws -> [Fetched] {
        let (remotes, repositories) = (remotes, repositories)
        return try await withThrowingTaskGroup(of: (Int, Fetched).self) { group in
            var fetched = [Fetched?](repeating: nil, count: places.count)
            var next = 0
            func start() {
                guard next < places.count else { return }
                let (index, place) = (next, places[next])
                next += 1
                group.addTask {
                    do {
                        let commit = try await remotes.fetch(place.wanted.commit, of: place.wanted.url, ref: nil)
                        repositories.add(commit.repository)
                        commit.repository.database.rest()
                        // What a place holds is a commit, and no tag that leads to one.
                        guard commit.commit == place.wanted.commit else {
                            throw GitError.notACommit(place.wanted.commit)
                        }
                        return (index, Fetched(place: place, repository: commit.repository))
                    } catch {
                        throw place.error(error)
                    }
                }
            }
            for _ in 0..<Self.concurrency { start() }
            while let (index, commit) = try await group.next() {
                fetched[index] = commit
                start()
            }
            return fetched.compactMap { $0 }
        }
    }

    /// Plans one after the other, so that together they are never much larger than one may be.
    private static func plan(_ fetched: [Fetched], after plans: [TreePlan]) async throws -> [TreePlan] {
        try await onThread { cancellation in
            // At most half of the nodes are ends of folders, which do not count.
            var left = TreePlan.maximumEntries - plans.reduce(0) { $0 + $1.nodes.count / 2 }
            return try fetched.map { fetched in
                let wanted = fetched.place.wanted
                defer { fetched.repository.database.rest() }
                do {
                    let plan = try fetched.repository.plan(
                        ofCommit: wanted.commit, url: wanted.url, limit: max(1, left), cancellation: cancellation)
                    left -= plan.nodes.count / 2
                    return plan
                } catch {
                    throw fetched.place.error(error)
                }
            }
        }
    }
}

/// Why a submodule cannot be had.
public struct SubmoduleError: Error, Sendable {
    /// The path of its place, from the top of the whole tree.
    public let path: String
    public let url: String
    /// The commit that belongs there.
    public let revision: ObjectID
    /// What went wrong: `GitError` or `TransferError`, mostly.
    public let cause: any Error

    public init(path: String, url: String, revision: ObjectID, cause: any Error) {
        self.path = path
        self.url = url
        self.revision = revision
        self.cause = cause
    }
}
