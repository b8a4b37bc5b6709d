import JSON
import Lockfile
import Testing
import Updates

@testable import PinrKit

/// What is said of a merge.
struct MergeWordingTests {
    static let hostile = WordingTests.hostile

    static let facts: [MergeFact.Kind] =
        [
            .added(.ours), .removed(.theirs), .changed(.ours), .combined, .held(.ours), .redirected(.theirs),
            .renamed(.ours, from: hostile), .renamedApart(from: hostile),
        ] + MergeFact.Ground.allCases.map { .moved(.ours, $0) }
        + [
            .removed(by: .ours), .addedApart, .sources, .frozenAndRedirected(frozenBy: .ours), .frozenApart, .hashes,
            .undecided, .member(hostile), .overrideVariable("PINR_OVERRIDE_a_b", sharedWith: hostile), .topLevel,
            .nameTaken(by: .ours, hostile),
        ].map { .conflict($0) }

    @Test func `Every fact is said in words of its own that do no harm`() {
        let report = MergeReport(
            path: Self.hostile, facts: Self.facts.map { MergeFact(name: Self.hostile, kind: $0) }, isConflict: true)
        let lines = report.lines(isFull: true)
        #expect(lines.count == Self.facts.count && Set(lines).count == lines.count)
        for line in lines { #expect(WordingTests.isHarmless(line), "\(line.debugDescription)") }
        #expect(report.lines(isFull: false).count == Self.facts.count - 4)
        #expect(
            report.json["merged"]?.array?.count == Self.facts.filter { !MergeFact(name: "", kind: $0).isConflict }.count
        )
        #expect(report.json["conflicts"]?.array?.count == 11)
    }

    @Test(arguments: [
        (MergeError.unreadable(.theirs, LockfileError(.mergeConflict(line: 3, pin: hostile))), Problem.Code.badLock),
        (.unreadable(.ours, LockfileError(.laterVersion(found: 2, supported: 1))), .laterVersion),
        (.unusable(LockfileError(.missingVersion)), .internal),
    ])
    func `What cannot be merged has a code`(_ error: MergeError, _ code: Problem.Code) {
        let problem = Problem(describing: Problem(describing: error, at: Self.hostile))
        #expect(problem.code == code)
        for text in [problem.message, problem.hint ?? ""] {
            #expect(WordingTests.isHarmless(text) && !text.isEmpty && !text.hasSuffix("."), "\(text.debugDescription)")
        }
    }
}
