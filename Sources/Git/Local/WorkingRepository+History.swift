internal import CGit2
internal import Threads

/// A commit that changed a file.
public struct FileRevision: Sendable, Equatable {
    public let commit: ObjectID
    /// When it was committed, in seconds since 1970 UTC.
    public let time: Int64
    /// The author's name; what is no UTF-8 in it is replaced.
    public let author: String
    /// The first paragraph of the message in one line.
    public let subject: String
    /// What the file has since then; nil when the commit removed it, or put something else in its place.
    public let content: [UInt8]?

    public init(commit: ObjectID, time: Int64, author: String, subject: String, content: [UInt8]?) {
        self.commit = commit
        self.time = time
        self.author = author
        self.subject = subject
        self.content = content
    }
}

extension WorkingRepository {
    /// The commits that made a file what it is in a commit, newest first: those, in the same order, that
    /// `git log COMMIT -- FILE` lists.
    ///
    /// As there (git-log(1), "History Simplification", the default mode), of a merge that has the file as one of its
    /// parents only that parent's history is followed, so that a change that a merge threw away is not listed; a merge
    /// whose file is like that of no parent is. Where a shallow clone is cut off, its last commits have made all files.
    /// Renames are not followed.
    /// - Parameters:
    ///   - path: from the top, as `relativePath` has it.
    ///   - limit: how many revisions are wanted.
    ///   - size: how many bytes the file may have in each.
    /// - Throws: `WorkingRepositoryError.tooLarge`, `.missingObject` and others
    public func history(
        of path: String, from commit: ObjectID, limit: Int, size: Int
    ) throws(WorkingRepositoryError) -> [FileRevision] {
        let repository = try open()
        var walk = FileWalk(path: path, roots: shallowRoots, from: try repository.point(commit, path))
        var revisions: [FileRevision] = []
        while revisions.count < limit, let point = walk.next() {
            guard try walk.visit(point, in: repository) else { continue }
            var content: [UInt8]?
            if let entry = point.entry, entry.isRegularFile {
                content = try repository.blob(entry.id, path: path, limit: size)
            }
            revisions.append(try repository.revision(point, content))
        }
        return revisions
    }

    /// The commits of a shallow clone whose parents are not there.
    private var shallowRoots: Set<ObjectID> {
        let bytes = (try? WholeFile.read(LocalPath.join(commonDirectory, "shallow"), limit: 16 << 20)) ?? []
        return Set(bytes.split(separator: UInt8(ascii: "\n")).compactMap { ObjectID(hexDigits: $0) })
    }
}

/// A commit, and what it has at a path.
private struct Point {
    let id: ObjectID
    let time: Int64
    let parents: [ObjectID]
    let entry: LocalTreeEntry?
}

/// Goes back through history by the dates of commits, as git does.
private struct FileWalk {
    private let path: String
    private let roots: Set<ObjectID>
    private var seen: Set<ObjectID>
    private var pending = NewestFirst<Point>()

    init(path: String, roots: Set<ObjectID>, from start: Point) {
        (self.path, self.roots) = (path, roots)
        seen = [start.id]
        pending.insert(start, time: start.time)
    }

    mutating func next() -> Point? { pending.pop() }

    /// Goes on to the parents that matter; whether the commit changed the file.
    mutating func visit(
        _ point: Point, in repository: borrowing RepositoryHandle
    ) throws(WorkingRepositoryError) -> Bool {
        let ids = roots.contains(point.id) ? [] : point.parents
        guard !ids.isEmpty else { return point.entry != nil }
        var parents: [Point] = []
        for id in ids {
            let parent = try repository.point(id, path)
            if parent.entry == point.entry {
                enqueue(parent)
                return false
            }
            parents.append(parent)
        }
        for parent in parents { enqueue(parent) }
        return true
    }

    private mutating func enqueue(_ point: Point) {
        guard seen.insert(point.id).inserted else { return }
        pending.insert(point, time: point.time)
    }
}

extension RepositoryHandle {
    fileprivate func point(_ id: ObjectID, _ path: String) throws(WorkingRepositoryError) -> Point {
        try withCommit(id) { (commit) throws(WorkingRepositoryError) in
            let parents = (0..<git_commit_parentcount(commit)).compactMap { ObjectID(git_commit_parent_id(commit, $0)) }
            return Point(
                id: id, time: git_commit_time(commit), parents: parents, entry: try entry(path, of: commit))
        }
    }

    fileprivate func revision(_ point: Point, _ content: [UInt8]?) throws(WorkingRepositoryError) -> FileRevision {
        try withCommit(point.id) { (commit) throws(WorkingRepositoryError) in
            let author = git_commit_author(commit).map { cBytes($0.pointee.name) } ?? []
            return FileRevision(
                commit: point.id, time: point.time, author: String(decoding: author, as: UTF8.self),
                subject: String(decoding: cBytes(git_commit_summary(commit)), as: UTF8.self), content: content)
        }
    }
}
