/// What must hold for the rest of a body that was cut off to be fetched on its own.
///
/// Without a strong entity tag (RFC 9110, 8.8.1) nothing says that the rest belongs to the beginning, and bytes of two
/// versions in one file are the one thing that must not happen.
struct Resumption: Sendable, Equatable {
    /// The strong entity tag, quotes included.
    let tag: String
    /// The length of the whole, when the server said it.
    let length: Int?
    /// The `Content-Encoding`; the rest must be encoded alike.
    let encoding: String?

    /// Nil when the response does not allow it.
    init?(_ head: ResponseHead) {
        guard head.status == 200, let tag = head.headers["etag"], Self.isStrong(tag) else { return nil }
        self.tag = tag
        length = head.headers["content-length"].flatMap { decimal($0.utf8[...]) }
        encoding = head.headers["content-encoding"]
    }

    private static func isStrong(_ tag: String) -> Bool {
        let bytes = Array(tag.utf8)
        return bytes.count > 2 && bytes.first == UInt8(ascii: "\"") && bytes.last == UInt8(ascii: "\"")
            && !bytes.dropFirst().dropLast().contains(UInt8(ascii: "\""))
    }

    /// Asks for the rest, and for it only if nothing has changed.
    func apply(to request: inout TransferRequest, from offset: Int) {
        request.setHeader("Range", "bytes=\(offset)-")
        request.setHeader("If-Range", tag)
    }

    /// The length of the whole, if this response is the rest of it from there on; else nil.
    func end(_ head: ResponseHead, from offset: Int) -> Int? {
        guard head.status == 206, let range = head.headers["content-range"].flatMap(ContentRange.init),
            let whole = length ?? range.length, range.length == nil || range.length == whole,
            range.first == offset, range.last == whole - 1,
            // A 206 must repeat the tag that the 200 would have (RFC 9110, 15.3.7).
            let tag = head.headers["etag"], sameBytes(tag, self.tag),
            head.headers["content-encoding"] == encoding
        else { return nil }
        return whole
    }
}

/// A `Content-Range: bytes FIRST-LAST/LENGTH`.
struct ContentRange: Sendable, Equatable {
    let first: Int
    let last: Int
    /// Nil for `*`, unknown.
    let length: Int?

    init?(_ text: String) {
        let words = text.utf8.split(separator: 0x20)
        guard words.count == 2, asciiLowercased(String(words[0]) ?? "").utf8.elementsEqual("bytes".utf8) else {
            return nil
        }
        let halves = words[1].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard halves.count == 2 else { return nil }
        let ends = halves[0].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map(decimal)
        guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last else { return nil }
        self.first = first
        self.last = last
        if halves[1].elementsEqual("*".utf8) {
            length = nil
        } else {
            guard let length = decimal(halves[1]), last < length else { return nil }
            self.length = length
        }
    }
}

/// A number of digits alone.
private func decimal(_ bytes: Substring.UTF8View) -> Int? {
    guard !bytes.isEmpty, bytes.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(Substring(bytes))
}
