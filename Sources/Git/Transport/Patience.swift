internal import Transfer

/// How long a `git://` or ssh server is waited for, in one conversation.
struct Patience: Sendable {
    /// After how many seconds without a byte the server is given up.
    let stall: Int
    /// How long the whole conversation may take.
    let overall: Duration?
    private let start = ContinuousClock.now

    init(stall: Int, overall: Duration? = nil) {
        self.stall = stall
        self.overall = overall
    }

    /// How many milliseconds one wait may last, of the `wanted` ones; rounded up, so that a wait is never for nothing.
    func wait(atMost wanted: Int) -> Int32 {
        guard let overall else { return Int32(wanted) }
        let left = max(.zero, overall - (ContinuousClock.now - start))
        let (seconds, attoseconds) = left.components
        guard seconds < wanted / 1000 + 1 else { return Int32(wanted) }
        return Int32(min(Int64(wanted), seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1))
    }

    /// Whether the conversation has taken too long.
    var isOver: Bool { overall.map { ContinuousClock.now - start >= $0 } ?? false }

    /// - Throws: `TransferError.timedOut` once the conversation has taken too long.
    func check(_ url: GitURL) throws {
        guard let overall, isOver else { return }
        throw TransferError.timedOut(url: url.text, phase: .overall, after: overall)
    }
}
