internal import Git
internal import Lockfile
internal import Resolvers
internal import Threads
public import Updates
internal import Versions

/// What git hands to a merge driver.
public struct MergeRequest: Sendable {
    /// The files with the state that both sides come from, with ours, which the result replaces, and with theirs.
    public var ancestor: String
    public var current: String
    public var other: String
    /// What is merged, by its path in the work tree.
    public var pathname: String
    /// What the marks of conflicts look like. What was before is not shown, unless git's `merge.conflictStyle` says so.
    public var marks = ConflictMarks()
    /// What the state is called that both come from.
    public var baseLabel = "base"
    /// How long, in seconds, servers are asked about history before the dates decide.
    public var patience = 10.0

    public init(ancestor: String, current: String, other: String, pathname: String) {
        (self.ancestor, self.current, self.other, self.pathname) = (ancestor, current, other, pathname)
    }
}

extension Pinr {
    /// Merges two states of a lock, or of the `default.nix` beside one, and puts the result in the place of ours.
    ///
    /// - Throws: `Problem` when a state cannot be read; the file of ours is then as it was.
    public func merge(_ request: MergeRequest) async throws -> MergeReport {
        let (ancestor, ours, theirs) = try await onThread { _ in
            (
                try Self.bytes(of: request.ancestor), try Self.bytes(of: request.current),
                try Self.bytes(of: request.other)
            )
        }
        if request.pathname.split(separator: "/").last.map({ $0.utf8.elementsEqual("default.nix".utf8) }) ?? false {
            guard let bytes = DefaultNixMerge.merged(ancestor: ancestor, ours: ours, theirs: theirs) else {
                throw Problem(
                    .badLock, "not merged: one side changed `\(printable(request.pathname))` by hand",
                    hint: "the file is left as ours has it; `pinr init --force` writes the one that pinr makes")
            }
            try await put(bytes, in: request)
            return MergeReport(path: request.pathname, facts: [], isConflict: false)
        }
        do {
            let merge = try LockMerge(ancestor: ancestor, ours: ours, theirs: theirs)
            if let error = merge.ancestorError {
                let path = "\(request.pathname) (ancestor)"
                context.console.warn(
                    Notice(
                        "what both sides come from cannot be read, so that nothing counts as removed: "
                            + Problem(describing: LockfileError(error.reason, file: path)).message))
            }
            let answers = try await answers(to: merge.questions, within: request.patience)
            let outcome = try merge.outcome { question in answers.first { $0.question == question }?.answer }
            var marks = request.marks
            if !outcome.isClean, await showsBase() { marks.base = request.baseLabel }
            try await put(outcome.bytes(marks: marks), in: request)
            return MergeReport(path: request.pathname, facts: outcome.facts, isConflict: !outcome.isClean)
        } catch let error as MergeError {
            throw Problem(describing: error, at: request.pathname)
        }
    }

    private static func bytes(of path: String) throws(Problem) -> [UInt8] {
        do throws(WholeFileError) {
            return try WholeFile.read(path, limit: LockDocument.maximumSize)
        } catch {
            switch error {
            case .system(let errnum):
                throw Problem(.io, "cannot read `\(printable(path))`: \(systemMessage(errnum))")
            case .notRegular: throw Problem(.badLock, "`\(printable(path))` is not a file")
            case .tooLarge(let limit):
                throw Problem(.badLock, "`\(printable(path))` is no lock: it has more than \(limit >> 20) MiB")
            }
        }
    }

    private func put(_ bytes: [UInt8], in request: MergeRequest) async throws {
        try Task.checkCancellation()
        _ = try await onThread { _ in try WrittenFile.write(bytes, to: request.current, isReplaced: true) }
    }

    /// Whether git's configuration wants what was before to be shown.
    private func showsBase() async -> Bool {
        let environment = context.environment
        let style = try? await onThread { _ in
            try WorkingRepository.discover(from: ".", environment: environment)?.setting("merge.conflictStyle")
        }
        return style == "diff3" || style == "zdiff3"
    }

    // MARK: Which of two places is further

    private typealias Answer = (question: MoveQuestion, answer: MoveAnswer)

    /// What versions and git say; of what nobody can say in time there is no answer.
    private func answers(to questions: [MoveQuestion], within seconds: Double) async throws -> [Answer] {
        var answers: [Answer] = []
        var open: [MoveQuestion] = []
        for question in questions {
            if let side = higherVersion(question) {
                answers.append((question, .higher(side)))
            } else {
                open.append(question)
            }
        }
        guard !open.isEmpty, !context.isOffline else { return answers }
        let limit = context.jobs
        return try await answers
            + withThrowingTaskGroup(of: (Int, MoveAnswer?)?.self) { group in
                for (index, question) in open.prefix(limit).enumerated() {
                    group.addTask { (index, try await self.descendant(question)) }
                }
                group.addTask {
                    try await Task.sleep(for: .seconds(seconds))
                    return nil
                }
                var next = min(limit, open.count)
                var left = open.count
                var found: [Answer] = []
                while left > 0, let result = try await group.next(), let (index, answer) = result {
                    left -= 1
                    if let answer { found.append((open[index], answer)) }
                    guard next < open.count else { continue }
                    let (index, question) = (next, open[next])
                    group.addTask { (index, try await self.descendant(question)) }
                    next += 1
                }
                if left > 0 {
                    context.console.warn(
                        Notice("servers did not say within \(Int(seconds)) seconds what leads where; the dates decide"))
                }
                group.cancelAll()
                // Who was given up says so, which is no failure of the merge.
                while let result = await group.nextResult() { _ = result }
                try Task.checkCancellation()
                return found
            }
    }

    private func higherVersion(_ question: MoveQuestion) -> MergeSide? {
        guard let scheme = (try? SourceTypes.read(question.source))?.versionScheme,
            let mine = question.ours.version.flatMap({ Version($0, scheme: scheme) }),
            let other = question.theirs.version.flatMap({ Version($0, scheme: scheme) })
        else { return nil }
        let precedence = mine.precedence(over: other)
        return precedence == 0 ? nil : precedence > 0 ? .ours : .theirs
    }

    /// Which side has the other's commit in its history; nil when the server cannot tell.
    /// - Throws: `CancellationError`
    private func descendant(_ question: MoveQuestion) async throws -> MoveAnswer? {
        guard let url = (try? SourceTypes.read(question.source).refQuestion(of: context.upstream.hosts))?.url,
            let mine = question.ours.revision.flatMap({ ObjectID(hex: $0) }),
            let other = question.theirs.revision.flatMap({ ObjectID(hex: $0) })
        else { return nil }
        guard let isBehind = try await context.upstream.isAncestor(mine, of: other, at: url) else { return nil }
        if isBehind { return .descends(.theirs) }
        guard let isAhead = try await context.upstream.isAncestor(other, of: mine, at: url) else { return nil }
        return isAhead ? .descends(.ours) : .apart
    }
}
