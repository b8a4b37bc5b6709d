import Archive
import NixHash
import SourceTree
import Support
import Testing

/// What is wrong inside an archive is said, with the entry that it is wrong at.
struct DamagedArchiveTests {
    private static let whole: TarWriter = {
        var tar = TarWriter()
        tar.file("top/first", "1")
        tar.add("top/second".utf8, contents: ArchiveSizeTests.contents(3000))
        return tar
    }()

    /// The entry and libarchive's words of what is thrown, nil when it is something else.
    private func damage(of archive: [UInt8], _ sourceLocation: SourceLocation = #_sourceLocation) -> (
        entry: String?, detail: String
    )? {
        do {
            let digest = try agreedHash(of: archive)
            Issue.record("hashed as \(digest)", sourceLocation: sourceLocation)
        } catch ArchiveError.malformed(let entry, _, let detail) {
            return (entry.map { String(decoding: $0, as: UTF8.self) }, detail)
        } catch {
            Issue.record("\(error)", sourceLocation: sourceLocation)
        }
        return nil
    }

    @Test func `A wrong checksum in the first header makes it no archive`() {
        var bytes = Self.whole.finished
        bytes[148] ^= 1
        #expect {
            try agreedHash(of: bytes)
        } throws: { error in
            if case .notAnArchive = error as? ArchiveError { true } else { false }
        }
    }

    @Test func `A wrong checksum in a later header is damage`() {
        var bytes = Self.whole.finished
        // Anywhere in the header, since the sum is over all of it.
        for offset in [1024, 1024 + 100, 1024 + 124, 1024 + 148, 1024 + 156, 1024 + 511] {
            let byte = bytes[offset]
            bytes[offset] ^= 1
            #expect(damage(of: bytes) != nil, "byte \(offset)")
            bytes[offset] = byte
        }
    }

    @Test func `A checksum of signed bytes is one too`() throws {
        var tar = TarWriter()
        tar.add("top/".utf8 + [0xE9, 0xFF], contents: Array("x".utf8))
        let header = tar.bytes.prefix(512)
        let unsigned = header[148..<154].reduce(0) { $0 * 8 + Int($1) - 48 }
        let digits = String(unsigned - 256 * header.filter { $0 >= 128 }.count, radix: 8)
        var bytes = tar.finished
        bytes.replaceSubrange(148..<154, with: Array((String(repeating: "0", count: 6 - digits.count) + digits).utf8))
        let expected = ReferenceTree.directory([([0xE9, 0xFF], .file("x"))])
        #expect(try agreedHash(of: bytes) == expected.digest)
    }

    @Test func `What is cut short inside a file names the file`() {
        // The header of the second stands behind the first and its block.
        for count in [1536, 1600, 4535, 4536] {
            let damage = damage(of: Array(Self.whole.bytes.prefix(count)))
            #expect(damage?.entry == "top/second", "\(count) bytes: \(String(describing: damage))")
        }
    }

    @Test func `What is cut short inside a header is refused`() {
        for count in [1025, 1124, 1535] {
            #expect(damage(of: Array(Self.whole.bytes.prefix(count))) != nil, "\(count) bytes")
        }
    }

    @Test func `What lacks the padding of its last file is refused`() {
        for missing in [1, 8, 71] { #expect(damage(of: Self.whole.bytes.dropLast(missing)) != nil, "\(missing)") }
    }

    @Test func `Garbage in the place of a header is refused, and behind the end it is ignored`() throws {
        let garbage = ArchiveSizeTests.contents(2000)
        #expect(damage(of: Self.whole.bytes + garbage) != nil)
        #expect(try agreedHash(of: Self.whole.finished + garbage) == agreedHash(of: Self.whole.finished))
    }

    @Test func `Of two archives one behind the other the first counts`() throws {
        var other = TarWriter()
        other.file("top/third", "3")
        #expect(try agreedHash(of: Self.whole.finished + other.finished) == agreedHash(of: Self.whole.finished))
    }

    @Test func `One block of zeros is an end, and so is none`() throws {
        let zeros = [UInt8](repeating: 0, count: 512)
        for end in [[], zeros, zeros + Array("behind".utf8)] {
            #expect(try agreedHash(of: Self.whole.bytes + end) == agreedHash(of: Self.whole.finished))
        }
    }

    /// The bytes of a size in a header: in octal, and in base 256.
    static let claims: [(size: [UInt8], isNegative: Bool)] = [
        (Array("00100000000\0".utf8), false), (Array("77777777777\0".utf8), false), (Array("777777777777".utf8), false),
        ([0x80, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0], false),
        ([0x80, 0, 0, 0, 0x7F] + [UInt8](repeating: 0xFF, count: 7), false),
        ([0x80, 0, 0, 1] + [UInt8](repeating: 0, count: 8), false), ([UInt8](repeating: 0xFF, count: 12), true),
    ]

    @Test(arguments: claims)
    func `A size that is negative, or more than there is, allocates nothing and names its entry`(
        size: [UInt8], isNegative: Bool
    ) {
        var tar = TarWriter()
        tar.file("top/first", "1")
        tar.file("top/claims")
        tar.patch(124, size)
        do {
            let digest = try agreedHash(of: tar.bytes + Self.whole.finished)
            Issue.record("hashed as \(digest)")
        } catch ArchiveError.malformed(let entry, _, let detail) {
            // What cannot be a size at all is refused with the header, before there is an entry.
            if entry != nil || !(detail.contains("size")) { #expect(entry == Array("top/claims".utf8), "\(detail)") }
            if isNegative { #expect(detail.contains("negative"), "\(detail)") }
        } catch TreeError.contentsTooLarge(let path, _) {
            #expect(path == Array("top/claims".utf8))
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test func `A size is what its digits say, whatever stands around them`() throws {
        for size in ["00000000005\0", "          5 ", "5           ", "5\0\0\0\0\0\0\0\0\0\0\0", "000000000005"] {
            var tar = TarWriter()
            tar.file("top/a")
            tar.patch(124, Array(size.utf8))
            let archive = tar.bytes + Array("12345".utf8) + [UInt8](repeating: 0, count: 507 + 1024)
            #expect(try agreedHash(of: archive) == (["a": .file("12345")] as ReferenceTree).digest, "'\(size)'")
        }
    }

    @Test(.enabled(if: isInstalled("zip"), "left out: zip is not installed"))
    func `A wrong checksum in a zip archive names its entry`() async throws {
        let folder = TemporaryDirectory()
        try folder.write("top/first", "1")
        try folder.write("top/second", "the bytes that are looked for")
        var zip = try await run(["sh", "-c", "zip -qr0X a.zip top && cat a.zip"], directory: folder.path).stdoutBytes
        let place = try #require(zip.indices.first { zip[$0...].starts(with: "the bytes".utf8) })
        zip[place] ^= 1
        let damage = damage(of: zip)
        #expect(damage?.entry == "top/second")
        #expect(damage?.detail.contains("CRC") == true)
    }

    @Test(.enabled(if: isInstalled("zip"), "left out: zip is not installed"))
    func `An encrypted zip archive is refused, and the entry named`() async throws {
        let folder = TemporaryDirectory()
        try folder.write("top/secret", "s")
        let zip = try await run(["sh", "-c", "zip -q -P password - top/secret"], directory: folder.path).stdoutBytes
        #expect(damage(of: zip)?.entry == "top/secret")
    }

    /// Nix 2.8 refuses and replaces other things than the newest one: what is hashed has to be its hash, if it has one.
    @Test(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
    func `Of what is damaged at random there is never another hash than Nix has`() async throws {
        let (folder, nix) = (TemporaryDirectory(), try NixSandbox())
        var tar = TarWriter()
        tar.directory("top/")
        tar.file("top/first", "1", mode: 0o755)
        tar.add("top/\(String(repeating: "n", count: 120))".utf8, contents: Array("long".utf8))
        tar.symlink("top/link", to: "first")
        tar.pax([("path", Array("top/pax".utf8)), ("size", Array("5".utf8))])
        tar.add("top/other".utf8, contents: Array("12345".utf8))
        tar.hardLink("top/hard", to: "top/first")
        tar.add("top/second".utf8, contents: ArchiveSizeTests.contents(3000))
        var generator = SeededGenerator(seed: RandomTreeTests.damageSeed)
        var hashed = 0
        for number in 0..<200 {
            var damaged = tar.finished
            // One header, whose sum is right again more often than not.
            let headers = damaged.indices.filter { $0 % 512 == 0 && damaged[($0 + 257)...].starts(with: "ustar".utf8) }
            let header = headers.randomElement(using: &generator) ?? 0
            let fields = [0..<20, 100..<108, 124..<136, 148..<158, 157..<170, 257..<265, 345..<360, 0..<512]
            let place =
                header + ((fields.randomElement(using: &generator) ?? 0..<1).randomElement(using: &generator) ?? 0)
            damaged[place] =
                [damaged[place] ^ (1 << UInt8.random(in: 0...7, using: &generator)), 0, 0x20, 0x2F, 0x37, 0xFF]
                .randomElement(using: &generator) ?? 0
            if Int.random(in: 0..<5, using: &generator) > 0 {
                var block = Array(damaged[header..<header + 512])
                block.replaceSubrange(148..<156, with: Array("        ".utf8))
                let digits = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
                let sum = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
                damaged.replaceSubrange(header + 148..<header + 156, with: Array(sum.utf8) + [0, 0x20])
            }
            guard let mine = try? agreedHash(of: damaged) else { continue }
            let path = try folder.write("archive", damaged)
            let theirs = try await nix.nix(["nix-prefetch-url", "--type", "sha256", "--unpack", "file://\(path)"])
            guard theirs.status == 0 else { continue }
            hashed += 1
            if mine.nix32 != theirs.trimmed { Attachment.record(damaged, named: "damaged-\(number)") }
            let label = "PINR_TEST_SEED=\(RandomTreeTests.damageSeed), number \(number), byte \(place)"
            #expect(mine.nix32 == theirs.trimmed, "\(label)")
        }
        #expect(hashed > 20)
    }
}
