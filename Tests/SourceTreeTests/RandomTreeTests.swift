import Foundation
import NixHash
import SourceTree
import Support
import Testing
import Threads

/// Random trees, packed in random ways by real packers, hash as real Nix hashes the folder.
///
/// `PINR_TEST_SEED=NUMBER` begins with that tree, and `PINR_TEST_CASES=NUMBER` makes so many times as many of them, as
/// `make test-long` does. A failure names the tree's seed, which alone makes the tree and its archives again.
@Suite(.enabled(if: NixSandbox.isAvailable && Packing.isPossible, "left out: Nix or a packer is not installed"))
struct RandomTreeTests {
    /// So many trees are packed at once, since what each program takes to start would count.
    struct Batch: CustomTestStringConvertible, Sendable {
        static let trees = 16
        static let archivesOfTree = 12

        let first: UInt64
        var seeds: [UInt64] { (0..<UInt64(Self.trees)).map { first &+ $0 } }
        var testDescription: String { "seeds \(first) and \(Self.trees - 1) more" }
    }

    private static func number<T>(_ name: String, _ parse: (String) -> T?) -> T? {
        ProcessInfo.processInfo.environment[name].flatMap(parse)
    }

    private static let givenSeed = number("PINR_TEST_SEED") { UInt64($0) }
    private static let newSeed = UInt64.random(in: 0..<1 << 48)

    /// What damages archives at random, for other tests: the same in every run, but for the long ones, since what is new
    /// there is a find and not a fault of the change that is tested.
    static let damageSeed: UInt64 = {
        let isLong = ProcessInfo.processInfo.environment["PINR_TEST_CASES"] != nil
        let seed = givenSeed ?? (isLong ? newSeed : 2026)
        FileHandle.standardError.write(Data("note: archives are damaged from seed \(seed) (PINR_TEST_SEED)\n".utf8))
        return seed
    }()

    /// Half of them are the same in every run, and half of them new.
    static let batches: [Batch] = {
        let count = max(1, Int(16 * (number("PINR_TEST_CASES") { Double($0) } ?? 1)))
        func batches(_ first: UInt64, _ count: Int) -> [Batch] {
            (0..<count).map { Batch(first: first &+ UInt64($0 * Batch.trees)) }
        }
        let all =
            givenSeed.map { batches($0, count) } ?? batches(2026, (count + 1) / 2) + batches(newSeed, count / 2)
        let seeds = givenSeed.map { "\($0)" } ?? "2026 and \(newSeed)"
        let reader = geteuid() == 0 ? "" : "; not being root, it leaves out modes that it could not read"
        let note =
            "note: \(all.count * Batch.trees * Batch.archivesOfTree) archives of random trees from seed \(seeds) on "
            + "(PINR_TEST_SEED, PINR_TEST_CASES)\(reader)\n"
        FileHandle.standardError.write(Data(note.utf8))
        return all
    }()

    /// A tree on disk, and its archives.
    private struct Case {
        let seed: UInt64
        let folder: String
        var archives: [(packing: Packing, path: String)] = []
    }

    @Test(arguments: batches)
    func `However a tree is packed, it is the tree that was packed`(batch: Batch) async throws {
        let folder = TemporaryDirectory()
        var (cases, script, jobs) = ([Case](), "", "")
        for seed in batch.seeds {
            let place = try folder.makeDirectory("\(seed)")
            let tree = try RandomTree(seed: seed, at: "\(place)/top")
            var generator = tree.generator
            var made = Case(seed: seed, folder: place)
            script += "cd \(place)\n"
            for number in 0..<Batch.archivesOfTree {
                let packing = Packing(of: tree, using: &generator)
                let (list, archive) = ("\(place)/list\(number)", "\(place)/archive\(number)")
                try folder.write("\(seed)/list\(number)", packing.names.flatMap { $0 + [0] })
                jobs += packing.pythonJob(folder: place, list: list, archive: archive) ?? ""
                for command in packing.commands(list: list, archive: archive) { script += command + "\n" }
                made.archives.append((packing, archive))
            }
            cases.append(made)
        }
        let environment = isolatedEnvironment(home: folder.file("home"))
        let python = ["python3", "-I", "-c", Packing.pythonPacker]
        try await run(python, environment: environment, input: Array(jobs.utf8), timeout: .seconds(300))
        try folder.write("pack", script)
        try await run(["sh", "-e", folder.file("pack")], environment: environment, timeout: .seconds(300))

        let expected = try await NixSandbox().hashPaths(cases.map { "\($0.folder)/top" })
        #expect(expected.count == cases.count)
        for (made, expected) in zip(cases, expected) { try compare(made, with: expected) }
    }

    private func compare(_ made: Case, with expected: String) throws {
        let repeating = "PINR_TEST_SEED=\(made.seed)"
        let onDisk = try FolderHash.hash(path: "\(made.folder)/top", cancellation: Cancellation())
        #expect(onDisk.digest.sri == expected, "\(repeating): the folder")
        for (number, (packing, path)) in made.archives.enumerated() {
            let archive = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
            let wrong = hashes(of: archive, seed: made.seed).filter { $0.digest?.sri != expected }
            guard !wrong.isEmpty else { continue }
            Attachment.record(archive, named: "seed-\(made.seed)-archive-\(number)")
            Issue.record("\(repeating), archive \(number), \(packing): Nix has \(expected), and \(wrong)")
        }
    }
}
