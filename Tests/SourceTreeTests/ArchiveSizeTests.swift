import Archive
import Foundation
import NixHash
import SourceTree
import Support
import Testing
import Threads

/// Sizes at which something changes: padding, blocks, the spool's memory and its file.
struct ArchiveSizeTests {
    /// Bytes that differ from offset to offset, so that none can stand for another.
    static func contents(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) } }
        return Array(bytes.prefix(count))
    }

    @Test func `Contents are padded to eight bytes in the NAR, and to 512 in the archive`() throws {
        for size in Array(0...17) + [511, 512, 513, 1023, 1024, 1025] {
            var tar = TarWriter()
            let bytes = Self.contents(size)
            tar.add("top/a".utf8, contents: bytes)
            let expected: ReferenceTree = ["a": .file(bytes, isExecutable: false)]
            #expect(try hash(tar.finished).nar.digest == expected.digest, "\(size) bytes")
        }
    }

    private static let blocks = 256 << 10
    private static let memory = 4 << 20

    /// The sizes of the files of an archive, in the order in which they are in it.
    static let sizes: [[Int]] = [
        [blocks - 1, blocks, blocks + 1], [memory - 1, 1, 1, 1], [memory, 1], [memory + 1, 5],
        [memory + 1, memory + 1, 3],
        // One that begins in the file and ends in memory.
        [memory - 1000, 2000, 1000], [3 << 20, 2 << 20, 3 << 20, 2 << 20, 7], [9 << 20, 0, 1, blocks * 2, 0],
    ]

    @Test(arguments: sizes, [64 << 10, 1 << 20, 5000])
    func `Contents are the same out of memory, out of the file, and across the border`(
        sizes: [Int], piece: Int
    ) throws {
        var tar = TarWriter()
        var entries: [(name: [UInt8], node: ReferenceTree)] = []
        for (index, size) in sizes.enumerated() {
            let (name, bytes) = (Array("f\(index)".utf8), Self.contents(size, seed: UInt64(index)))
            tar.add(Array("top/".utf8) + name, contents: bytes)
            entries.append((name, .file(bytes, isExecutable: false)))
        }
        // Read in another order than written: this one is the last in the archive and the first in the NAR.
        tar.file("top/a", "a")
        entries.append((Array("a".utf8), .file("a")))
        #expect(
            try hash(tar.finished, ReadingPlan(memory: Self.memory), inPiecesOf: piece).nar.digest
                == ReferenceTree.directory(entries).digest)
    }

    @Test(arguments: ["gnu", "posix"])
    func `Holes of sparse files are zeros`(format: String) async throws {
        let folder = TemporaryDirectory()
        let script = """
            mkdir top && printf head > top/a && truncate -s 3000001 top/a && printf tail >> top/a
            truncate -s 1048577 top/hole
            tar --sparse --format=\(format) -cf archive.tar top
            """
        try await run(["sh", "-ec", script], directory: folder.path)
        let archive = try folder.read("archive.tar")
        #expect(archive.count < 100_000)
        let head = Array("head".utf8) + [UInt8](repeating: 0, count: 3_000_001 - 4) + Array("tail".utf8)
        let expected: ReferenceTree = [
            "a": .file(head, isExecutable: false),
            "hole": .file([UInt8](repeating: 0, count: 1_048_577), isExecutable: false),
        ]
        #expect(try hash(archive).nar.digest == expected.digest)
    }

    @Test func `An archive that is cut short anywhere is refused, or is the whole of it`() throws {
        var tar = TarWriter()
        tar.file("top/a", String(repeating: "a", count: 700))
        tar.file("top/b", "b")
        let whole = try hash(tar.finished)
        let ends: Set = [0, 1536, 2560]
        for count in stride(from: 0, through: tar.bytes.count, by: 64) where !ends.contains(count) {
            #expect(throws: (any Error).self, "\(count) bytes") { try hash(Array(tar.bytes.prefix(count))) }
        }
        // libarchive, and so Nix, takes the end of the file behind whole entries for the end of the archive.
        #expect(try hash(Array(tar.bytes.prefix(2560))) == whole)
    }

    @Test func `A header that claims more than there is allocates nothing and is refused`() {
        var tar = TarWriter()
        tar.add("top/a".utf8, contents: Array("x".utf8), size: 8_000_000_000)
        #expect {
            try hash(tar.finished)
        } throws: { error in
            if case .malformed = error as? ArchiveError { true } else { false }
        }
    }

    // MARK: Limits

    private func limited(_ archive: [UInt8], _ limits: TreeLimits) throws -> TreeSummary {
        try ArchiveHash.hash(
            opening: { Pieces(archive, of: 1000) }, spoolDirectory: TemporaryDirectory().path, limits: limits,
            cancellation: Cancellation())
    }

    @Test func `Contents may reach the limit and not exceed it`() throws {
        var tar = TarWriter()
        // What is overwritten has been unpacked all the same.
        for size in [5000, 3000, 2000] { tar.add("top/a".utf8, contents: Self.contents(size)) }
        #expect(try limited(tar.finished, TreeLimits(contents: 10_000)) == limited(tar.finished, TreeLimits()))
        #expect(throws: TreeError.contentsTooLarge(path: Array("top/a".utf8), limit: 9_999)) {
            try limited(tar.finished, TreeLimits(contents: 9_999))
        }
    }

    /// A streamed zip entry has its size behind it.
    @Test func `The limit holds for contents whose size is not said before them`() async throws {
        let folder = TemporaryDirectory()
        try folder.write("a", Self.contents(10_000))
        let zip = try await run(["sh", "-c", "cat a | zip -q - - | gzip"], directory: folder.path).stdoutBytes
        #expect(throws: Never.self) { try limited(zip, TreeLimits(contents: 10_000)) }
        #expect(throws: TreeError.contentsTooLarge(path: Array("-".utf8), limit: 9_999)) {
            try limited(zip, TreeLimits(contents: 9_999))
        }
    }

    @Test func `A small archive that claims to be larger than a disk is refused before it fills one`() async throws {
        let folder = TemporaryDirectory()
        let script = "truncate -s 900G hole && tar -S -cf - hole && rm hole"
        let archive = try await run(["sh", "-ec", script], directory: folder.path).stdoutBytes
        #expect(archive.count < 100_000)
        #expect(throws: TreeError.contentsTooLarge(path: Array("hole".utf8), limit: 64 << 30)) {
            try limited(archive, TreeLimits())
        }
    }

    @Test func `Entries, and the directories that they imply, may be as many as the limit`() throws {
        var tar = TarWriter()
        for name in ["a", "b", "a"] { tar.file("top/\(name)") }
        #expect(throws: Never.self) { try limited(tar.finished, TreeLimits(entries: 3)) }
        #expect(throws: TreeError.tooManyEntries(limit: 2)) { try limited(tar.finished, TreeLimits(entries: 2)) }
        var deep = TarWriter()
        for name in ["a/b/c/d/e", "f/g"] { deep.file(name) }
        #expect(throws: Never.self) { try limited(deep.finished, TreeLimits(entries: 7)) }
        #expect(throws: TreeError.tooManyEntries(limit: 6)) { try limited(deep.finished, TreeLimits(entries: 6)) }
    }

    @Test func `A folder for the spool that is not there is named by its error`() {
        var tar = TarWriter()
        tar.add("top/a".utf8, contents: Self.contents(Self.memory + 1))
        #expect(throws: ArchiveError.spoolFailed(errnum: ENOENT)) {
            try ArchiveHash.hash(
                opening: { MemoryByteSource(tar.finished) }, plan: ReadingPlan(memory: 0),
                spoolDirectory: "/nowhere", cancellation: Cancellation())
        }
    }
}
