import Archive
import Foundation
import Support
import Synchronization
import Testing
import Threads

/// The reader's thread: it comes and goes with the reader, and what it finds out is told.
@Suite(.serialized) struct ArchiveThreadTests {
    /// A stream that gives a number of bytes and then nothing more until it is interrupted.
    private final class Stuck: ByteSource {
        private let channel = ByteChannel(capacity: 1 << 20)

        init(after bytes: [UInt8]) {
            var chunk = bytes
            _ = channel.offer(exchanging: &chunk)
        }

        var interruption: @Sendable () -> Void { channel.interruption }

        func next(_ chunk: inout [UInt8]) throws -> Bool { try channel.next(&chunk) }
    }

    /// Bytes that tell how many of them were taken.
    private final class Counted: ByteSource {
        private let pieces: Pieces
        private let isAtEnd: @Sendable () -> Void

        init(_ bytes: [UInt8], isAtEnd: @escaping @Sendable () -> Void) {
            pieces = Pieces(bytes, of: 1000)
            self.isAtEnd = isAtEnd
        }

        var interruption: @Sendable () -> Void { {} }

        func next(_ chunk: inout [UInt8]) throws -> Bool {
            let isThere = try pieces.next(&chunk)
            if !isThere { isAtEnd() }
            return isThere
        }
    }

    private func packed(_ command: String) async throws -> [UInt8] {
        let folder = TemporaryDirectory()
        return try await run(["bash", "-c", command], directory: folder.path).stdoutBytes
    }

    private static let large = "head -c 6000000 /dev/urandom > a && tar cf - a"

    #if os(Linux)
        /// How many threads and descriptors this process has.
        private static func possessions() throws -> [Int] {
            try ["/proc/self/task", "/proc/self/fd"].map {
                try FileManager.default.contentsOfDirectory(atPath: $0).count
            }
        }

        /// In a process of its own, where no other test has threads.
        @Test(.timeLimit(.minutes(10)), arguments: ["cat", "gzip", "xz", "xz -T2 --block-size=100000", "zstd", "zip"])
        func aReaderThatIsDroppedLeavesNothing(coat: String) async throws {
            let bytes = try await packed(coat == "zip" ? "echo x > a; zip -q - a" : "\(Self.large) | \(coat)")
            let folder = TemporaryDirectory()
            let path = folder.file("archive")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            await #expect(processExitsWith: .success) { [path = path as String, coat = coat as String] in
                let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
                func drop(after share: Int) throws {
                    let source = Stuck(after: Array(bytes.prefix(share)))
                    // Too little comes to recognise the archive, or it has to be copied whole: that waits too.
                    let isLate = share <= 40_000 || coat == "zip"
                    if isLate {
                        let interrupt = source.interruption
                        try startThread {
                            usleep(30_000)
                            interrupt()
                        }
                    }
                    let reader = try ArchiveReader(source, spoolDirectory: NSTemporaryDirectory())
                    if isLate { _ = try? reader.next() } else { #expect(try reader.next() != nil) }
                    // And one that nothing else interrupts.
                    _ = try ArchiveReader(Stuck(after: Array(bytes.prefix(share))), spoolDirectory: "/tmp")
                }
                try drop(after: 100)
                // So that the threads of that one are not counted any more, as below.
                usleep(300_000)
                let before = try ArchiveThreadTests.possessions()
                for share in [0, 3, 40_000, bytes.count / 2, bytes.count] { try drop(after: min(share, bytes.count)) }
                // A joined thread is listed until the kernel has cleaned up after it.
                for _ in 0..<6000 where try ArchiveThreadTests.possessions() != before { usleep(10_000) }
                #expect(try ArchiveThreadTests.possessions() == before)
            }
        }
    #endif

    /// The worker is ahead of the reader, and waits for room when that goes.
    @Test(.timeLimit(.minutes(10))) func aReaderThatIsDroppedInTheMiddleEndsItsThread() async throws {
        let bytes = try await packed(Self.large)
        var reader: ArchiveReader? = try ArchiveReader(Pieces(bytes, of: 1000), spoolDirectory: "/tmp")
        #expect(try reader?.next() != nil)
        reader = nil
        let closed = try ArchiveReader(Pieces(bytes, of: 1000), spoolDirectory: "/tmp")
        closed.close()
        #expect(try closed.next() == nil)
        #expect(throws: CancellationError.self) { try closed.finish() }
    }

    /// Stages that get on without the source, and give nothing, see that nobody wants it any more.
    @Test(.timeLimit(.minutes(10)), arguments: [Inflation.fast, .exact])
    func aReaderIsInterruptedInTheMidstOfMuchAdo(inflation: Inflation) async throws {
        // Some gigabytes of members without contents, gzipped.
        let script = """
            import gzip, sys
            many = gzip.compress(gzip.compress(b"", mtime=0) * 2_000_000, mtime=0)
            for i in range(500): sys.stdout.buffer.write(many)
            """
        let bytes = try await run(["python3", "-c", script]).stdoutBytes
        let asked = Atomic(0)
        let reader = try ArchiveReader(
            Pieces(bytes, of: bytes.count) { _ in asked.add(1, ordering: .relaxed) }, spoolDirectory: "/tmp",
            inflation: inflation)
        let interrupt = reader.interruption
        try startThread {
            usleep(100_000)
            interrupt()
        }
        // libarchive's filter may have given up on a stream with so much in it before its first byte.
        #expect(throws: (any Error).self) { try reader.next() }
        reader.close()
        // It was not waited for until the whole was gone through, and more of it was wanted.
        #expect(asked.load(ordering: .relaxed) == 1)
    }

    @Test func finishingReadsTheSourceToItsEnd() async throws {
        let tar = try await packed("echo x > a && tar cf - a")
        for behind in [0, 1, 3_000_000] {
            let isAtEnd = Mutex(false)
            let source = Counted(tar + [UInt8](repeating: 7, count: behind)) { isAtEnd.withLock { $0 = true } }
            let reader = try ArchiveReader(source, spoolDirectory: "/tmp")
            while try reader.next() != nil {}
            #expect(try reader.finish() == .certain)
            #expect(isAtEnd.withLock { $0 })
            #expect(reader.compressedBytes == UInt64(tar.count + behind))
        }
        // What breaks behind the archive breaks the download.
        let reader = try ArchiveReader(
            Pieces(tar + [UInt8](repeating: 7, count: 3_000_000), of: 1000, breaks: true), spoolDirectory: "/tmp")
        while try reader.next() != nil {}
        #expect(throws: Pieces.Broken()) { try reader.finish() }
    }

    @Test(.enabled(if: Inflation.isFastAvailable, "left out: built without ISA-L"))
    func aWrongChecksumIsADoubt() async throws {
        let gzip = try await packed("echo x > a && tar cf - a | gzip -n")
        func verdict(_ bytes: [UInt8], _ inflation: Inflation) throws -> InflationVerdict {
            let reader = try ArchiveReader(Pieces(bytes, of: 100), spoolDirectory: "/tmp", inflation: inflation)
            while try reader.next() != nil {}
            return try reader.finish()
        }
        #expect(try verdict(gzip, .fast) == .certain)
        #expect(try verdict(gzip + Array("garbage".utf8), .fast) == .certain)
        for index in 1...8 {
            var wrong = gzip
            wrong[gzip.count - index] ^= 1
            #expect(try verdict(wrong, .fast) == .doubtful)
            #expect(try verdict(wrong, .exact) == .certain)
        }
    }

    @Test func whatExpandsTooMuchIsRefused() async throws {
        let bomb = try await packed("truncate -s 1200M a && tar cf - a | gzip -1 | gzip -9")
        let reader = try ArchiveReader(Pieces(bomb, of: 1000), spoolDirectory: "/tmp")
        #expect(try reader.next() != nil)
        #expect(throws: ArchiveError.expandsTooMuch(ratio: 10_000)) { try reader.contents { _ in } }
    }

    @Test func damageIsSaidToBeInOrAfterAnEntry() async throws {
        let tar = try await packed("echo x > a; echo y > b; tar -b1 -cf - a b")
        func damage(_ bytes: [UInt8]) throws -> ArchiveError? {
            do {
                let reader = try ArchiveReader(Pieces(bytes, of: 100), spoolDirectory: "/tmp")
                while try reader.next() != nil { try reader.contents { _ in } }
                return nil
            } catch let error as ArchiveError {
                return error
            }
        }
        var header = tar
        header[1024 + 20] ^= 1
        #expect(try damage(tar) == nil)
        for (bytes, entry, after) in [
            (header, nil, "a"), (Array(tar.prefix(1500)), nil, "a"),
            (Array(tar.prefix(1537)), "b", nil),
        ] as [([UInt8], String?, String?)] {
            guard case .malformed(let seen, let last, let detail) = try damage(bytes) else {
                Issue.record("not damaged")
                continue
            }
            #expect(seen == entry.map { Array($0.utf8) })
            #expect(last == after.map { Array($0.utf8) })
            #expect(!detail.isEmpty)
        }
    }
}
