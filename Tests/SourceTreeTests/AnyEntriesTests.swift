import Archive
import Foundation
import NixHash
import SourceTree
import Support
import Testing
import Threads

/// Entries that make a tree, or none: however an archive is read, the same comes out, and the same is told of it.
struct AnyEntriesTests {
    /// `PINR_TEST_CASES=NUMBER` makes so many times as many, as `make test-long` does.
    static let count = Int(80 * (ProcessInfo.processInfo.environment["PINR_TEST_CASES"].flatMap { Double($0) } ?? 1))

    private static let plans = 6

    @Test(arguments: 0..<4)
    func `Any entries are read alike by every plan`(_ round: UInt64) {
        let seed = round &* 7919 &+ UInt64.random(in: 0...999_999_999)
        let folder = TemporaryDirectory()
        var readings = 0
        for number in 0..<UInt64(Self.count) {
            var generator = SeededGenerator(seed: seed &+ number &* 1_000_003)
            var archive = RandomArchive(using: &generator)
            archive.damage(using: &generator)
            let limits = Self.limits(using: &generator)
            let (expected, _) = outcome(archive.bytes, ReadingPlan(hashing: .atTheEnd), limits, in: folder)
            for _ in 0..<Self.plans {
                let plan = Self.plan(using: &generator)
                let (actual, count) = outcome(archive.bytes, plan, limits, in: folder)
                readings += count
                guard actual != expected else { continue }
                Issue.record(
                    "seed \(seed), number \(number), \(plan), \(limits):\n\(actual)\nnot\n\(expected)\n\(archive)")
                return
            }
        }
        // Were most of them read twice, little would be compared.
        #expect(readings < Self.count * Self.plans * 7 / 5, "seed \(seed)")
    }

    private static func plan(using generator: inout SeededGenerator) -> ReadingPlan {
        let sizes: [UInt64] = [0, 1, 100, 1000, .random(in: 0...4000, using: &generator)]
        let gathered = sizes.randomElement(using: &generator) ?? 0
        return ReadingPlan(
            hashing: .asTheyCome(after: gathered), excess: Bool.random(using: &generator) ? .spills : .isTrusted,
            memory: Bool.random(using: &generator) ? 1 << 20 : .random(in: 0...500, using: &generator),
            holdMemory: [0, 1, 64, 1 << 20, .random(in: 0...3000, using: &generator)].randomElement(using: &generator)
                ?? 0)
    }

    private static func limits(using generator: inout SeededGenerator) -> TreeLimits {
        var limits = TreeLimits()
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: limits.entries = .random(in: 1...20, using: &generator)
        case 1: limits.depth = .random(in: 1...4, using: &generator)
        case 2: limits.contents = .random(in: 1...1000, using: &generator)
        case 3: limits.pathLength = .random(in: 5...20, using: &generator)
        case 4:
            limits.entries = .random(in: 1...20, using: &generator)
            limits.depth = .random(in: 1...4, using: &generator)
            limits.contents = .random(in: 1...1000, using: &generator)
            limits.pathLength = .random(in: 5...20, using: &generator)
        default: break
        }
        return limits
    }

    /// All that came of it, in words, and how often it was read for that.
    private func outcome(
        _ archive: [UInt8], _ plan: ReadingPlan, _ limits: TreeLimits, in folder: TemporaryDirectory
    ) -> (String, count: Int) {
        var count = 0
        func open() -> sending any ByteSource {
            count += 1
            return Pieces(archive, of: 10_000)
        }
        do {
            let tree = try ArchiveHash.hash(
                opening: open, plan: plan, spoolDirectory: folder.path, limits: limits, cancellation: Cancellation())
            return ("\(tree)", count)
        } catch { return ("\(error)", count) }
    }
}

/// An archive of random entries, most of them in some order.
private struct RandomArchive: CustomStringConvertible {
    private struct Entry {
        var path: String
        var kind: Kind

        var key: [UInt8] { Array(path.utf8) }
    }

    private enum Kind {
        case file(Int, isExecutable: Bool)
        case directory
        case symlink(String)
        case hardLink(String)
        case fifo
        case sparse(Int)
    }

    private(set) var bytes: [UInt8] = []
    private var entries: [Entry] = []

    var description: String { entries.map { "\($0.path) \($0.kind)" }.joined(separator: "\n") }

    private static let names = [
        "a", "a-", "a-b", "a.", "a.b", "a!", "a0", "a-b-c", "a b", "b", "b-1", "b.c", "foo", "foo-bar", "foo.txt",
        "foo!",
        "foo0", "z", "é", "..a", "...", "-", "!", ".a",
    ]
    private static let oddNames = [".git", ".GIT", "git~1", "..", ".", "", String(repeating: "x", count: 256)]

    init(using generator: inout SeededGenerator) {
        let tops = Int.random(in: 0..<4, using: &generator) == 0 ? ["top", "top-2", "z"] : ["top"]
        let isOdd = Int.random(in: 0..<5, using: &generator) == 0
        for _ in 0..<Int.random(in: 0...([10, 30, 80].randomElement(using: &generator) ?? 0), using: &generator) {
            var components = [tops.randomElement(using: &generator) ?? "top"]
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                let isOddName = isOdd && Int.random(in: 0..<30, using: &generator) == 0
                components.append((isOddName ? Self.oddNames : Self.names).randomElement(using: &generator) ?? "a")
                if components.count > 2, Bool.random(using: &generator) { break }
            }
            if tops.count > 1, Int.random(in: 0..<8, using: &generator) == 0 { components.removeFirst() }
            add(components.joined(separator: "/"), isOdd, using: &generator)
        }
        arrange(using: &generator)
        pack(using: &generator)
    }

    private mutating func add(_ path: String, _ isOdd: Bool, using generator: inout SeededGenerator) {
        let some = entries.randomElement(using: &generator)?.path ?? "top/a"
        let kind: Kind =
            switch Int.random(in: 0..<(isOdd ? 24 : 16), using: &generator) {
            case 0..<10:
                .file(
                    [0, 1, 8, 100, 600].randomElement(using: &generator) ?? 0,
                    isExecutable: Bool.random(using: &generator))
            case 10..<14: .directory
            case 14, 15: .symlink("t")
            case 16: .symlink("")
            case 17, 18: .hardLink(some)
            case 19: .fifo
            case 20: .sparse([0, 500, 128 << 10].randomElement(using: &generator) ?? 0)
            default: .file(5, isExecutable: false)
            }
        entries.append(Entry(path: path, kind: kind))
        if Int.random(in: 0..<25, using: &generator) == 0 { entries.append(Entry(path: some, kind: kind)) }
    }

    private mutating func arrange(using generator: inout SeededGenerator) {
        // Either no entry is in another's way, or whatever happens.
        if Int.random(in: 0..<4, using: &generator) > 0 {
            var kept: [Entry] = []
            for entry in entries.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                let isBelow = kept.contains {
                    if case .directory = $0.kind { return false }
                    return entry.path == $0.path || entry.path.hasPrefix($0.path + "/")
                }
                if !isBelow { kept.append(entry) }
            }
            entries = kept
        }
        func key(_ entry: Entry) -> [UInt8] {
            if case .directory = entry.kind { return entry.key + [0x2F] }
            return entry.key
        }
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: entries.shuffle(using: &generator)
        case 1:  // NAR's order
            entries.sort {
                $0.path.utf8.split(separator: 0x2F).lexicographicallyPrecedes($1.path.utf8.split(separator: 0x2F)) {
                    $0.lexicographicallyPrecedes($1)
                }
            }
        default: entries.sort { key($0).lexicographicallyPrecedes(key($1)) }
        }
        if Int.random(in: 0..<3, using: &generator) == 0, entries.count > 1 {
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<entries.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: entries.swapAt(place, Int.random(in: 0..<entries.count, using: &generator))
                case 1: entries.insert(entries[place], at: Int.random(in: 0...entries.count, using: &generator))
                default: entries.append(entries.remove(at: place))
                }
            }
        }
        for index in entries.indices where Int.random(in: 0..<60, using: &generator) == 0 {
            let path = entries[index].path
            entries[index].path =
                [
                    "./" + path, "/" + path, path + "/", path.replacing("/", with: "//"), path + "/.", path + "/..",
                    path.replacing("/", with: "/./"), "x/../" + path, "../" + path, ".", "/", "./", path + "/../n",
                ].randomElement(using: &generator) ?? path
        }
    }

    private mutating func pack(using generator: inout SeededGenerator) {
        var tar = TarWriter()
        for entry in entries {
            let modified = Int.random(in: 0...1_000_000, using: &generator)
            let path = entry.path.utf8
            switch entry.kind {
            case .file(let size, let isExecutable):
                tar.add(
                    path, mode: isExecutable ? 0o755 : 0o644,
                    contents: ArchiveSizeTests.contents(size, seed: generator.next()), modified: modified)
            case .directory: tar.add(path, type: "5", modified: modified)
            case .symlink(let target): tar.add(path, type: "2", target: target.utf8, modified: modified)
            case .hardLink(let target): tar.add(path, type: "1", target: target.utf8, modified: modified)
            case .fifo: tar.add(path, type: "6", modified: modified)
            case .sparse(let count):
                tar.sparseFile(
                    entry.path, size: 200_000,
                    count == 0 ? [] : [(offset: 0, data: [UInt8](repeating: 1, count: count))])
            }
        }
        bytes = tar.finished
    }

    /// Cuts some archives short.
    mutating func damage(using generator: inout SeededGenerator) {
        if Int.random(in: 0..<12, using: &generator) == 0 {
            bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator))
        }
    }
}
