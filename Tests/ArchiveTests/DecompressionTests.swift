import Archive
import Support
import Testing

/// Whatever the compression, its borders and its damages, an archive is what libarchive alone makes of it.
struct DecompressionTests {
    /// A generator whose numbers are the same every time.
    struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    /// Expects of every archive what libarchive makes of it, in pieces of each of these sizes.
    /// - Parameter whereRefused: whether what was read of an archive before it was refused has to be the same too. No hash
    ///   depends on that, and of damaged data ISA-L may inflate more than zlib, so that something else refuses it.
    private func compare(
        _ archives: [[UInt8]], inPiecesOf sizes: [Int], _ what: Comment, whereRefused: Bool = true
    ) async throws {
        let expected = try await Oracle.read(archives)
        try #require(expected.count == archives.count)
        for (index, (archive, expected)) in zip(archives, expected).enumerated() {
            for size in sizes {
                let got = try Oracle.ours(archive, inPiecesOf: size)
                if !whereRefused, got.hasPrefix("refused "), expected.hasPrefix("refused ") { continue }
                #expect(got == expected, "\(what), number \(index), in pieces of \(size)")
            }
        }
    }

    /// A tar archive of `size` bytes in all, of which the last two blocks are the end, through a shell command.
    private func packed(_ size: Int, _ command: String, kind: String = "urandom") async throws -> [UInt8] {
        let folder = TemporaryDirectory()
        let contents = size - 512 - 1024
        let make =
            kind == "urandom"
            ? "head -c \(contents) /dev/urandom > a" : "yes 'some text, and more of it' | head -c \(contents) > a"
        let result = try await run(
            ["bash", "-c", "\(make) && tar -b1 -cf - a | (\(command))"], directory: folder.path)
        return result.stdoutBytes
    }

    static let coats = [
        "cat", "gzip -n", "xz", "xz -T2 --block-size=65536", "bzip2", "zstd", "lz4", "lzip", "xz --format=lzma",
        "gzip | xz", "gzip | gzip", "xz | gzip", "bzip2 | gzip", "gzip | bzip2", "zstd | xz | gzip",
        "gzip | zstd | gzip",
    ]

    @Test(arguments: coats) func sizesAroundTheBorders(coat: String) async throws {
        var archives: [[UInt8]] = []
        for border in [8 << 10, 64 << 10, 128 << 10, 256 << 10, 512 << 10] {
            for size in [border - 512, border, border + 512] {
                archives.append(try await packed(size, coat))
                archives.append(try await packed(size, coat, kind: "text"))
            }
        }
        try await compare(archives, inPiecesOf: [997, 64 << 10, 1 << 20], "\(coat)")
        // A byte at a time takes its time.
        try await compare(Array(archives.prefix(4)), inPiecesOf: [1], "\(coat)")
    }

    @Test(arguments: ["gzip -n", "xz", "zstd", "gzip | xz", "gzip | gzip", "xz | gzip", "bzip2 | gzip"])
    func cutShortAnywhere(coat: String) async throws {
        let small = try await packed(2048, coat)
        try await compare((0...small.count).map { Array(small.prefix($0)) }, inPiecesOf: [1 << 20, 7], "\(coat)")
    }

    /// A chunk of 64 KiB that is full right where the compressed data breaks off.
    @Test(arguments: [
        "gzip -n", "gzip -n1", "xz", "xz --check=none", "xz -T2 --block-size=65536", "gzip | gzip", "xz | gzip",
    ])
    func cutShortAtABorder(coat: String) async throws {
        for size in [64 << 10, 128 << 10, 256 << 10, 320 << 10] {
            let whole = try await packed(size, coat, kind: size % 3 == 0 ? "text" : "urandom")
            var archives = (0...min(120, whole.count)).map { Array(whole.dropLast($0)) }
            for index in 1...min(60, whole.count) {
                archives.append(whole)
                archives[archives.count - 1][whole.count - index] ^= 0x41
            }
            archives += [whole + [0], whole + [0, 0, 0, 0], whole + Array("garbage".utf8), whole + whole]
            try await compare(archives, inPiecesOf: [1 << 20], "\(coat), \(size)")
        }
    }

    @Test func membersOfEveryKind() async throws {
        let tar = try await packed(150 << 10, "cat")
        let gzip = try await packed(2048, "gzip -n")
        let named = try await packed(2048, "cat > named && gzip -N < named")
        let empty = try await run(["sh", "-c", "gzip -n </dev/null"]).stdoutBytes
        let deflated = Array(gzip.dropFirst(10))
        func header(_ flags: UInt8, _ fields: [UInt8]) -> [UInt8] {
            [0x1F, 0x8B, 8, flags, 0, 0, 0, 0, 0, 3] + fields + deflated
        }
        var archives = [
            gzip, named, empty, empty + gzip, gzip + empty, gzip + gzip, empty + empty + gzip + empty,
            header(0, []), header(1, []), header(2, [1, 2]), header(4, [3, 0, 9, 9, 9]), header(4, [0, 0]),
            header(8, Array("name\0".utf8)), header(16, Array("comment\0".utf8)),
            header(0x1F, [2, 0, 7, 7] + Array("name\0comment\0".utf8) + [1, 2]),
            header(0x20, []), header(0x40, []), header(0x80, []), header(8, []), header(4, [0xFF, 0xFF]),
            gzip + [0x1F], gzip + [0x1F, 0x8B, 8], gzip + Array(gzip.prefix(10)), gzip + header(8, []),
            gzip + header(4, [0xFF, 0xFF]), gzip + header(0x20, []), [0x1F, 0x8B],
            [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3],
        ]
        // An archive in as many members as it has pieces, of which each may be at a border.
        for size in [1, 511, 512, 4096, 65535, 65536, 65537] where tar.count / size < 2000 {
            let script = """
                import gzip, sys
                d = sys.stdin.buffer.read()
                for i in range(0, len(d), \(size)): sys.stdout.buffer.write(gzip.compress(d[i:i + \(size)], mtime=0))
                """
            let members = try await run(["python3", "-c", script], input: tar).stdoutBytes
            archives += [members, Array(members.dropLast()), Array(members.dropLast(8)), Array(members.dropLast(9))]
        }
        try await compare(archives, inPiecesOf: [1 << 20, 13], "members")
    }

    /// Blocks of 8 MiB, of which libarchive sees each whole before it gives a byte.
    @Test(arguments: ["lz4 -l", "gzip | lz4 -l"]) func blocksAsLongAsTheyGet(coat: String) async throws {
        try await compare([try await packed(9 << 20, coat)], inPiecesOf: [1 << 20], "\(coat)")
    }

    /// libarchive 3.8 reads no longer name than of 1 MiB.
    @Test(arguments: [Inflation.fast, .exact]) func aGzipHeaderHasALimit(inflation: Inflation) async throws {
        let gzip = try await packed(2048, "gzip -n")
        func named(_ length: Int) -> [UInt8] {
            [0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 3] + [UInt8](repeating: 0x61, count: length) + [0] + gzip.dropFirst(10)
        }
        #expect(try Oracle.ours(named(1_000_000), inPiecesOf: 1 << 20, inflation).hasPrefix("whole"))
        #expect(try Oracle.ours(named(1_100_000), inPiecesOf: 1 << 20, inflation).hasPrefix("refused"))
    }

    @Test func filtersUntilThereAreTooMany() async throws {
        for count in [23, 24, 25, 26] {
            let stack = Array(repeating: "gzip -n", count: count).joined(separator: " | ")
            try await compare([try await packed(2048, stack)], inPiecesOf: [1 << 20], "\(count) filters")
        }
    }

    @Test(arguments: ["gzip -n", "gzip -n1", "xz", "xz -T2 --block-size=40000", "zstd", "bzip2", "gzip | gzip", "cat"])
    func flippedBits(coat: String) async throws {
        let seed = UInt64.random(in: 1...(.max))
        var numbers = Numbers(state: seed)
        var archives: [[UInt8]] = []
        for size in [3072, 70 << 10, 140 << 10] {
            let whole = try await packed(size, coat, kind: size == 70 << 10 ? "text" : "urandom")
            for _ in 0..<(size == 3072 ? 600 : 100) {
                var archive = whole
                for _ in 0..<Int.random(in: 1...3, using: &numbers) {
                    let index = Int.random(in: archive.indices, using: &numbers)
                    archive[index] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
                }
                archives.append(archive)
            }
        }
        try await compare(archives, inPiecesOf: [1 << 20], "\(coat), seed \(seed)", whereRefused: false)
    }

    /// Text, of which little compressed data makes more than a chunk, so that damage lies all around the border.
    @Test(arguments: ["gzip -n", "xz"]) func everyBitFlipped(coat: String) async throws {
        let whole = try await packed(70 << 10, coat, kind: "text")
        let archives = whole.indices.flatMap { index in
            (0..<8).map { bit in
                var archive = whole
                archive[index] ^= 1 << bit
                return archive
            }
        }
        try await compare(archives, inPiecesOf: [1 << 20], "\(coat)")
    }
}
