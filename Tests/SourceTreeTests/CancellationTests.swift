import Archive
import Foundation
import NixHash
import Support
import Synchronization
import Testing
import Threads

@testable import SourceTree

/// Work that is given up leaves nothing behind.
struct CancellationTests {
    /// An archive whose contents do not fit the spool's memory.
    private static let archive: [UInt8] = {
        var tar = TarWriter()
        for index in 0..<6 {
            tar.add("top/f\(index)".utf8, contents: ArchiveSizeTests.contents(3 << 20, seed: UInt64(index)))
        }
        return tar.finished
    }()

    /// Spills to a file soon.
    private static let plan = ReadingPlan(hashing: .atTheEnd, memory: 1 << 20)

    /// The open files of this process that lie below a folder, with or without a name.
    private func openFiles(below folder: String) -> [String] {
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return descriptors.compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
        }
        .filter { $0.hasPrefix(folder + "/") }
    }

    #if os(Linux)
        @Test func `Neither a file nor a descriptor is left of an archive`() throws {
            let folder = TemporaryDirectory()
            let cancellation = Cancellation()
            let seen = Mutex(0)
            #expect(throws: CancellationError.self) {
                let source = Pieces(Self.archive, of: 64 << 10) { count in
                    // The spool is there by now, and has no name; the entries come at most 137 pieces behind.
                    guard count == 240 else { return }
                    seen.withLock { $0 = openFiles(below: folder.path).count }
                    cancellation.cancel()
                }
                return try ArchiveHash.hash(
                    source, plan: Self.plan, spoolDirectory: folder.path, cancellation: cancellation)
            }
            #expect(seen.withLock { $0 } == 1)
            #expect(openFiles(below: folder.path).isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }

        @Test func `Nor of an archive that is hashed to its end, or is none`() throws {
            let folder = TemporaryDirectory()
            for bytes in [Self.archive, Array("<!DOCTYPE html>".utf8), Array(Self.archive.prefix(7 << 20))] {
                _ = try? ArchiveHash.hash(
                    opening: { Pieces(bytes, of: 64 << 10) }, plan: Self.plan, spoolDirectory: folder.path,
                    cancellation: Cancellation())
                #expect(openFiles(below: folder.path).isEmpty)
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
            }
        }

        /// In a process of its own, where no other test has threads. Given up by the user, by a source that breaks, or by
        /// an archive that is refused, at any point of it, while entries are gathered and while they are hashed.
        @Test(.timeLimit(.minutes(10))) func `No thread is left either, wherever it is given up`() async throws {
            await #expect(processExitsWith: .success) {
                let folder = TemporaryDirectory()
                func possessions() throws -> [Int] {
                    try ["/proc/self/task", "/proc/self/fd", folder.path].map {
                        try FileManager.default.contentsOfDirectory(atPath: $0).count
                    }
                }
                let archive = CancellationTests.archive
                let count = (archive.count + 65_535) / 65_536
                func giveUp(at piece: Int, _ hashing: ReadingPlan.Hashing, breaks: Bool) throws {
                    let cancellation = Cancellation()
                    #expect(throws: (any Error).self) {
                        let source = Pieces(
                            breaks ? Array(archive.prefix(piece * 65_536)) : archive, of: 65_536, breaks: breaks
                        ) { if $0 == piece && !breaks { cancellation.cancel() } }
                        return try ArchiveHash.hash(
                            source, plan: ReadingPlan(hashing: hashing, memory: 1 << 20, holdMemory: 1000),
                            spoolDirectory: folder.path, cancellation: cancellation)
                    }
                }
                try giveUp(at: 100, .asTheyCome(after: 0), breaks: false)
                let before = try possessions()
                for piece in stride(from: 0, to: count, by: 13) {
                    for hashing in [ReadingPlan.Hashing.atTheEnd, .asTheyCome(after: 0)] {
                        for breaks in [false, true] { try giveUp(at: piece, hashing, breaks: breaks) }
                    }
                }
                try folder.write("tree/a", archive)
                for _ in 0..<5 {
                    #expect(mkfifo(folder.file("tree/b"), 0o600) == 0 || errno == EEXIST)
                    #expect(throws: TreeError.self) {
                        try FolderHash.hash(path: folder.file("tree"), cancellation: Cancellation())
                    }
                }
                try FileManager.default.removeItem(atPath: folder.file("tree"))
                // A joined thread is listed until the kernel has cleaned up after it; and one of Dispatch's, which was there
                // before, ends when it has had nothing to do for some seconds.
                func isAnythingLeft() throws -> Bool { try zip(possessions(), before).contains { $0 > $1 } }
                for _ in 0..<6000 where try isAnythingLeft() { usleep(10_000) }
                let after = try possessions()
                #expect(zip(after, before).allSatisfy { $0 <= $1 }, "\(after), and \(before) before")
            }
        }

        @Test func `Nor of a folder`() throws {
            let folder = TemporaryDirectory()
            try folder.write("a/b/c", "c")
            let cancellation = Cancellation()
            cancellation.cancel()
            #expect(throws: CancellationError.self) {
                try FolderHash.hash(path: folder.path, cancellation: cancellation)
            }
            // One that breaks off deep inside.
            #expect(mkfifo(folder.file("a/b/d"), 0o600) == 0)
            #expect(throws: TreeError.self) { try FolderHash.hash(path: folder.path, cancellation: Cancellation()) }
            #expect(openFiles(below: folder.path).isEmpty)
        }

        /// The claim is made of one block, so that nothing of the archive is left to be read while it is unpacked.
        @Test(.timeLimit(.minutes(10))) func `Cancelled inside a hole, no more zeros are written`() async throws {
            let folder = TemporaryDirectory()
            let script = "truncate -s 40G hole && printf x >> hole && tar -S -cf - hole && rm hole"
            let archive = try await run(["sh", "-ec", script], directory: folder.path).stdoutBytes
            #expect(archive.count < 100_000)
            let task = Task {
                try await onThread { cancellation in
                    try ArchiveHash.hash(
                        opening: { Pieces(archive, of: archive.count) }, plan: Self.plan, spoolDirectory: folder.path,
                        limits: TreeLimits(ratio: .max), cancellation: cancellation)
                }
            }
            // The spool is there: it is in the middle of the hole.
            while openFiles(below: folder.path).isEmpty { try await Task.sleep(for: .milliseconds(1)) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }

        @Test(.timeLimit(.minutes(10))) func `Cancelled inside a file on disk, no more of it is read`() async throws {
            let folder = TemporaryDirectory()
            try await run(["truncate", "-s", "1T", "huge"], directory: folder.path)
            let path = folder.path
            let task = Task { try await onThread { try FolderHash.hash(path: path, cancellation: $0) } }
            while openFiles(below: path).isEmpty { try await Task.sleep(for: .milliseconds(1)) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    #endif

    @Test func `Cancelled inside an entry, no more of it is read`() throws {
        var tar = TarWriter()
        tar.add("top/a".utf8, contents: ArchiveSizeTests.contents(8 << 20))
        let cancellation = Cancellation()
        let reads = Mutex(0)
        let archive = tar.finished
        #expect(throws: CancellationError.self) {
            let source = Pieces(archive, of: 64 << 10) { count in
                reads.withLock { $0 = count + 1 }
                if count == 5 { cancellation.cancel() }
            }
            return try ArchiveHash.hash(
                source, spoolDirectory: TemporaryDirectory().path, cancellation: cancellation)
        }
        #expect(reads.withLock { $0 } == 6)
    }

    @Test func `Cancelled when the NAR is to be written, it ends there too`() throws {
        let folder = TemporaryDirectory()
        let cancellation = Cancellation()
        var tree = TreeSpool(spoolDirectory: folder.path, memoryLimit: 0)
        let entry = ArchiveEntry(path: Array("a".utf8), kind: .file(size: 1, isExecutable: false), modified: 0)
        try tree.add(entry) { body in try body([0x61].span.bytes) }
        cancellation.cancel()
        do {
            _ = try tree.finish(cancellation: cancellation)
            Issue.record("nothing was thrown")
        } catch {
            #expect(error is CancellationError)
        }
    }
}
