import Archive
import NixHash
import SourceTree
import Support
import Testing
import Threads

/// Hashing entries as they come gives what gathering all of them gives, or says that they have to be gathered.
struct TreeStreamTests {
    /// Reads once with the given plan.
    private func read(_ archive: [UInt8], _ plan: ReadingPlan) throws -> ArchiveHash.Outcome {
        try ArchiveHash.hash(
            Pieces(archive, of: 10_000), plan: plan, spoolDirectory: TemporaryDirectory().path,
            cancellation: Cancellation())
    }

    /// The hash when each entry is hashed as it comes, from the first one on; nil where that cannot be.
    private func streamed(
        _ archive: [UInt8], after gathered: UInt64 = 0, excess: ReadingPlan.Excess = .spills, holdMemory: Int = 1 << 20
    ) throws -> TreeSummary? {
        let plan = ReadingPlan(hashing: .asTheyCome(after: gathered), excess: excess, holdMemory: holdMemory)
        guard case .hashed(let summary) = try read(archive, plan) else { return nil }
        return summary
    }

    private func gathered(_ archive: [UInt8]) throws -> TreeSummary {
        guard case .hashed(let summary) = try read(archive, ReadingPlan(hashing: .atTheEnd)) else { throw Unexpected() }
        return summary
    }

    struct Unexpected: Error {}

    private func archive(_ build: (inout TarWriter) -> Void) -> [UInt8] {
        var tar = TarWriter()
        build(&tar)
        return tar.finished
    }

    @Test func `Git's order, where what has a directory's name for its beginning comes before it`() throws {
        let archive = archive { tar in
            tar.directory("top/")
            tar.file("top/foo!", "1")
            tar.directory("top/foo-bar/")
            tar.file("top/foo-bar/x.c", "2")
            tar.directory("top/foo-bar/x/")
            tar.file("top/foo-bar/x/y", "3")
            tar.file("top/foo.txt", "4")
            tar.directory("top/foo/")
            tar.file("top/foo/a", "5")
            tar.file("top/foo0", "6")
        }
        let expected: ReferenceTree = [
            "foo": ["a": .file("5")], "foo!": .file("1"),
            "foo-bar": ["x": ["y": .file("3")], "x.c": .file("2")], "foo.txt": .file("4"), "foo0": .file("6"),
        ]
        #expect(try streamed(archive)?.nar.digest == expected.digest)
        #expect(try gathered(archive).nar.digest == expected.digest)
    }

    @Test func `NAR's order`() throws {
        let archive = archive { tar in
            tar.directory("top/")
            tar.directory("top/foo/")
            tar.file("top/foo/a", "5")
            tar.file("top/foo!", "1")
            tar.directory("top/foo-bar/")
            tar.file("top/foo-bar/x", "2")
            tar.symlink("top/foo.txt", to: "foo")
        }
        let expected: ReferenceTree = [
            "foo": ["a": .file("5")], "foo!": .file("1"), "foo-bar": ["x": .file("2")], "foo.txt": .symlink("foo"),
        ]
        #expect(try streamed(archive)?.nar.digest == expected.digest)
    }

    /// `git archive` writes a submodule as a directory, where git has sorted it as a file.
    @Test func `A submodule's empty directory, which comes where a file would`() throws {
        let archive = archive { tar in
            tar.file("top/a", "a")
            tar.directory("top/foo/")
            tar.file("top/foo-bar", "b")
            tar.file("top/foo.txt", "t")
            tar.file("top/g", "g")
        }
        let expected: ReferenceTree = [
            "a": .file("a"), "foo": [:], "foo-bar": .file("b"), "foo.txt": .file("t"), "g": .file("g"),
        ]
        #expect(try streamed(archive)?.nar.digest == expected.digest)
    }

    /// Trust saves what would fill the memory; where it is misplaced, the archive is read again.
    @Test func `What does not fit the memory for what waits is trusted`() throws {
        func archive(_ last: (inout TarWriter) -> Void) -> [UInt8] {
            self.archive { tar in
                tar.file("top/a", "a")
                tar.directory("top/copy-1/")
                for name in 0..<100 { tar.add("top/copy-1/deep.er/\(100 + name).c".utf8, contents: [UInt8](1...200)) }
                tar.file("top/copy.txt", "t")
                last(&tar)
            }
        }
        let plain = archive { $0.file("top/d", "d") }
        let late = archive { $0.file("top/copy/z", "z") }
        for excess in [ReadingPlan.Excess.spills, .isTrusted] {
            for room in [0, 100, 1000, 5000, 1 << 20] {
                let early = try streamed(plain, excess: excess, holdMemory: room)
                #expect(try early == gathered(plain), "\(excess) in \(room) bytes")
                let trusted = try streamed(late, excess: excess, holdMemory: room)
                let isMisplaced = excess == .isTrusted && room <= 5000
                #expect(try trusted == (isMisplaced ? nil : gathered(late)), "\(excess) in \(room) bytes")
            }
        }
    }

    /// What makes an archive one that has to be gathered; the entries come behind `top/a` and `top/m`.
    static let late: [(String, @Sendable (inout TarWriter) -> Void)] = [
        ("a name that is less", { $0.file("top/b", "b") }), ("the same name", { $0.file("top/m", "other") }),
        ("the first name again", { $0.file("top/a", "other") }),
        ("something beside the top", { $0.file("beside", "b") }),
        ("a directory beside the top", { $0.directory("zoo/") }),
        ("a hard link", { $0.hardLink("top/z", to: "top/a") }),
        (
            "a directory that was over",
            {
                $0.file("top/d/e", "e"); $0.file("top/e", "e"); $0.file("top/d/f", "f")
            }
        ),
        (
            "a held name again",
            {
                $0.file("top/n.c", "1"); $0.file("top/n.c", "2")
            }
        ),
        (
            "a held directory again",
            {
                $0.file("top/n-d/a", "1"); $0.file("top/o", "2"); $0.file("top/n-d/b", "2")
            }
        ),
        (
            "a directory that is less, and was not awaited",
            {
                $0.file("top/z", "z"); $0.file("top/n/z", "z")
            }
        ),
    ]

    @Test(arguments: late.indices)
    func `What comes too late is noticed, and the archive gathered`(_ index: Int) throws {
        let archive = archive { tar in
            tar.file("top/a", "a")
            tar.file("top/m", "m")
            Self.late[index].1(&tar)
        }
        let (what, _) = Self.late[index]
        #expect(try streamed(archive) == nil, "\(what)")
        let whole = try gathered(archive)
        let again = try ArchiveHash.hash(
            opening: { Pieces(archive, of: 10_000) }, plan: ReadingPlan(hashing: .asTheyCome(after: 0)),
            spoolDirectory: TemporaryDirectory().path, cancellation: Cancellation())
        #expect(again == whole, "\(what)")
        // And what is gathered before anything is hashed needs no second reading.
        #expect(try streamed(archive, after: 1 << 20) == whole, "\(what)")
    }

    /// An entry under a file, a directory over a file, and what else makes no tree: refused alike.
    @Test func `What is refused is refused either way`() throws {
        let archives: [[UInt8]] = [
            archive {
                $0.file("top/a", "a"); $0.file("top/a/b", "b")
            },
            archive {
                $0.file("top/a", "a"); $0.symlink("top/l", to: "a"); $0.file("top/l/x", "x")
            },
            archive {
                $0.file("top/a", "a"); $0.add("top/p".utf8, type: "6")
            },
            archive {
                $0.file("top/a", "a"); $0.file("top/.git", "g")
            },
            archive {
                $0.file("top/a", "a"); $0.file("top/.git/config", "g")
            },
            archive {
                $0.file("top/a", "a"); $0.file("top/" + String(repeating: "x", count: 256), "g")
            },
            archive {
                $0.file("top/a", "a"); $0.symlink("top/b", to: "")
            },
            archive {
                $0.file("top/a", "a"); $0.file((1...65).map { "d\($0)" }.joined(separator: "/"), "deep")
            },
            archive {
                $0.file("top/a"); $0.file("top/" + (1...64).map { "d\($0)" }.joined(separator: "/") + "/f")
            },
        ]
        for archive in archives {
            var errors: [String] = []
            for hashing in [ReadingPlan.Hashing.atTheEnd, .asTheyCome(after: 0), .asTheyCome(after: 1)] {
                do {
                    _ = try ArchiveHash.hash(
                        opening: { Pieces(archive, of: 777) }, plan: ReadingPlan(hashing: hashing),
                        spoolDirectory: TemporaryDirectory().path, cancellation: Cancellation())
                    Issue.record("it was hashed")
                } catch { errors.append("\(error)") }
            }
            #expect(Set(errors).count == 1, "\(errors)")
        }
    }

    /// The limit is that of what is in the tree, where a second entry of a name adds nothing.
    @Test func `What comes twice is counted once`() throws {
        let archive = archive { tar in
            tar.file("top/d/a", "a")
            tar.file("top/d/b", "b")
            tar.file("top/d/b", "again")
        }
        func hash(entries: Int) throws -> TreeSummary {
            try ArchiveHash.hash(
                opening: { Pieces(archive, of: 512) }, plan: ReadingPlan(hashing: .asTheyCome(after: 0)),
                spoolDirectory: TemporaryDirectory().path, limits: TreeLimits(entries: entries),
                cancellation: Cancellation())
        }
        #expect(try hash(entries: 4) == gathered(archive))
        #expect(throws: TreeError.tooManyEntries(limit: 3)) { try hash(entries: 3) }
    }

    /// A few bytes of archive would else make a NAR of any size.
    @Test func `What hard links lead to counts once for each`() throws {
        let archive = archive { tar in
            tar.file("top/a", "1234567890")
            for name in ["b", "c", "d"] { tar.hardLink("top/\(name)", to: "top/a") }
        }
        func hash(contents: UInt64) throws -> TreeSummary {
            try ArchiveHash.hash(
                opening: { Pieces(archive, of: 512) }, spoolDirectory: TemporaryDirectory().path,
                limits: TreeLimits(contents: contents), cancellation: Cancellation())
        }
        #expect(try hash(contents: 40) == gathered(archive))
        #expect(throws: TreeError.contentsTooLarge(path: Array("top/d".utf8), limit: 39)) { try hash(contents: 39) }
    }

    @Test func `What lies too deep because nothing is stripped is named`() throws {
        let deep = (1...64).map { "d\($0)" }.joined(separator: "/") + "/f"
        for isFirst in [true, false] {
            let archive = archive { tar in
                if isFirst { tar.file(deep) }
                tar.file("beside")
                if !isFirst { tar.file(deep) }
            }
            for hashing in [ReadingPlan.Hashing.atTheEnd, .asTheyCome(after: 0)] {
                #expect(throws: TreeError.tooDeep(path: Array(deep.utf8), limit: 63)) {
                    try hash(archive, ReadingPlan(hashing: hashing))
                }
            }
        }
        #expect(throws: Never.self) { try hash(archive { $0.file(deep) }) }
    }

    @Test func `What is wrong with a file's name comes before what is wrong with its contents`() throws {
        let whole = archive {
            $0.file("top/a", "a")
            $0.file("top/.git", String(repeating: "x", count: 600))
        }
        for hashing in [ReadingPlan.Hashing.atTheEnd, .asTheyCome(after: 0)] {
            #expect(throws: TreeError.reservedName(path: Array("top/.git".utf8))) {
                try hash(Array(whole.dropLast(1024 + 512)), ReadingPlan(hashing: hashing))
            }
        }
    }

    @Test func `A hard link with which hashing would begin needs no second reading`() throws {
        let archive = archive { tar in
            tar.file("top/a", "a")
            tar.hardLink("top/b", to: "top/a")
            tar.file("top/c", "c")
        }
        #expect(try streamed(archive, after: 0) == gathered(archive))
    }

    /// In a random order each of them would have to be moved past half of the others.
    @Test func `Many that wait in no order are gathered`() throws {
        var generator = SeededGenerator(seed: 7)
        func archive(_ numbers: [Int]) -> [UInt8] {
            self.archive { tar in
                tar.file("top/a", "a")
                for number in numbers { tar.file("top/p-\(10_000 + number)") }
            }
        }
        let (inOrder, shuffled) = (archive(Array(0..<2000)), archive((0..<2000).shuffled(using: &generator)))
        #expect(try streamed(shuffled) == nil)
        #expect(try streamed(inOrder)?.nar == gathered(inOrder).nar)
        #expect(try gathered(shuffled).nar == gathered(inOrder).nar)
    }

    // MARK: Random trees

    /// Random trees in git's order, in NAR's, and with something exchanged.
    @Test(arguments: 0..<8)
    func `Any tree in any order`(_ round: UInt64) throws {
        let seed = round &* 7919 &+ UInt64.random(in: 0...999_999_999)
        var generator = SeededGenerator(seed: seed)
        for number in 0..<150 {
            let tree = RandomEntries(using: &generator)
            let expected = tree.reference.digest
            let comment = Comment(rawValue: "seed \(seed), tree \(number)")
            for (order, entries) in [("git", tree.inGitOrder), ("NAR", tree.inNAROrder)] {
                let archive = tree.archive(entries)
                for start in [0, UInt64.random(in: 0...2000, using: &generator)] {
                    let digest = try streamed(archive, after: start)?.nar.digest
                    // In these orders nothing is read twice, wherever hashing begins; but of several directories at
                    // the top the first is taken for the only one.
                    if digest != nil || tree.hasTop { #expect(digest == expected, "\(order): \(comment)") }
                }
            }
            var entries = Bool.random(using: &generator) ? tree.inGitOrder : tree.inNAROrder
            if Bool.random(using: &generator) {
                entries.shuffle(using: &generator)
            } else {
                for _ in 0..<Int.random(in: 1...3, using: &generator) where entries.count > 1 {
                    entries.swapAt(
                        entries.indices.randomElement(using: &generator) ?? 0,
                        entries.indices.randomElement(using: &generator) ?? 0)
                }
            }
            let archive = tree.archive(entries)
            let start = UInt64.random(in: 0...2000, using: &generator)
            if let early = try streamed(archive, after: start) { #expect(early.nar.digest == expected, comment) }
            // With so little room that hardly anything waits in memory, and then not at all.
            for archive in [tree.archive(tree.inGitOrder), tree.archive(tree.inNAROrder), archive] {
                let room = Int.random(in: 0...1500, using: &generator)
                for excess in [ReadingPlan.Excess.spills, .isTrusted] {
                    let early = try streamed(archive, after: start, excess: excess, holdMemory: room)
                    if let early { #expect(early.nar.digest == expected, "\(excess) in \(room): \(comment)") }
                }
            }
            #expect(try gathered(archive).nar.digest == expected, comment)
        }
    }
}

/// A random tree, as the entries of an archive in several orders.
private struct RandomEntries {
    struct Entry {
        let path: [UInt8]
        let contents: [UInt8]?  // nil for a directory
    }

    private(set) var inGitOrder: [Entry] = []
    private(set) var inNAROrder: [Entry] = []
    private(set) var reference: ReferenceTree = [:]
    let hasTop: Bool

    init(using generator: inout SeededGenerator) {
        hasTop = Bool.random(using: &generator)
        // Two files at the top, so that it is no only directory that is stripped.
        var children = Self.children(depth: 0, using: &generator)
        if !hasTop { children += [(Array("~1".utf8), nil), (Array("~2".utf8), nil)] }
        let top = hasTop ? Array("top-1.0/".utf8) : []
        if hasTop {
            inGitOrder.append(Entry(path: top, contents: nil))
            inNAROrder.append(Entry(path: top, contents: nil))
        }
        reference = add(children, below: top, isGit: true)
        _ = add(children, below: top, isGit: false)
    }

    private indirect enum Node {
        case file([UInt8])
        case directory([([UInt8], Node?)])
    }

    private static func name(using generator: inout SeededGenerator) -> [UInt8] {
        var name = Array(["foo", "a", "b", "foo-b", "a.b"].randomElement(using: &generator) ?? "c").map {
            $0.asciiValue ?? 0
        }
        for _ in 0..<Int.random(in: 0...2, using: &generator) {
            name.append([0x01, 0x21, 0x2D, 0x2E, 0x30, 0x61, 0xC3, 0xFF].randomElement(using: &generator) ?? 0x2D)
        }
        return name
    }

    private static func children(depth: Int, using generator: inout SeededGenerator) -> [([UInt8], Node?)] {
        var names: Set<[UInt8]> = []
        for _ in 0..<Int.random(in: depth == 0 ? 2...8 : 0...7, using: &generator) {
            names.insert(name(using: &generator))
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }.map { name in
            if depth < 4, Int.random(in: 0..<5, using: &generator) < 2 {
                return (name, .directory(children(depth: depth + 1, using: &generator)))
            }
            let count = [0, 1, 7, 8, 9, 300, 600].randomElement(using: &generator) ?? 0
            return (name, .file(ArchiveSizeTests.contents(count, seed: generator.next())))
        }
    }

    /// Adds entries in one of the orders; what they make.
    private mutating func add(_ children: [([UInt8], Node?)], below parent: [UInt8], isGit: Bool) -> ReferenceTree {
        func key(_ child: ([UInt8], Node?)) -> [UInt8] {
            if isGit, case .directory = child.1 { return child.0 + [0x2F] }
            return child.0
        }
        var entries: [(name: [UInt8], node: ReferenceTree)] = []
        for child in children.sorted(by: { key($0).lexicographicallyPrecedes(key($1)) }) {
            let path = parent + child.0
            switch child.1 {
            case .directory(let inner):
                append(Entry(path: path + [0x2F], contents: nil), isGit)
                entries.append((child.0, add(inner, below: path + [0x2F], isGit: isGit)))
            case .file(let contents):
                append(Entry(path: path, contents: contents), isGit)
                entries.append((child.0, .file(contents, isExecutable: false)))
            case nil:
                append(Entry(path: path, contents: []), isGit)
                entries.append((child.0, .file([], isExecutable: false)))
            }
        }
        return .directory(entries)
    }

    private mutating func append(_ entry: Entry, _ isGit: Bool) {
        if isGit { inGitOrder.append(entry) } else { inNAROrder.append(entry) }
    }

    func archive(_ entries: [Entry]) -> [UInt8] {
        var tar = TarWriter()
        for entry in entries {
            if let contents = entry.contents {
                tar.add(entry.path, contents: contents)
            } else {
                tar.add(entry.path, type: "5", mode: 0o755)
            }
        }
        return tar.finished
    }
}
