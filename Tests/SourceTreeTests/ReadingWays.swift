import Archive
import NixHash
import SourceTree
import Support
import Testing
import Threads

/// A stream in pieces of random sizes, from one byte on.
final class RandomPieces: ByteSource {
    private var rest: ArraySlice<UInt8>
    private var generator: SeededGenerator

    init(_ bytes: [UInt8], seed: UInt64) {
        rest = bytes[...]
        generator = SeededGenerator(seed: seed)
    }

    var interruption: @Sendable () -> Void { {} }

    func next(_ chunk: inout [UInt8]) throws -> Bool {
        guard !rest.isEmpty else { return false }
        // As many small ones as large ones.
        let size = Int.random(in: 1...(1 << Int.random(in: 0...18, using: &generator)), using: &generator)
        chunk = Array(rest.prefix(size))
        rest = rest.dropFirst(size)
        return true
    }
}

/// What one way of reading an archive gave.
struct Reading: CustomStringConvertible {
    let way: String
    let result: Result<TreeSummary, any Error>

    var digest: SHA256Digest? { try? result.get().nar.digest }

    var description: String {
        switch result {
        case .success(let tree): "\(way): \(tree.nar.digest.sri)"
        case .failure(let error): "\(way): \(error)"
        }
    }
}

/// What every way of reading makes of an archive: they must never differ.
func hashes(of archive: [UInt8], seed: UInt64) -> [Reading] {
    let folder = TemporaryDirectory()
    func reading(_ way: String, _ plan: ReadingPlan, _ open: () -> sending any ByteSource) -> Reading {
        Reading(
            way: way,
            result: Result {
                try ArchiveHash.hash(
                    opening: open, plan: plan, spoolDirectory: folder.path, cancellation: Cancellation())
            })
    }
    let random = { RandomPieces(archive, seed: seed) }
    return [
        reading("in one piece", ReadingPlan()) { MemoryByteSource(archive) },
        reading("in random pieces, hashed as they come from the first on", ReadingPlan(hashing: .asTheyCome(after: 0)))
        {
            random()
        },
        reading(
            "hashed as they come, nothing held in memory",
            ReadingPlan(hashing: .asTheyCome(after: 100), inflation: .exact, memory: 1, holdMemory: 1)
        ) { random() },
        reading("gathered in a file", ReadingPlan(hashing: .atTheEnd, memory: 1)) { random() },
    ]
}

/// What all ways of reading make of an archive; they have to agree.
/// - Throws: what they throw.
func agreedHash(
    of archive: [UInt8], seed: UInt64 = 1, sourceLocation: SourceLocation = #_sourceLocation
) throws -> SHA256Digest {
    let readings = hashes(of: archive, seed: seed)
    #expect(Set(readings.map(\.digest)).count == 1, "\(readings)", sourceLocation: sourceLocation)
    return try readings[0].result.get().nar.digest
}
