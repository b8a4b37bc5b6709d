import NixHash
import Support
import Testing

extension NARWriter {
    /// Writes a whole file.
    mutating func file(_ contents: String, isExecutable: Bool = false) throws {
        try beginFile(size: UInt64(contents.utf8.count), isExecutable: isExecutable)
        try self.contents(Array(contents.utf8).span.bytes)
        try endFile()
    }

    mutating func entry(_ name: String) throws { try entry(named: Array(name.utf8)) }
}

struct NARWriterTests {
    @Test func bytesAreThoseOfTheFormat() throws {
        final class Box { var bytes: [UInt8] = [] }
        let box = Box()
        var nar = NARWriter { span in span.withUnsafeBytes { box.bytes.append(contentsOf: $0) } }
        try nar.beginDirectory()
        try nar.entry("run")
        try nar.file("123456789", isExecutable: true)
        try nar.endDirectory()
        let summary = try nar.finish()

        var expected: [UInt8] = []
        let strings = [
            "nix-archive-1", "(", "type", "directory", "entry", "(", "name", "run", "node", "(", "type", "regular",
            "executable", "", "contents", "123456789", ")", ")", ")",
        ]
        for string in strings {
            expected += [UInt8(string.utf8.count)] + [UInt8](repeating: 0, count: 7)
            expected += Array(string.utf8)
            while expected.count % 8 != 0 { expected.append(0) }
        }
        #expect(box.bytes == expected)
        #expect(summary.size == UInt64(expected.count))
        #expect(summary.digest == SHA256.hash(expected))
    }

    @Test(arguments: [0, 1, 7, 8, 9, 255, 4096, 32_767, 32_768, 32_769, 1 << 20])
    func contentsInPiecesAreTheSameAsAtOnce(size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        func hash(pieces: Int) throws -> NARWriter.Summary {
            var nar = NARWriter()
            try nar.beginFile(size: UInt64(size), isExecutable: false)
            var start = 0
            while start < size {
                let end = min(size, start + pieces)
                try nar.contents(bytes.span.bytes.extracting(start..<end))
                start = end
            }
            try nar.endFile()
            return try nar.finish()
        }
        let whole = try hash(pieces: max(1, size))
        #expect(try hash(pieces: 1000) == whole)
        #expect(try hash(pieces: 40_000) == whole)
    }

    @Test(arguments: ["", ".", "..", "a/b", "a\0b"])
    func namesThatNoArchiveHas(name: String) throws {
        #expect(throws: NARError.illegalName(Array(name.utf8))) {
            var nar = NARWriter()
            try nar.beginDirectory()
            try nar.entry(named: Array(name.utf8))
        }
    }

    @Test(arguments: [("b", "a"), ("a", "a"), ("foo.txt", "foo-bar"), ("\u{FFEE}", "a")])
    func namesOutOfOrder(first: String, second: String) {
        #expect(throws: NARError.outOfOrder(Array(second.utf8), after: Array(first.utf8))) {
            var nar = NARWriter()
            try nar.beginDirectory()
            try nar.entry(first)
            try nar.file("")
            try nar.entry(second)
        }
    }

    @Test func orderIsOfBytesNotOfCharacters() throws {
        // U+FFEE is before U+1F600 in UTF-8, and after it in UTF-16; NFC and NFD are two names.
        var nar = NARWriter()
        try nar.beginDirectory()
        for name in ["e\u{301}", "\u{E9}", "\u{FFEE}", "\u{1F600}"] {
            try nar.entry(name)
            try nar.file("")
        }
        try nar.entry(named: [0xFF])
        try nar.file("")
        try nar.endDirectory()
        #expect(try nar.finish().size > 0)
    }

    @Test(arguments: [4, 6])
    func fileOfAnotherSizeThanSaid(written: Int) {
        #expect(throws: NARError.wrongFileSize) {
            var nar = NARWriter()
            try nar.beginFile(size: 5, isExecutable: false)
            try nar.contents([UInt8](repeating: 1, count: written).span.bytes)
            try nar.endFile()
        }
    }

    @Test func nothingAndHalfADirectoryAreNoArchive() {
        #expect(throws: NARError.outOfPlace) {
            let nar = NARWriter()
            _ = try nar.finish()
        }
        #expect(throws: NARError.outOfPlace) {
            var nar = NARWriter()
            try nar.beginDirectory()
            _ = try nar.finish()
        }
    }

    @Test func nothingIsLongerThanItMayBe() throws {
        let name = [UInt8](repeating: 0x61, count: NARLimits.nameLength)
        let target = [UInt8](repeating: 0x62, count: NARLimits.targetLength)
        var nar = NARWriter()
        try nar.beginDirectory()
        try nar.entry(named: name)
        try nar.symlink(to: target)
        try nar.endDirectory()
        #expect(try nar.finish().size > 0)
        #expect(throws: NARError.illegalName(name + [0x61])) {
            var nar = NARWriter()
            try nar.beginDirectory()
            try nar.entry(named: name + [0x61])
        }
    }

    @Test(arguments: [63, 64])
    func directoriesWithinEachOther(depth: Int) throws {
        func nested() throws -> NARWriter.Summary {
            var nar = NARWriter()
            try nar.beginDirectory()
            for _ in 0..<depth {
                try nar.entry("d")
                try nar.beginDirectory()
            }
            try nar.entry("f")
            try nar.file("")
            for _ in 0...depth { try nar.endDirectory() }
            return try nar.finish()
        }
        if depth <= NARLimits.depth {
            #expect(try nested().size > 0)
        } else {
            #expect(throws: NARError.tooDeep) { try nested() }
        }
    }

    @Test func targetsThatNoLinkHas() {
        for target in [[], [0x61, 0], [UInt8](repeating: 0x61, count: NARLimits.targetLength + 1)] as [[UInt8]] {
            #expect(throws: NARError.illegalTarget(target)) {
                var nar = NARWriter()
                try nar.symlink(to: target)
            }
        }
    }
}
