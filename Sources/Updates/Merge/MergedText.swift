/// A document in the making, line by line, with its conflicts.
///
/// Each conflict can be resolved by itself, to either side, and what comes of it is JSON as pinr writes it. A comma behind
/// a member depends on whether another one follows; where that depends on a choice, the line with the comma belongs to it.
enum MergedText: Sendable {
    /// Bytes, for two texts that Unicode calls equal are two.
    typealias Line = [UInt8]

    case whole([UInt8])
    case pieces([Piece])

    enum Piece: Sendable, Equatable {
        case lines([Line])
        case conflict(Conflict)
    }

    struct Conflict: Sendable, Equatable {
        var ours: [Line]
        var base: [Line]
        var theirs: [Line]

        subscript(side: MergeSide) -> [Line] { side == .ours ? ours : theirs }
    }

    /// The whole text, resolved to one side.
    func resolved(to side: MergeSide) -> [UInt8] { bytes { $0[side] } }

    /// The whole text with marks around what is to be chosen.
    func bytes(marks: ConflictMarks) -> [UInt8] { bytes { marks.lines(of: $0) } }

    private func bytes(_ lines: (Conflict) -> [Line]) -> [UInt8] {
        switch self {
        case .whole(let bytes): return bytes
        case .pieces(let pieces):
            var bytes: [UInt8] = []
            for piece in pieces {
                for line in piece.lines(lines) {
                    bytes += line
                    bytes.append(UInt8(ascii: "\n"))
                }
            }
            return bytes
        }
    }

    // MARK: Objects

    /// A member of an object: its lines without the comma, none where a side does not have it.
    struct Member {
        var value: Fork<[Line]?>
        /// What it was before.
        var base: [Line] = []
        /// The pieces of a member that has conflicts within; there is one for either side, and something follows it.
        var nested: [Piece]?

        init(value: Fork<[Line]?>, base: [Line] = []) {
            self.value = value
            // What has no conflict is shown as it is everywhere.
            self.base = value.isSettled ? value.ours ?? [] : base
        }

        init(nested: [Piece]) {
            self.nested = nested
            value = Fork([])
        }

        var isSettled: Bool { value.isSettled }
    }

    /// An object of these members.
    ///
    /// - Parameter spans: ranges of members that are one conflict, whatever lies between.
    static func object(
        opening: Line, empty: Line, closing: Line, members: [Member], spans: [ClosedRange<Int>]
    ) -> [Piece] {
        guard !members.isEmpty else { return [.lines([empty])] }
        let units = units(of: members, spans: spans)
        // The last one that is there whatever is chosen: nothing is certain to follow it.
        guard let last = units.lastIndex(where: { $0.isCertain }) else {
            func whole(_ lines: [Line]) -> [Line] { lines.isEmpty ? [empty] : [opening] + lines + [closing] }
            let all = Unit(members[...], isConflict: true)
            return [
                .conflict(
                    Conflict(ours: whole(all.lines(.ours)), base: whole(all.base()), theirs: whole(all.lines(.theirs))))
            ]
        }
        var pieces: [Piece] = [.lines([opening])]
        for unit in units[..<last] { pieces += unit.pieces(isFollowed: true) }
        if last == units.count - 1 {
            pieces += units[last].pieces(isFollowed: false)
        } else {
            let tail = Unit(members[units[last].members.startIndex...], isConflict: true)
            var conflict = Conflict(ours: tail.lines(.ours), base: tail.base(), theirs: tail.lines(.theirs))
            if !units[last].isConflict {
                // Only the end of the last certain one depends on the choice: the line that may get a comma.
                let common = units[last].lines(.ours).dropLast()
                pieces.append(.lines(Array(common)))
                conflict.ours.removeFirst(common.count)
                conflict.base.removeFirst(common.count)
                conflict.theirs.removeFirst(common.count)
            }
            pieces.append(.conflict(conflict))
        }
        return pieces + [.lines([closing])]
    }

    /// The pieces of a member that another one follows.
    static func adding(comma pieces: [Piece]) -> [Piece] {
        var pieces = pieces
        switch pieces.popLast() {
        case nil: break
        case .lines(let lines): pieces.append(.lines(lines.followed))
        case .conflict(var conflict):
            conflict.ours = conflict.ours.followed
            conflict.base = conflict.base.followed
            conflict.theirs = conflict.theirs.followed
            pieces.append(.conflict(conflict))
        }
        return pieces
    }

    private static func units(of members: [Member], spans: [ClosedRange<Int>]) -> [Unit] {
        var units: [Unit] = []
        var start = 0
        while start < members.count {
            var end = start
            // Ranges may lie within each other, or across.
            while let span = spans.first(where: { $0.lowerBound <= end && $0.upperBound > end && $0.upperBound > start }
            ) {
                end = span.upperBound
            }
            units.append(Unit(members[start...end], isConflict: end > start || !members[start].isSettled))
            start = end + 1
        }
        return units
    }
}

/// Members of an object among which there is one choice to make, or none.
private struct Unit {
    typealias Line = MergedText.Line

    let members: ArraySlice<MergedText.Member>
    let isConflict: Bool

    init(_ members: ArraySlice<MergedText.Member>, isConflict: Bool) {
        self.members = members
        self.isConflict = isConflict
    }

    /// Whether something of it is there whatever is chosen.
    var isCertain: Bool { MergeSide.allCases.allSatisfy { side in members.contains { $0.value[side] != nil } } }

    /// The lines as one side has them; with commas between members, and behind the last one if something follows.
    func lines(_ side: MergeSide, isFollowed: Bool = false) -> [Line] {
        Self.joined(members.compactMap { $0.value[side] }, isFollowed: isFollowed)
    }

    /// The lines as they were before.
    func base(isFollowed: Bool = false) -> [Line] {
        Self.joined(members.map(\.base).filter { !$0.isEmpty }, isFollowed: isFollowed)
    }

    func pieces(isFollowed: Bool) -> [MergedText.Piece] {
        if let nested = members.first?.nested { return nested }
        guard isConflict else { return [.lines(lines(.ours, isFollowed: isFollowed))] }
        return [
            .conflict(
                MergedText.Conflict(
                    ours: lines(.ours, isFollowed: isFollowed), base: base(isFollowed: isFollowed),
                    theirs: lines(.theirs, isFollowed: isFollowed)))
        ]
    }

    private static func joined(_ members: [[Line]], isFollowed: Bool) -> [Line] {
        members.enumerated().flatMap { index, lines in
            index < members.count - 1 || isFollowed ? lines.followed : lines
        }
    }
}

extension MergedText.Piece {
    fileprivate func lines(_ resolve: (MergedText.Conflict) -> [MergedText.Line]) -> [MergedText.Line] {
        switch self {
        case .lines(let lines): lines
        case .conflict(let conflict): resolve(conflict)
        }
    }
}

extension [MergedText.Line] {
    /// The lines with a comma at the end.
    fileprivate var followed: [MergedText.Line] {
        guard let last else { return self }
        return dropLast() + [last + [UInt8(ascii: ",")]]
    }
}
