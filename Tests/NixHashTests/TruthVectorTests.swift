import Foundation
import NixHash
import Support
import Testing

/// What real Nix printed for encodings, names and store paths; `truth/vectors-nix-*.txt`.
@Suite(.enabled(if: Shared.isAvailable, Shared.absence))
struct TruthVectorTests {
    static let versions = ["2.8.0", "2.26.3", "2.34.8"]

    struct Vector: Sendable, CustomTestStringConvertible {
        let version: String
        let name: String
        let fields: [String: String]
        var testDescription: String { "\(name) of Nix \(version)" }
    }

    static func lines(_ version: String, _ kind: String) -> [String] {
        guard let path = Shared.truth("vectors-nix-\(version).txt"),
            let bytes = FileManager.default.contents(atPath: path)
        else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix(kind + " ") }
    }

    static let contents: [Vector] = versions.flatMap { version in
        lines(version, "VEC").map { line in
            let words = line.split(separator: " ").map(String.init)
            let fields = words.dropFirst(2).map {
                $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            }
            return Vector(
                version: version, name: words[1],
                fields: Dictionary(uniqueKeysWithValues: fields.map { (String($0[0]), String($0[1])) }))
        }
    }

    @Test func theTablesHaveWhatIsTested() {
        #expect(Self.contents.count == 18)
        #expect(Self.names.count > 60)
        #expect(Self.encodings.count > 60)
    }

    @Test(arguments: contents)
    func encodingsAndStorePaths(_ vector: Vector) throws {
        let digest = try SHA256Digest(parsing: try #require(vector.fields["nar_sri"]))
        #expect(digest.sri == vector.fields["nar_sri"])
        #expect(digest.nix32 == vector.fields["nar_b32"])
        #expect(digest.hex == vector.fields["nar_b16"])
        #expect(try StorePath(recursive: digest, name: "source").description == vector.fields["store_rec"])
        #expect(
            try StorePath(recursive: digest, name: "my-name_1.0+x?y=z").description == vector.fields["store_named"])
        if let flat = vector.fields["flat_sri"], !flat.isEmpty {
            let path = try StorePath(flat: SHA256Digest(parsing: flat), name: "file.txt")
            #expect(path.description == vector.fields["store_flat"])
        }
    }

    @Test(arguments: contents.filter { $0.name != "t" })
    func narOfOneNode(_ vector: Vector) throws {
        var nar = NARWriter()
        switch vector.name {
        case "hello": try nar.file("hello")
        case "ex": try nar.file("x", isExecutable: true)
        case "empty": try nar.file("")
        case "dir":
            try nar.beginDirectory()
            try nar.endDirectory()
        case "lnk": try nar.symlink(to: Array("no/where".utf8))
        default: Issue.record("no recipe for \(vector.name)")
        }
        let summary = try nar.finish()
        #expect(summary.digest.sri == vector.fields["nar_sri"])
        #expect(String(summary.size) == vector.fields["narsize"])
    }

    // MARK: Names

    struct Name: Sendable, CustomTestStringConvertible {
        let version: String
        let name: String
        let answer: String
        var testDescription: String { "`\(name)` of Nix \(version)" }
    }

    /// `NAME [name] len=N -> path or error`; those that the shell took for an option say nothing.
    static let names: [Name] = versions.flatMap { version in
        lines(version, "NAME").compactMap { line -> Name? in
            guard let open = line.firstIndex(of: "["), let length = line.firstRange(of: "] len="),
                let arrow = line.firstRange(of: " -> "), !line.contains("unknown flag"),
                !line.contains("unrecognised flag")
            else { return nil }
            let name = String(line[line.index(after: open)..<length.lowerBound])
            // Long names are abbreviated in the table; their length tells them.
            let count = Int(line[length.upperBound..<arrow.lowerBound]) ?? 0
            let full =
                name.count < count && Set(name).count == 1
                ? String(repeating: String(name.prefix(1)), count: count) : name
            return Name(version: version, name: full, answer: String(line[arrow.upperBound...]))
        }
    }

    @Test(arguments: names)
    func namesOfStorePaths(_ name: Name) throws {
        let hello = try #require(Self.contents.first { $0.version == name.version && $0.name == "t" })
        let digest = try SHA256Digest(parsing: try #require(hello.fields["nar_sri"]))
        let path = try? StorePath(recursive: digest, name: name.name).description
        if name.answer.hasPrefix("/nix/store/") {
            // Nix 2.8 takes names that later versions refuse; pinr is as strict as those.
            let isReserved = [".", "..", ".-a", "..-a"].contains(name.name)
            if isReserved {
                #expect(name.version == "2.8.0" && path == nil)
            } else {
                // The table cuts long lines off.
                #expect(path?.hasPrefix(name.answer) == true)
            }
        } else {
            #expect(path == nil, "\(name.answer)")
        }
    }

    // MARK: Encodings

    struct Encoding: Sendable, CustomTestStringConvertible {
        let version: String
        let text: String
        let answer: String
        var testDescription: String { "`\(text)` of Nix \(version)" }
    }

    static let encodings: [Encoding] = versions.flatMap { version in
        lines(version, "ENC").compactMap { line -> Encoding? in
            guard let open = line.firstIndex(of: "["), let close = line.firstRange(of: "] -> ") else { return nil }
            return Encoding(
                version: version, text: String(line[line.index(after: open)..<close.lowerBound]),
                answer: String(line[close.upperBound...]))
        }
    }

    @Test(arguments: encodings)
    func readingDigests(_ encoding: Encoding) {
        let typed = "--type sha256 "
        let digest: SHA256Digest? =
            if encoding.text.hasPrefix(typed) {
                try? SHA256Digest(parsingDigits: String(encoding.text.dropFirst(typed.count)))
            } else {
                try? SHA256Digest(parsing: encoding.text)
            }
        // Digests of other algorithms are Nix's, not pinr's.
        let isSHA256 = encoding.answer.count == 64 && !encoding.answer.hasPrefix("error")
        #expect(digest?.hex == (isSHA256 ? encoding.answer : nil))
    }
}
