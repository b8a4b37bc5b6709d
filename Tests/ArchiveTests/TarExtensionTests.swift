import Archive
import Foundation
import Support
import Testing
import Threads

/// Headers in front of an entry that libarchive 3.8 refuses, or reads in another way than 3.6. What each of them says of
/// such an archive was asked of both.
struct TarExtensionTests {
    /// One header with its body.
    struct Header: Sendable {
        let type: Character
        var body: [UInt8] = []

        static func pax(_ type: Character = "x", _ records: (String, String)...) -> Header {
            let lines = records.map { key, value in
                let length = key.utf8.count + value.utf8.count + 3
                // Two digits are enough for these.
                return "\(length + (length < 9 ? 1 : 2)) \(key)=\(value)\n"
            }
            return Header(type: type, body: Array(lines.joined().utf8))
        }

        static func gnu(_ type: Character, _ text: String) -> Header {
            Header(type: type, body: Array(text.utf8) + [0])
        }

        func bytes(named name: String = "header", target: String = "") -> [UInt8] {
            func padded(_ text: String, _ width: Int) -> [UInt8] {
                Array(text.utf8) + [UInt8](repeating: 0, count: width - text.utf8.count)
            }
            func octal(_ number: Int) -> [UInt8] {
                let digits = String(number, radix: 8)
                return padded(String(repeating: "0", count: 11 - digits.count) + digits, 12)
            }
            var header = padded(name, 100) + padded("0000644", 8) + padded("0000000", 8) + padded("0000000", 8)
            header += octal(body.count) + octal(0) + Array("        ".utf8) + [type.asciiValue ?? 0]
            header += padded(target, 100) + Array("ustar\u{0}00".utf8)
            header += [UInt8](repeating: 0, count: 512 - header.count)
            header.replaceSubrange(148..<156, with: octal(header.reduce(0) { $0 + Int($1) }).dropFirst(4).prefix(8))
            return header + body + [UInt8](repeating: 0, count: (512 - body.count % 512) % 512)
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let run: [Header]
        var type: Character = "0"
        var fault: TarHeaderFault?

        init(_ description: String, _ run: [Header], before type: Character = "0", _ fault: TarHeaderFault?) {
            testDescription = description
            self.run = run
            self.type = type
            self.fault = fault
        }

        /// Something before the run, the run, its entry and one more.
        var archive: [UInt8] {
            Header(type: "0", body: [1]).bytes(named: "a") + run.flatMap { $0.bytes() }
                + (type == "0" ? Header(type: type, body: [2]) : Header(type: type)).bytes(named: "b", target: "a")
                + Header(type: "0", body: [3]).bytes(named: "c") + [UInt8](repeating: 0, count: 1024)
        }
    }

    private static let x = UInt8(ascii: "x")
    private static let (l, k, g) = (UInt8(ascii: "L"), UInt8(ascii: "K"), UInt8(ascii: "g"))

    static let refused: [Case] =
        [
            Case("an empty x", [.pax()], .emptyHeader(x)),
            Case("an empty X", [.pax("X")], .emptyHeader(UInt8(ascii: "X"))),
            Case("an empty g", [.pax("g")], .emptyHeader(g)),
            Case("two x", [.pax("x", ("path", "p")), .pax("x", ("mtime", "1"))], .repeatedHeader(x)),
            Case("x and X", [.pax("X", ("path", "p")), .pax("x", ("mtime", "1"))], .repeatedHeader(x)),
            Case(
                "two x around a g", [.pax("x", ("uid", "1")), .pax("g", ("a", "b")), .pax("x", ("a", "b"))],
                .repeatedHeader(x)),
            Case("two g", [.pax("g", ("comment", "1")), .pax("g", ("comment", "2"))], .repeatedHeader(g)),
            Case("two L", [.gnu("L", "one"), .gnu("L", "two")], .repeatedHeader(l)),
            Case("two K", [.gnu("K", "a"), .gnu("K", "c")], before: "2", .repeatedHeader(k)),
            Case("an empty L", [Header(type: "L")], .emptyLongName(l)),
            Case("an L of a NUL", [.gnu("L", "")], .emptyLongName(l)),
            Case("an empty K", [.gnu("K", "")], before: "2", .emptyLongName(k)),
            Case("L after a path", [.pax("x", ("path", "p")), .gnu("L", "long")], .twofoldName(l)),
            Case("L before a path", [.gnu("L", "long"), .pax("x", ("path", "p"))], .twofoldName(l)),
            Case("K and a link path", [.gnu("K", "a"), .pax("x", ("linkpath", "c"))], before: "2", .twofoldName(k)),
            Case("K before a file", [.gnu("K", "a")], .targetOfNoLink),
            Case("a link path before a folder", [.pax("x", ("linkpath", "a"))], before: "5", .targetOfNoLink),
            Case(
                "a volume with contents", [Header(type: "V", body: Header(type: "0").bytes(named: "d"))],
                .volumeWithContents),
            Case(
                "a global path after others", [.pax("g", ("comment", "x"), ("path", "p"))],
                .globalAttribute(Array("path".utf8))),
        ]
        + [
            "path", "linkpath", "size", "mtime", "atime", "ctime", "uid", "gid", "uname", "gname", "hdrcharset",
            "GNU.sparse", "GNU.sparse.name", "GNU.sparse.new", "SCHILY.acl.access", "SCHILY.dev", "SCHILY.fflags",
            "SCHILY.ino", "SCHILY.nlink", "SCHILY.realsize", "SCHILY.xattr.user.a", "LIBARCHIVE.creationtime",
            "LIBARCHIVE.xattr.a", "RHT.security.selinux", "SUN.holesdata",
        ].map { Case("a global \($0)", [.pax("g", ($0, "1"))], .globalAttribute(Array($0.utf8))) }

    static let read: [Case] = [
        Case("nothing", [], nil), Case("git's", [.pax("g", ("comment", "0123456789"))], nil),
        Case("star's", [.pax("g", ("SCHILY.archtype", "exustar"))], nil),
        Case("GNU tar's", [.pax("g", ("GNU.volume.label", "v"))], nil),
        Case(
            "what is not quite heeded",
            [.pax("g", ("Path", "p"), ("paths", "p"), ("SCHILY.xattr", "x"), ("GNU.", "x"))], nil),
        Case("g and x", [.pax("g", ("a", "b")), .pax("x", ("path", "p"))], nil),
        Case("x and g", [.pax("x", ("path", "p")), .pax("g", ("a", "b"))], nil),
        Case("L and K", [.gnu("K", "a"), .gnu("L", "long")], before: "2", nil),
        Case("K before a hard link", [.gnu("K", "a")], before: "1", nil),
        Case("a link path before a link", [.pax("x", ("linkpath", "a"))], before: "2", nil),
        Case("L and x for other things", [.gnu("L", "long"), .pax("x", ("mtime", "1.5"), ("uid", "3"))], nil),
        Case("a volume", [Header(type: "V")], nil),
        Case("a global line that is none before a path", [Header(type: "g", body: Array("zz\n10 path=p\n".utf8))], nil),
    ]

    private func entries(_ archive: [UInt8], inPiecesOf size: Int) throws -> Int {
        let reader = try ArchiveReader(Pieces(archive, of: size), spoolDirectory: "/tmp")
        var count = 0
        while try reader.next() != nil {
            count += 1
            try reader.contents { _ in }
        }
        return count
    }

    /// The headers may lie in any number of pieces of the stream.
    static let pieces = [1, 511, 512, 513, 700, 1024, 1536, 100_000]

    /// libarchive takes a name that cannot be converted, which is only worth a warning, for a lack of memory when some call long
    /// ago has left that in `errno`.
    @Test func `What an earlier call has left in errno is no failure`() throws {
        let name: [UInt8] = [UInt8(ascii: "a"), 0xFF, UInt8(ascii: "b")]
        let header = Header(type: "x", body: Array("12 path=".utf8) + name + Array("\n".utf8))
        let archive = Case("a name that is no text", [header], before: "2", nil).archive
        for size in Self.pieces {
            let reader = try ArchiveReader(
                Pieces(archive, of: size) { _ in errno = ENOMEM }, spoolDirectory: "/tmp")
            var paths: [[UInt8]] = []
            errno = ENOMEM
            while let entry = try reader.next() {
                paths.append(entry.path)
                errno = ENOMEM
            }
            #expect(paths.contains(name) && paths.count == 3)
        }
    }

    @Test(arguments: refused)
    func `What libarchive 3.8 refuses or reads differently is refused`(_ test: Case) throws {
        let fault = try #require(test.fault)
        for size in Self.pieces {
            #expect {
                try entries(test.archive, inPiecesOf: size)
            } throws: { error in
                // The entry has the name that the headers give it.
                guard case .refusedHeaders(_?, fault) = error as? ArchiveError else { return false }
                return true
            }
        }
    }

    @Test(arguments: read)
    func `What all versions read alike is read`(_ test: Case) throws {
        for size in Self.pieces { #expect(try entries(test.archive, inPiecesOf: size) == 3) }
    }

    @Test func `Headers count at the beginning and at the end too`() throws {
        let (global, zeros) = (Header.pax("g", ("path", "p")).bytes(), [UInt8](repeating: 0, count: 1024))
        let file = Header(type: "0", body: [1]).bytes(named: "a")
        let fault = TarHeaderFault.globalAttribute(Array("path".utf8))
        for size in Self.pieces {
            #expect(throws: ArchiveError.refusedHeaders(entry: Array("a".utf8), fault)) {
                try entries(global + file + zeros, inPiecesOf: size)
            }
            for end in [zeros, []] {
                #expect(throws: ArchiveError.refusedHeaders(entry: nil, fault)) {
                    try entries(file + global + end, inPiecesOf: size)
                }
            }
        }
    }

    /// The contents of a file that look like a header are none.
    @Test func `Contents are not taken for headers`() throws {
        let inner = Header.pax("g", ("path", "p")).bytes() + Header.pax().bytes()
        let archive = Header(type: "0", body: inner).bytes(named: "a") + Header(type: "0").bytes(named: "b")
        for size in Self.pieces {
            #expect(try entries(archive + [UInt8](repeating: 0, count: 1024), inPiecesOf: size) == 2)
        }
    }
}
