import Archive
import Support
import Testing
import Threads

struct ArchiveReaderTests {
    struct Read: Equatable {
        var entry: ArchiveEntry
        var contents: [UInt8] = []
    }

    private func entries(of source: sending any ByteSource) throws -> [Read] {
        let archive = try ArchiveReader(source, spoolDirectory: "/tmp")
        var entries: [Read] = []
        while let entry = try archive.next() {
            var read = Read(entry: entry)
            if case .file = entry.kind {
                try archive.contents { span in span.withUnsafeBytes { read.contents.append(contentsOf: $0) } }
            }
            entries.append(read)
        }
        return entries
    }

    /// A folder with one of everything, packed by `command` into standard output.
    private func packed(_ command: String) async throws -> [UInt8] {
        let folder = TemporaryDirectory()
        _ = try folder.makeDirectory("top")
        _ = try folder.makeDirectory("top/empty")
        try folder.write("top/file", "contents\n")
        try folder.write("top/run", "#!/bin/sh\n", mode: 0o755)
        let result = try await run(
            ["sh", "-c", "ln -s file top/link && touch -d @1000000000 top/* top && \(command)"],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], directory: folder.path)
        return result.stdoutBytes
    }

    static let packers = [
        "tar cf - top", "tar czf - top", "tar cjf - top", "tar cJf - top", "tar c top | zstd", "tar c top | lz4",
        "tar c top | lzip", "tar c top | xz --format=lzma", "tar c --format=v7 top", "tar c --format=pax top",
        "bsdtar cf - --format=ustar top", "tar cz top | xz", "tar c top | uuencode -m x",
        "zip -qry a.zip top && cat a.zip",
    ]

    @Test(arguments: packers)
    func theSameEntriesUnderEveryCoat(command: String) async throws {
        if command.contains("uuencode") && !isInstalled("uuencode") {
            try Test.cancel("left out: uuencode is not installed")
        }
        let bytes = try await packed(command)
        let whole = try entries(of: MemoryByteSource(bytes))
        let contents = Dictionary(
            uniqueKeysWithValues: whole.map { (String(decoding: $0.entry.path, as: UTF8.self), $0) })
        #expect(Set(contents.keys) == ["top/", "top/empty/", "top/file", "top/link", "top/run"])
        #expect(contents["top/empty/"]?.entry.kind == .directory)
        #expect(contents["top/file"]?.entry.kind == .file(size: 9, isExecutable: false))
        #expect(contents["top/file"]?.contents == Array("contents\n".utf8))
        #expect(contents["top/run"]?.entry.kind == .file(size: 10, isExecutable: true))
        #expect(contents["top/link"]?.entry.kind == .symlink(target: Array("file".utf8)))
        #expect(contents["top/file"]?.entry.modified == 1_000_000_000)
        // However the stream is cut, it is the same archive.
        for size in [1, 7, 512, 4096] { #expect(try entries(of: Pieces(bytes, of: size)) == whole) }
    }

    @Test func theErrorOfTheStreamIsNotTakenForOneOfTheArchive() async throws {
        let bytes = try await packed("tar cz top")
        #expect(throws: Pieces.Broken()) {
            try entries(of: Pieces(Array(bytes.prefix(bytes.count / 2)), of: 50, breaks: true))
        }
        let zip = try await packed("zip -qry a.zip top && cat a.zip")
        #expect(throws: Pieces.Broken()) {
            try entries(of: Pieces(Array(zip.prefix(zip.count / 2)), of: 50, breaks: true))
        }
    }

    /// libarchive takes what breaks between two members of a gzip stream for its end, and that for the end of a tar archive.
    @Test(arguments: ["gzip", "bzip2", "lzip", "zstd", "lz4", "cat"])
    func theErrorOfTheStreamIsNotTakenForTheEnd(compression: String) async throws {
        // More than is looked at to recognise the archive, and no compression makes it less.
        let bytes = try await packed(
            "mkdir big && head -c 65536 /dev/urandom > big/a && tar c big | head -c 66560 | \(compression)")
        #expect(try entries(of: MemoryByteSource(bytes)).count == 2)
        #expect(throws: Pieces.Broken()) { try entries(of: Pieces(bytes, of: 1 << 20, breaks: true)) }
    }

    @Test(arguments: ["tar cz top", "tar c top", "tar c top | zstd", "tar c top | xz"])
    func whatIsCutShortIsRefused(command: String) async throws {
        let bytes = try await packed(command)
        // A tar archive is mostly the zeros at its end, which it can do without.
        let end = command == "tar c top" ? 1100 : bytes.count / 2
        #expect {
            try entries(of: MemoryByteSource(Array(bytes.prefix(end))))
        } throws: { error in
            if case .malformed = error as? ArchiveError { true } else { false }
        }
    }

    @Test(arguments: [
        ("cpio", "find top | cpio -o -H newc 2>/dev/null"), ("cpio", "bsdtar cf - --format=odc top"),
        ("ar", "bsdtar cf - --format=ar top/file"), ("7-Zip", "bsdtar cf - --format=7zip top"),
        ("mtree", "bsdtar cf - --format=mtree top"), ("ISO 9660", "bsdtar cf - --format=iso9660 top"),
    ])
    func whatNixNoLongerUnpacksIsRefusedByName(name: String, command: String) async throws {
        if command.contains("| cpio") && !isInstalled("cpio") { try Test.cancel("left out: cpio is not installed") }
        let bytes = try await packed(command)
        #expect(throws: ArchiveError.unsupportedFormat(name)) { try entries(of: MemoryByteSource(bytes)) }
    }

    @Test(arguments: ["", "x", "<!DOCTYPE html>\n<title>not found</title>\n"])
    func whatIsNoArchiveIsRefused(text: String) throws {
        if text.isEmpty {
            // An empty file is an empty archive to libarchive, and so to Nix.
            #expect(try entries(of: MemoryByteSource([])).isEmpty)
            return
        }
        #expect {
            try entries(of: MemoryByteSource(Array(text.utf8)))
        } throws: { error in
            if case .notAnArchive = error as? ArchiveError { true } else { false }
        }
    }

    @Test(.timeLimit(.minutes(10))) func whatIsNoFileIsNotWaitedFor() async throws {
        let folder = TemporaryDirectory()
        try await run(["mkfifo", "pipe"], directory: folder.path)
        for path in [folder.file("pipe"), folder.path, "/dev/null"] {
            #expect(throws: ArchiveError.notRegularFile(path: path)) { try FileByteSource(path: path) }
        }
    }

    @Test func aMissingFileIsNamed() {
        #expect(throws: ArchiveError.unreadable(path: "/nowhere/a.tar", errnum: 2)) {
            try FileByteSource(path: "/nowhere/a.tar")
        }
    }
}
