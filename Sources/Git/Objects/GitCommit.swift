/// What a commit object says.
public struct GitCommit: Sendable, Equatable {
    public let id: ObjectID
    /// The tree that was committed.
    public let tree: ObjectID
    /// The commits before this one; in a shallow repository they are not there.
    let parents: [ObjectID]
    /// When it was committed, in seconds since 1970, UTC; 0 where the date is unreadable, as for git.
    public let committerTime: Int64

    /// - Throws: `GitError.corruptObject`
    init(id: ObjectID, parsing bytes: [UInt8]) throws(GitError) {
        var tree: ObjectID?
        var parents: [ObjectID] = []
        var committerTime: Int64 = 0
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if line.isEmpty { break }
            if line.starts(with: "tree "), tree == nil {
                tree = ObjectID(hexDigits: line.dropFirst(5))
            } else if line.starts(with: "parent ") {
                guard let parent = ObjectID(hexDigits: line.dropFirst(7)) else { throw .corruptObject(id, .malformed) }
                parents.append(parent)
            } else if line.starts(with: "committer ") {
                committerTime = Signature.time(in: line)
                break
            }
        }
        guard let tree else { throw .corruptObject(id, .malformed) }
        self.id = id
        self.tree = tree
        self.parents = parents
        self.committerTime = committerTime
    }
}

extension GitCommit {
    /// The first paragraph of the message of a commit object, in one line, as git shows it.
    ///
    /// The message is UTF-8 unless the commit names another encoding; of those Latin-1 is known, and whatever else is no
    /// UTF-8 is mended.
    static func subject(of bytes: [UInt8]) -> String {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
        let header = lines.prefix { !$0.isEmpty }
        lines = lines.dropFirst(header.count + 1).drop { $0.allSatisfy(isSpace) }
        var subject: [UInt8] = []
        for line in lines.prefix(while: { !$0.allSatisfy(isSpace) }) {
            // Nobody reads more of a line, and a line may be as long as the message.
            guard subject.count < maximumSubject else { break }
            if !subject.isEmpty { subject.append(UInt8(ascii: " ")) }
            subject += line.reversed().drop(while: isSpace).reversed().prefix(maximumSubject)
        }
        let encoding = header.first { $0.starts(with: "encoding ".utf8) }
            .map { String(decoding: $0.dropFirst("encoding ".utf8.count), as: UTF8.self).lowercased() }
        if let encoding, ["iso-8859-1", "iso8859-1", "iso_8859-1", "latin-1", "latin1"].contains(encoding) {
            return String(String.UnicodeScalarView(subject.map { Unicode.Scalar($0) }))
        }
        return String(decoding: subject, as: UTF8.self)
    }

    private static let maximumSubject = 4096

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}

/// Who did something, and when, as commits and tags have it.
private enum Signature {
    /// The number after the last `>`; a name may hold anything else. 0 where there is none.
    static func time(in line: ArraySlice<UInt8>) -> Int64 {
        guard let mark = line.lastIndex(of: UInt8(ascii: ">")) else { return 0 }
        let digits = line[(mark + 1)...].drop { $0 == UInt8(ascii: " ") }.prefix { $0 != UInt8(ascii: " ") }
        return Int64(String(decoding: digits, as: UTF8.self)) ?? 0
    }
}

/// What an annotated tag points to.
struct GitTag {
    let target: ObjectID
    /// When it was made, in seconds since 1970, UTC; 0 where it does not say, as the oldest ones do not.
    let taggerTime: Int64

    /// - Throws: `GitError.corruptObject`
    init(id: ObjectID, parsing bytes: [UInt8]) throws(GitError) {
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        guard line.starts(with: "object "), let target = ObjectID(hexDigits: line.dropFirst(7))
        else { throw .corruptObject(id, .malformed) }
        self.target = target
        // The message begins with the first empty line, and may have any lines in it.
        let header = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).prefix { !$0.isEmpty }
        taggerTime = header.first { $0.starts(with: "tagger ".utf8) }.map { Signature.time(in: $0) } ?? 0
    }
}
