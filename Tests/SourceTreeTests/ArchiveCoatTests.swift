import Archive
import NixHash
import SourceTree
import Support
import Testing

/// What is around a tar archive: compressions, stacks of them, several streams in a row, and what is wrong with them.
@Suite(.enabled(if: Packing.isPossible, "left out: a compressor is not installed"))
struct ArchiveCoatTests {
    /// More than is looked at to recognise an archive, and no compression makes it less.
    static let tree: ReferenceTree = [
        "a": .file(ArchiveSizeTests.contents(100_000), isExecutable: false), "b": .executable("b"),
    ]

    static let tar: [UInt8] = {
        var tar = TarWriter()
        tar.add("top/a".utf8, contents: ArchiveSizeTests.contents(100_000))
        tar.file("top/b", "b", mode: 0o755)
        return tar.finished
    }()

    /// Bytes as a program with the steps of a pipe puts them out.
    private func coat(_ bytes: [UInt8], _ command: String) async throws -> [UInt8] {
        // libarchive's own writers, for what has no program of its own here.
        let command = command.replacing("compress", with: "bsdtar -cZf - @-")
            .replacing("uuencode", with: "bsdtar -c --uuencode -f - @-")
            .replacing("base64", with: "bsdtar -c --b64encode -f - @-")
        return try await run(["sh", "-c", command], input: bytes).stdoutBytes
    }

    static let coats = [
        "cat", "gzip", "bzip2", "xz", "xz --check=none", "xz --check=sha256", "xz --x86 --lzma2",
        "xz --block-size=4096",
        "xz -T2 --block-size=20000", "xz --format=lzma", "zstd", "zstd --no-check", "zstd --long=27", "lz4", "lz4 -BD",
        "lzip", "compress", "uuencode", "base64", "gzip | gzip", "gzip | xz", "xz | gzip", "bzip2 | zstd | lz4",
        "lzip | xz --format=lzma | gzip | bzip2", "gzip | gzip | gzip | gzip | gzip",
    ]

    @Test(arguments: coats)
    func `Every compression is taken off, and every stack of them`(command: String) async throws {
        #expect(try agreedHash(of: await coat(Self.tar, command)) == Self.tree.digest)
    }

    @Test(arguments: ["gzip", "bzip2", "xz", "zstd", "lz4", "lzip"])
    func `Streams one behind the other are one`(command: String) async throws {
        for border in [1, 512, 70_000, 100_500] {
            let first = try await coat(Array(Self.tar.prefix(border)), command)
            let second = try await coat(Array(Self.tar.dropFirst(border)), command)
            #expect(try agreedHash(of: first + second) == Self.tree.digest, "\(border) bytes in the first")
        }
    }

    /// libarchive ends where lz4 or lzip has an empty one, and so does Nix.
    @Test(arguments: ["gzip", "bzip2", "xz", "zstd"])
    func `A stream of nothing among them is of no consequence`(command: String) async throws {
        let first = try await coat(Array(Self.tar.prefix(70_000)), command)
        let nothing = try await coat([], command)
        let second = try await coat(Array(Self.tar.dropFirst(70_000)), command)
        #expect(try agreedHash(of: nothing + first + nothing + second + nothing) == Self.tree.digest)
    }

    @Test func `Padding between xz streams and what zstd says to skip are skipped`() async throws {
        let (first, second) = (Array(Self.tar.prefix(70_000)), Array(Self.tar.dropFirst(70_000)))
        let xz = try await (coat(first, "xz"), coat(second, "xz"))
        #expect(try agreedHash(of: xz.0 + [0, 0, 0, 0] + xz.1 + [0, 0, 0, 0]) == Self.tree.digest)
        let zstd = try await (coat(first, "zstd"), coat(second, "zstd"))
        let skipped: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
        #expect(try agreedHash(of: zstd.0 + skipped + zstd.1 + skipped) == Self.tree.digest)
    }

    @Test func `A gzip header may have a name, a comment, a field and a checksum`() async throws {
        let plain = try await coat(Self.tar, "gzip -n")
        let extra = [4, 0] + Array("abcd".utf8) + Array("name\0comment\0".utf8) + [0xBA, 0xD0]
        let header = Array(plain.prefix(3)) + [0x1E] + Array(plain[4..<10]) + extra
        #expect(try agreedHash(of: header + plain.dropFirst(10)) == Self.tree.digest)
    }

    // MARK: What is wrong with it

    private func isDamage(_ error: any Error) -> Bool {
        if case .malformed = error as? ArchiveError { true } else { false }
    }

    @Test(arguments: ["gzip", "bzip2", "xz", "xz --format=lzma", "zstd", "lz4", "lzip", "compress", "uuencode"])
    func `What is compressed and cut short is refused`(command: String) async throws {
        let whole = try await coat(Self.tar, command)
        for count in [whole.count / 4, whole.count / 2, whole.count * 9 / 10] {
            #expect("\(count) bytes") { try agreedHash(of: Array(whole.prefix(count))) } throws: { isDamage($0) }
        }
    }

    @Test(arguments: ["gzip", "bzip2", "xz", "zstd", "lzip"])
    func `What lacks the last byte of its checksum is refused`(command: String) async throws {
        let whole = try await coat(Self.tar, command)
        #expect { try agreedHash(of: whole.dropLast()) } throws: { isDamage($0) }
    }

    @Test(arguments: ["gzip", "bzip2", "lz4", "lzip", "xz --format=lzma", "cat"])
    func `Garbage behind the end is ignored where Nix ignores it`(command: String) async throws {
        let whole = try await coat(Self.tar, command)
        for garbage in ["garbage", "\0\0\0\0\0\0\0", "\u{1F}\u{8B}"] {
            #expect(try agreedHash(of: whole + Array(garbage.utf8)) == Self.tree.digest, "\(garbage)")
        }
    }

    @Test(arguments: ["xz", "zstd"])
    func `Garbage behind the end is refused where Nix refuses it`(command: String) async throws {
        let whole = try await coat(Self.tar, command)
        #expect { try agreedHash(of: whole + Array("garbage".utf8)) } throws: { isDamage($0) }
    }

    /// How far from the end a byte of the checksum stands.
    static let refusedChecksums = [("bzip2", 3), ("xz", 1), ("xz --check=crc32", 30), ("zstd", 1), ("lzip", 20)]

    @Test(arguments: refusedChecksums)
    func `A wrong checksum is refused`(command: String, fromEnd: Int) async throws {
        var bytes = try await coat(Self.tar, command)
        bytes[bytes.count - fromEnd] ^= 0x55
        #expect { try agreedHash(of: bytes) } throws: { isDamage($0) }
    }

    @Test(arguments: [1, 4, 5, 8])
    func `A wrong checksum or length behind a gzip member is taken, as by Nix`(fromEnd: Int) async throws {
        var bytes = try await coat(Self.tar, "gzip")
        bytes[bytes.count - fromEnd] ^= 0x55
        #expect(try agreedHash(of: bytes) == Self.tree.digest)
    }

    /// Nothing can be recognised of what breaks in the second line, and it is not nothing.
    @Test(arguments: ["uuencode", "base64"])
    func `A text that is cut short in its first lines is no empty archive`(command: String) async throws {
        let whole = try await coat(Self.tar, command)
        let line = (whole.firstIndex(of: 0x0A) ?? 0) + 1
        let second = (whole[line...].firstIndex(of: 0x0A) ?? 0) + 1
        for count in [line, line + 1, second, second + 1, second + 2] {
            #expect(throws: (any Error).self, "\(count) bytes") { try agreedHash(of: Array(whole.prefix(count))) }
        }
    }

    /// What libarchive, and so Nix, makes of a coat that is damaged has no rule but itself.
    @Test(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"), arguments: coats.dropLast())
    func `Of what is damaged at random it makes what Nix makes`(command: String) async throws {
        let (folder, nix) = (TemporaryDirectory(), try NixSandbox())
        let whole = try await coat(Self.tar, command)
        var generator = SeededGenerator(seed: RandomTreeTests.damageSeed)
        for number in 0..<10 {
            var damaged = whole
            // The beginning and the end are where formats say what is in between.
            let (near, count) = (Int.random(in: 0..<40, using: &generator), damaged.count)
            let place =
                [near, count - 1 - near, Int.random(in: 0..<count, using: &generator)]
                .randomElement(using: &generator) ?? 0
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: damaged = Array(damaged.prefix(place))
            case 1: damaged.insert(UInt8.random(in: 0...255, using: &generator), at: place)
            case 2: damaged += ArchiveSizeTests.contents(near, seed: generator.next())
            default: damaged[place] ^= UInt8.random(in: 1...255, using: &generator)
            }
            let path = try folder.write("archive", damaged)
            let prefetch = ["nix-prefetch-url", "--type", "sha256", "--unpack", "file://\(path)"]
            let theirs = try await nix.nix(prefetch)
            let mine = try? agreedHash(of: damaged)
            let label = "PINR_TEST_SEED=\(RandomTreeTests.damageSeed), number \(number): \(theirs.stderr)"
            #expect(mine?.nix32 == (theirs.status == 0 ? theirs.trimmed : nil), "\(label)")
        }
    }
}
