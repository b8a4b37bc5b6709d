import Support
import Testing

@testable import SourceTree

struct ContentSpoolTests {
    /// In memory alone, partly in the file, and in one that crosses from the one to the other.
    @Test(arguments: [0, 1, 100, 5_000, 600_000, 1 << 30])
    func whatWentInComesOut(memoryLimit: Int) throws {
        let directory = TemporaryDirectory()
        var spool = ContentSpool(directory: directory.path, memoryLimit: memoryLimit)
        var generator = SystemRandomNumberGenerator()
        var files: [(extent: ContentSpool.Extent, bytes: [UInt8])] = []
        for size in [0, 1, 99, 3, 0, 4_000, 70_000, 300_000, 1, 524_289, 17] {
            let bytes = (0..<size).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            let start = spool.end
            var done = 0
            while done < size {
                let end = min(size, done + Int.random(in: 1...65_536, using: &generator))
                try spool.append(bytes[done..<end].span.bytes)
                done = end
            }
            #expect(spool.end == start + UInt64(size))
            files.append((ContentSpool.Extent(offset: start, size: UInt64(size)), bytes))
        }
        var buffer: [UInt8] = []
        for file in files.shuffled() {
            var read: [UInt8] = []
            try spool.read(file.extent, buffer: &buffer) { bytes in
                bytes.withUnsafeBytes { read.append(contentsOf: $0) }
            }
            #expect(read == file.bytes)
        }
    }

    /// What a stack needs: the end is taken back and written over, in memory and in the file.
    @Test(arguments: [0, 1000, 300_000, 1 << 30])
    func whatIsTakenBackGivesWay(memoryLimit: Int) throws {
        let directory = TemporaryDirectory()
        var spool = ContentSpool(directory: directory.path, memoryLimit: memoryLimit)
        var expected: [UInt8] = []
        var generator = SeededGenerator(seed: UInt64(memoryLimit))
        for _ in 0..<60 {
            if Int.random(in: 0..<3, using: &generator) == 0 {
                let end = Int.random(in: 0...expected.count, using: &generator)
                spool.truncate(to: UInt64(end))
                expected.removeLast(expected.count - end)
            } else {
                let bytes = ArchiveSizeTests.contents(
                    Int.random(in: 0...400_000, using: &generator), seed: generator.next())
                try spool.append(bytes)
                expected += bytes
            }
            #expect(spool.end == UInt64(expected.count))
        }
        var (buffer, read): ([UInt8], [UInt8]) = ([], [])
        try spool.read(ContentSpool.Extent(offset: 0, size: spool.end), buffer: &buffer) { bytes in
            bytes.withUnsafeBytes { read.append(contentsOf: $0) }
        }
        #expect(read == expected)
    }
}
