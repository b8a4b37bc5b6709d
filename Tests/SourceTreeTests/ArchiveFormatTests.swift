import Archive
import Foundation
import NixHash
import SourceTree
import Support
import Testing

/// The formats of tar and their ways to say what the header has no room for; zip; and what is neither.
struct ArchiveFormatTests {
    /// What each format has room for: in the name, the name with its folders, and a link's target.
    static let formats: [(packer: String, name: Int, path: Int, target: Int)] = [
        ("tar --format=v7", 95, 95, 99), ("tar --format=ustar", 100, 230, 100), ("tar --format=gnu", 255, 1000, 4095),
        ("tar --format=oldgnu", 255, 1000, 4095), ("tar --format=posix", 255, 1000, 4095),
        ("bsdtar --format=v7tar", 95, 95, 99), ("bsdtar --format=ustar", 100, 230, 100),
        ("bsdtar --format=gnutar", 255, 1000, 4095), ("bsdtar --format=pax", 255, 1000, 4095),

    ]

    @Test(.enabled(if: isInstalled("bsdtar"), "left out: bsdtar is not installed"), arguments: formats)
    func `Names and targets are whole, however a format says them`(
        packer: String, name: Int, path: Int, target: Int
    ) async throws {
        let folder = TemporaryDirectory()
        var entries: [(name: [UInt8], node: ReferenceTree)] = []
        for length in [1, 94, 95, 99, 100, 101, 154, 155, 156, 255] where length <= name {
            // With the folder before it, and its slash.
            if length + 4 > 100 && name <= 100 { continue }
            let name = String(repeating: "n", count: length)
            try folder.write("top/\(name)", "\(length)")
            entries.append((Array(name.utf8), .file("\(length)")))
        }
        for length in [98, 99, 100, 101, 1000, 4095] where length <= target {
            let target = String(repeating: "t", count: length)
            try #require(symlink(target, folder.file("top/l\(length)")) == 0)
            entries.append((Array("l\(length)".utf8), .symlink(target)))
        }
        var deep: [(path: Int, tree: ReferenceTree)] = []
        for length in [200, 230, 900] where length <= path {
            // Folders of 24 bytes and a slash, below one that tells the lengths apart.
            let rest = length - "top/d\(length)/".utf8.count
            let components = (0..<rest / 25).map { _ in String(repeating: "d", count: 24) }
            let last = String(repeating: "f", count: rest % 25)
            try folder.write("top/d\(length)/" + (components + [last]).joined(separator: "/"), "deep")
            let file = ReferenceTree.directory([(Array(last.utf8), .file("deep"))])
            deep.append((length, components.reduce(file) { .directory([(Array($1.utf8), $0)]) }))
        }
        for (length, tree) in deep { entries.append((Array("d\(length)".utf8), tree)) }
        let archive = try await run(["sh", "-c", "\(packer) -cf - top"], directory: folder.path).stdoutBytes
        #expect(try agreedHash(of: archive) == ReferenceTree.directory(entries).digest)
    }

    @Test func `A GNU long name and a long target may come in either order, with or without a NUL`() throws {
        let (name, target) = (String(repeating: "n", count: 200), String(repeating: "t", count: 300))
        let expected = ReferenceTree.directory([(Array(name.utf8), .symlink(target))])
        for end in [[], [0]] as [[UInt8]] {
            let records: [(Character, [UInt8])] = [
                ("L", Array("top/\(name)".utf8) + end), ("K", Array(target.utf8) + end),
            ]
            for order in [records, records.reversed()] {
                let digest = try hash { tar in
                    for (type, text) in order { tar.extend(type, text) }
                    tar.symlink("top/cut", to: "cut")
                }
                #expect(digest == expected.digest)
            }
        }
    }

    @Test func `What pax records say counts before what the header says`() throws {
        let digest = try hash {
            $0.pax([("path", Array("top/é".utf8)), ("linkpath", Array("to/é".utf8)), ("mtime", Array("1.5".utf8))])
            $0.symlink("top/other", to: "other")
            $0.pax([("size", Array("5".utf8))])
            $0.add("top/f".utf8, contents: Array("12345".utf8), size: 0)
            // They are about one entry.
            $0.file("top/g", "g")
        }
        let expected: ReferenceTree = ["é": .symlink("to/é"), "f": .file("12345"), "g": .file("g")]
        #expect(digest == expected.digest)
    }

    @Test func `A pax header for all entries is no entry`() throws {
        let digest = try hash {
            $0.extend("g", Array("52 comment=0123456789abcdef0123456789abcdef01234567\n".utf8))
            $0.file("top/a", "a")
        }
        #expect(digest == (["a": .file("a")] as ReferenceTree).digest)
    }

    /// The ways in which a name in another encoding than UTF-8 gets into an archive.
    @Test(arguments: ["the header", "a GNU long name", "pax", "pax that says so"])
    func `A name need not be UTF-8`(place: String) throws {
        let names: [[UInt8]] = [[0xFF], [0xE9, 0x74, 0xE9], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0x80, 0x2E]]
        let digest = try hash { tar in
            for name in names {
                let path = Array("top/".utf8) + name
                switch place {
                case "the header": break
                case "a GNU long name": tar.extend("L", path + [0])
                case "pax": tar.pax([("path", path)])
                default: tar.pax([("hdrcharset", Array("BINARY".utf8)), ("path", path)])
                }
                tar.add(place == "the header" ? path : Array("top/cut".utf8), contents: name)
            }
        }
        #expect(digest == ReferenceTree.directory(names.map { ($0, .file($0, isExecutable: false)) }).digest)
    }

    static let sparse =
        ["--format=gnu", "--format=oldgnu"] + ["0.0", "0.1", "1.0"].map { "--format=posix --sparse-version=\($0)" }

    @Test(arguments: sparse)
    func `A sparse file is as long as it was, in every way to write one`(format: String) async throws {
        let folder = TemporaryDirectory()
        // More pieces than fit one header; one that ends in a hole, one that begins with it, and one that is a hole.
        let script = """
            mkdir top; cd top
            for i in $(seq 0 2 60); do printf $i | dd of=pieces bs=4096 seek=$i conv=notrunc status=none; done
            truncate -s 300000 pieces; truncate -s 12345 hole; printf end | dd of=end bs=4096 seek=9 status=none; cd ..
            tar -S \(format) -cf archive top
            """
        try await run(["sh", "-ec", script], directory: folder.path)
        let names = ["pieces", "hole", "end"]
        let files = try names.map {
            (Array($0.utf8), ReferenceTree.file(try folder.read("top/\($0)"), isExecutable: false))
        }
        let archive = try folder.read("archive")
        #expect(archive.count < 240_000)
        #expect(try agreedHash(of: archive) == ReferenceTree.directory(files).digest)
    }

    // MARK: Zip

    private func zipped(_ script: String) async throws -> [UInt8] {
        let folder = TemporaryDirectory()
        let setup = "import zipfile, sys\narchive = zipfile.ZipFile(sys.argv[1], 'w')\n"
        try await run(["python3", "-I", "-c", "\(setup)\(script)\narchive.close()", folder.file("archive")])
        return try folder.read("archive")
    }

    @Test(arguments: ["é", "e\u{301}", "日本", "\u{1F600}"])
    func `A name in a zip archive that says that it is UTF-8 is refused unless it is ASCII`(name: String) async throws {
        let archive = try await zipped("archive.writestr('top/a', 'a'); archive.writestr('top/\(name)', 'b')")
        #expect {
            try agreedHash(of: archive)
        } throws: { error in
            guard case .malformed(_, _, let detail) = error as? ArchiveError else { return false }
            return detail.contains("UTF-8")
        }
        // Without the flag it is bytes.
        var plain = archive
        for (signature, flags) in [([0x50, 0x4B, 3, 4], 7), ([0x50, 0x4B, 1, 2], 9)] as [([UInt8], Int)] {
            for start in plain.indices where plain[start...].starts(with: signature) { plain[start + flags] &= ~8 }
        }
        let expected = ReferenceTree.directory([(Array("a".utf8), .file("a")), (Array(name.utf8), .file("b"))])
        #expect(try agreedHash(of: plain) == expected.digest)
    }

    @Test(arguments: ["STORED", "DEFLATED", "BZIP2", "LZMA"])
    func `Every method of a zip archive that Nix reads is read`(method: String) async throws {
        let script = """
            for size in (1, 8, 70000):
                archive.writestr('top/%d' % size, bytes(i * i % 251 for i in range(size)), zipfile.ZIP_\(method))
            """
        let files = [1, 8, 70000].map { size in
            (Array("\(size)".utf8), ReferenceTree.file((0..<size).map { UInt8($0 * $0 % 251) }, isExecutable: false))
        }
        let archive = try await zipped(script)
        #expect(try agreedHash(of: archive) == ReferenceTree.directory(files).digest)
    }

    /// Nix does not read the contents of what has none.
    @Test func `An empty file in a zip archive may have any method`() async throws {
        let archive = try await zipped("archive.writestr('top/a', b'', zipfile.ZIP_LZMA)")
        #expect(try agreedHash(of: archive) == (["a": .file("")] as ReferenceTree).digest)
    }

    // MARK: Neither

    static let foreign = [
        ("cpio", "newc"), ("cpio", "odc"), ("cpio", "bin"), ("ar", "arbsd"), ("ar", "argnu"), ("7-Zip", "7zip"),
        ("ISO 9660", "iso9660"), ("mtree", "mtree"), ("xar", "xar"), ("WARC", "warc"),
    ]

    @Test(.enabled(if: isInstalled("bsdtar"), "left out: bsdtar is not installed"), arguments: foreign)
    func `A format that Nix no longer unpacks is refused by its name`(name: String, format: String) async throws {
        let folder = TemporaryDirectory()
        try folder.write("file", "contents")
        let archive = try await run(["bsdtar", "--format=\(format)", "-cf", "-", "file"], directory: folder.path)
        #expect(throws: ArchiveError.unsupportedFormat(name)) { try agreedHash(of: archive.stdoutBytes) }
    }

    @Test(.enabled(if: isInstalled("bsdtar"), "left out: bsdtar is not installed"), arguments: ["gzip", "xz", "zstd"])
    func `It is refused by its name under a compression too`(compression: String) async throws {
        let folder = TemporaryDirectory()
        try folder.write("file", "contents")
        let archive = try await run(
            ["sh", "-c", "bsdtar --format=newc -cf - file | \(compression)"], directory: folder.path)
        #expect(throws: ArchiveError.unsupportedFormat("cpio")) { try agreedHash(of: archive.stdoutBytes) }
    }
}
