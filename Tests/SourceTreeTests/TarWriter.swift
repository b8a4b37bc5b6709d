import Archive
import NixHash
import SourceTree
import Support
import Testing
import Threads

/// Writes tar archives entry by entry, also those that no packer makes.
struct TarWriter {
    private(set) var bytes: [UInt8] = []

    /// Adds an entry; names and link targets of more than 100 bytes get a GNU long name before it.
    ///
    /// - Parameter size: what the header claims, where that is to be a lie.
    mutating func add(
        _ name: some Collection<UInt8>, type: Character = "0", mode: Int = 0o644, contents: [UInt8] = [],
        target: some Collection<UInt8> = [], modified: Int = 1_000_000_000, size: Int? = nil
    ) {
        for (kind, text) in [("K", Array(target)), ("L", Array(name))] as [(Character, [UInt8])] where text.count > 100
        {
            append("././@LongLink".utf8, kind, 0, [], text + [0], 0, nil)
        }
        append(name, type, mode, target, contents, modified, size)
    }

    mutating func file(_ name: String, _ contents: String = "", mode: Int = 0o644, modified: Int = 1_000_000_000) {
        add(name.utf8, mode: mode, contents: Array(contents.utf8), modified: modified)
    }

    mutating func directory(_ name: String, mode: Int = 0o755) { add(name.utf8, type: "5", mode: mode) }

    mutating func symlink(_ name: String, to target: String) {
        add(name.utf8, type: "2", mode: 0o777, target: target.utf8)
    }

    mutating func hardLink(_ name: String, to target: String) { add(name.utf8, type: "1", target: target.utf8) }

    /// Adds a hard link with contents of its own, which only the pax format has.
    mutating func paxHardLink(_ name: String, to target: String, _ contents: String) {
        append("pax".utf8, "x", 0, [], Array("13 comment=x\n".utf8), 0, nil, isPOSIX: true)
        append(name.utf8, "1", 0o644, target.utf8, Array(contents.utf8), 0, nil, isPOSIX: true)
    }

    /// Adds a sparse file in the form 0.1 of GNU tar: runs of data, each with where it goes.
    mutating func sparseFile(_ name: String, size: Int, _ runs: [(offset: Int, data: [UInt8])]) {
        let map = runs.map { "\($0.offset),\($0.data.count)" } + (runs.isEmpty ? ["\(size),0"] : [])
        pax([
            ("GNU.sparse.size", Array("\(size)".utf8)), ("GNU.sparse.numblocks", Array("\(map.count)".utf8)),
            ("GNU.sparse.map", Array(map.joined(separator: ",").utf8)), ("GNU.sparse.name", Array(name.utf8)),
        ])
        append("sparse".utf8, "0", 0o644, [], runs.flatMap(\.data), 0, nil)
    }

    /// Adds what says something about the next entry: a GNU long name (`L`) or target (`K`), or pax records (`x`, `g`).
    mutating func extend(_ type: Character, _ contents: [UInt8]) {
        append("././@Extended".utf8, type, 0o644, [], contents, 0, nil)
    }

    /// Adds pax records about the next entry.
    mutating func pax(_ records: [(key: String, value: [UInt8])]) {
        extend(
            "x",
            records.flatMap { record in
                let rest = Array(" \(record.key)=".utf8) + record.value + [0x0A]
                // The length counts its own digits.
                var length = rest.count + 1
                while "\(length)".utf8.count + rest.count != length { length += 1 }
                return Array("\(length)".utf8) + rest
            })
    }

    /// Puts other bytes in the place of some of the last header's, whose entry has no contents, and sums it up again.
    mutating func patch(_ offset: Int, _ patch: [UInt8]) {
        var header = Array(bytes.suffix(512))
        header.replaceSubrange(offset..<offset + patch.count, with: patch)
        header.replaceSubrange(148..<156, with: Array("        ".utf8))
        let digits = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
        let sum = String(repeating: "0", count: 6 - digits.count) + digits
        header.replaceSubrange(148..<156, with: Array(sum.utf8) + [0, 0x20])
        bytes.replaceSubrange(bytes.count - 512..<bytes.count, with: header)
    }

    /// The archive with the two blocks of zeros at its end.
    var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    private mutating func append(
        _ name: some Collection<UInt8>, _ type: Character, _ mode: Int, _ target: some Collection<UInt8>,
        _ contents: [UInt8], _ modified: Int, _ size: Int?, isPOSIX: Bool = false
    ) {
        func octal(_ number: Int, _ width: Int) -> [UInt8] {
            let digits = String(number, radix: 8)
            return Array((String(repeating: "0", count: width - 1 - digits.count) + digits).utf8) + [0]
        }
        func padded(_ text: some Collection<UInt8>, _ width: Int) -> [UInt8] {
            Array(text.prefix(width)) + [UInt8](repeating: 0, count: width - min(width, text.count))
        }
        var header = padded(name, 100) + octal(mode, 8) + octal(0, 8) + octal(0, 8)
        header += octal(size ?? contents.count, 12) + octal(modified, 12) + Array("        ".utf8)
        header += [type.asciiValue ?? 0] + padded(target, 100) + Array((isPOSIX ? "ustar\u{0}00" : "ustar  \0").utf8)
        header += [UInt8](repeating: 0, count: 512 - header.count)
        let sum = header.reduce(0) { $0 + Int($1) }
        header.replaceSubrange(148..<156, with: octal(sum, 7) + [0x20])
        bytes += header + contents + [UInt8](repeating: 0, count: (512 - contents.count % 512) % 512)
    }
}

/// What the program makes of an archive.
func hash(
    _ bytes: [UInt8], _ plan: ReadingPlan = ReadingPlan(), inPiecesOf size: Int = 64 << 10
) throws -> TreeSummary {
    let folder = TemporaryDirectory()
    return try ArchiveHash.hash(
        opening: { Pieces(bytes, of: size) }, plan: plan, spoolDirectory: folder.path, cancellation: Cancellation())
}

/// What the program makes of the archive that `build` writes, however it reads it.
func hash(_ build: (inout TarWriter) -> Void) throws -> SHA256Digest {
    var tar = TarWriter()
    build(&tar)
    return try agreedHash(of: tar.finished)
}
