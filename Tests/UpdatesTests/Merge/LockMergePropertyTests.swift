import Foundation
import JSON
import Lockfile
import Support
import Testing

@testable import Updates

/// What holds of every merge, on locks that nobody thought of.
struct LockMergePropertyTests {
    /// A lock, what two people made of it, and what is answered to questions.
    struct Case {
        let base: LockDocument
        let ours: LockDocument
        let theirs: LockDocument
        let answer: MergeAnswerKind

        init(seed: UInt64) throws {
            var random = RandomLock(seed: seed)
            base = try random.document()
            ours = try random.edited(base)
            theirs = try random.edited(base)
            answer = random.answer()
        }

        func outcome(swapped: Bool = false) throws -> LockMergeOutcome {
            let (one, two) = swapped ? (theirs, ours) : (ours, theirs)
            return try LockMerge(
                ancestor: base.serialized(), ours: one.serialized(), theirs: two.serialized()
            ).outcome { question in
                let (mine, other) = (question.ours.json.serialized(), question.theirs.json.serialized())
                let side: MergeSide = mine.lexicographicallyPrecedes(other) ? .theirs : .ours
                return switch answer {
                case .nothing: nil
                case .higher: .higher(side)
                case .descends: .descends(side)
                case .apart: .apart
                }
            }
        }
    }

    /// How many locks are merged; `PINR_TEST_CASES=NUMBER` makes so many times as many, as `make test-long` does.
    static let count = UInt64(
        1100 * (ProcessInfo.processInfo.environment["PINR_TEST_CASES"].flatMap { Double($0) } ?? 1))

    /// Seeds in parts, which run beside each other.
    static let parts = (0..<UInt64(12)).map { count * $0 / 12..<count * ($0 + 1) / 12 }

    /// All that holds, of one case after the other: making and merging one takes longer than looking at it.
    @Test(arguments: parts)
    func `Of every merge`(_ seeds: Range<UInt64>) throws {
        for seed in seeds {
            let state = try Case(seed: seed)
            let outcome = try state.outcome()
            try sidesMakeNoDifference(state, outcome, seed)
            try noPinIsLost(state, outcome, seed)
            try everyConflictCanBeResolved(outcome, seed)
            try whatOneSideChangedIsTaken(state, seed)
            try mergingAgainChangesNothing(state, outcome, seed)
        }
    }

    /// Whose side is whose makes no difference.
    private func sidesMakeNoDifference(_ state: Case, _ outcome: LockMergeOutcome, _ seed: UInt64) throws {
        let (one, two) = (outcome, try state.outcome(swapped: true))
        #expect(one.isClean == two.isClean, "seed \(seed)")
        #expect(one.resolved(to: .ours) == two.resolved(to: .theirs), "seed \(seed)")
        #expect(one.resolved(to: .theirs) == two.resolved(to: .ours), "seed \(seed)")
        #expect(one.facts.map(\.name) == two.facts.map(\.name), "seed \(seed)")
        #expect(one.facts.map(\.isConflict) == two.facts.map(\.isConflict), "seed \(seed)")
        let marks = ConflictMarks(ours: "same", theirs: "same", base: "base")
        #expect((one.bytes(marks: marks) == two.bytes(marks: marks)) == one.isClean, "seed \(seed)")
    }

    /// No pin is lost that neither side removed.
    private func noPinIsLost(_ state: Case, _ outcome: LockMergeOutcome, _ seed: UInt64) throws {
        let choices = try MergeSide.allCases.map { try LockDocument(parsing: outcome.resolved(to: $0)).pins }
        for (side, pins, other) in [
            (MergeSide.ours, state.ours.pins, state.theirs.pins), (.theirs, state.theirs.pins, state.ours.pins),
        ] {
            for (name, pin) in pins {
                // A removal is one where the name was there before and the other side has it no longer.
                if state.base.pins[name] != nil && other[name] == nil {
                    if pin == state.base.pins[name] { continue }
                    // What was changed is at least offered.
                    let isRenamed = outcome.facts.contains {
                        if case .renamed(_, from: name.text) = $0.kind { true } else { false }
                    }
                    let kept =
                        isRenamed
                        || choices.contains { $0[name] != nil || $0.contains { Self.isSame($0.pin, pin) } }
                    #expect(kept, "seed \(seed): \(name) of \(side)")
                    continue
                }
                let isRenamed = state.base.pins[name] == nil || other[name] != nil
                let chosen = choices[side == .ours ? 0 : 1]
                let isThere =
                    chosen[name] != nil || isRenamed && chosen.contains { Self.isSame($0.pin, pin) }
                    || outcome.facts.contains {
                        if case .renamed(_, from: name.text) = $0.kind { true } else { false }
                    }
                #expect(isThere, "seed \(seed): \(name) of \(side)")
                let isInBoth = choices.allSatisfy { choice in
                    choice[name] != nil
                        || outcome.facts.contains {
                            switch $0.kind {
                            case .renamed(_, from: name.text): true
                            case .conflict(.overrideVariable), .conflict(.removed): $0.name == name.text
                            default: false
                            }
                        }
                }
                #expect(isInBoth, "seed \(seed): \(name) of \(side)")
            }
        }
        guard outcome.isClean, let merged = choices.first else { return }
        for (name, pin) in state.base.pins where state.base.pins.count(where: { Self.isSame($0.pin, pin) }) == 1 {
            // On either side it is what it was, by its name or another one.
            let isKept = [state.ours.pins, state.theirs.pins].allSatisfy { pins in
                if let kept = pins[name] { return Self.isSame(kept, pin) }
                return pins.count { state.base.pins[$0.name] == nil && Self.isSame($0.pin, pin) } == 1
            }
            if isKept { #expect(merged.contains { Self.isSame($0.pin, pin) }, "seed \(seed): \(name)") }
        }
    }

    private static func isSame(_ one: Pin, _ other: Pin) -> Bool {
        one.source == other.source && one.locked == other.locked
    }

    /// Every conflict can be resolved to either side.
    private func everyConflictCanBeResolved(_ outcome: LockMergeOutcome, _ seed: UInt64) throws {
        for marks in [ConflictMarks(), ConflictMarks(size: 9, ours: "", theirs: "", base: "b")] {
            let text = outcome.bytes(marks: marks)
            let readings = ConflictMarks.readings(of: text)
            #expect((readings == nil) == outcome.isClean, "seed \(seed)")
            #expect(readings?.ours ?? text == outcome.resolved(to: .ours), "seed \(seed)")
            #expect(readings?.theirs ?? text == outcome.resolved(to: .theirs), "seed \(seed)")
        }
        // Each by itself: whatever is chosen where, the commas are right and the file is as pinr writes it.
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2 {
            let text = Self.resolvedAtRandom(outcome.bytes(), &random)
            do {
                let document = try LockDocument(parsing: text)
                #expect(try document.serialized() == text, "seed \(seed)")
            } catch {
                Issue.record("seed \(seed): \(error)\n\(String(decoding: outcome.bytes(), as: UTF8.self))")
            }
        }
    }

    /// The text with each conflict resolved to one side or the other.
    private static func resolvedAtRandom(_ text: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var (kept, isOurs, part) = ([String](), true, 0)
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("<<<<<<< ") {
                (isOurs, part) = (Bool.random(using: &random), 1)
            } else if line == "=======" {
                part = 2
            } else if line.hasPrefix(">>>>>>> ") {
                part = 0
            } else if part == 0 || (part == 1) == isOurs {
                kept.append(String(line))
            }
        }
        return Array(kept.joined(separator: "\n").utf8)
    }

    /// What only one side changed is as that side has it.
    private func whatOneSideChangedIsTaken(_ state: Case, _ seed: UInt64) throws {
        let (base, ours) = (try state.base.serialized(), try state.ours.serialized())
        #expect(try LockMerge(ancestor: base, ours: ours, theirs: base).outcome().bytes() == ours, "seed \(seed)")
        #expect(try LockMerge(ancestor: base, ours: base, theirs: ours).outcome().bytes() == ours, "seed \(seed)")
        #expect(try LockMerge(ancestor: base, ours: ours, theirs: ours).outcome().bytes() == ours, "seed \(seed)")
        // The same where the bytes differ and the pins do not, so that it is merged pin by pin.
        guard ours != base else { return }
        let loose = try state.base.looselySerialized
        let outcome = try LockMerge(ancestor: base, ours: loose, theirs: ours).outcome()
        #expect(outcome.isClean && outcome.bytes() == ours, "seed \(seed)")
    }

    /// To merge again changes nothing.
    private func mergingAgainChangesNothing(_ state: Case, _ outcome: LockMergeOutcome, _ seed: UInt64) throws {
        guard outcome.isClean else { return }
        let merged = outcome.bytes()
        for side in [state.ours, state.theirs] {
            let bytes = try side.serialized()
            #expect(
                try LockMerge(ancestor: bytes, ours: merged, theirs: bytes).outcome().bytes() == merged,
                "seed \(seed)")
        }
    }

    /// Seeds that once made a difference: an image on one side and an archive on the other.
    @Test(arguments: [7040, 10_343] as [UInt64])
    func `An image on either side`(_ seed: UInt64) throws {
        let state = try Case(seed: seed)
        let (one, two) = (try state.outcome(), try state.outcome(swapped: true))
        #expect(one.resolved(to: .ours) == two.resolved(to: .theirs))
        #expect(one.isClean == two.isClean)
    }

    @Test func `The cases have what is to be tested in them`() throws {
        let common: UInt64 = 1000
        var clean: UInt64 = 0
        var missing: Set = [
            "added", "removed", "changed", "combined", "moved", "held", "redirected", "renamed", "renamedApart",
            "addedApart", "nameTaken", "sources", "frozenAndRedirected", "frozenApart", "hashes", "undecided", "member",
            "overrideVariable", "topLevel",
        ]
        // What is rare is looked for a little further.
        for seed in 0..<max(Self.count, 8000) where seed < common || !missing.isEmpty {
            let outcome = try Case(seed: seed).outcome()
            if seed < common && outcome.isClean { clean += 1 }
            for fact in outcome.facts {
                let text: String
                if case .conflict(let conflict) = fact.kind { text = "\(conflict)" } else { text = "\(fact.kind)" }
                missing.remove(String(text.prefix { $0 != "(" }))
            }
        }
        #expect(common / 5..<common * 9 / 10 ~= clean, "\(clean) of \(common) are clean")
        #expect(missing.isEmpty, "\(missing.sorted())")
    }
}

extension LockDocument {
    /// The same document in other bytes.
    fileprivate var looselySerialized: [UInt8] {
        get throws { Array(" ".utf8) + (try serialized()) }
    }
}
