internal import CCurl

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// What a server can be asked with whether a body that was fetched is still the one that it has (RFC 9110, 8.8).
///
/// Its text is what `If-Range` has in HTTP too: an entity tag in its quotes, or else a date.
public enum Validator: Sendable, Equatable {
    /// An `ETag`, as it was sent.
    case tag(String)
    /// A `Last-Modified`, as it was sent.
    case date(String)

    /// Reads what `text` wrote; nil for anything else.
    public init?(text: String) {
        if Self.isTag(text) {
            self = .tag(text)
        } else if Self.isDate(text) {
            self = .date(text)
        } else {
            return nil
        }
    }

    /// The text.
    public var text: String {
        switch self {
        case .tag(let text), .date(let text): text
        }
    }

    /// The header field that asks for a body only if there is another; nil where no field asks that.
    ///
    /// `If-Modified-Since` asks for something newer. Of an older file that was put back, most servers then say that nothing
    /// has changed (RFC 9110, 13.1.3), so that a date is only ever compared with the one that the server names now.
    public var condition: (name: String, value: String)? {
        switch self {
        case .tag(let tag): ("If-None-Match", tag)
        case .date: nil
        }
    }

    /// Whether a response is about the body that this belongs to: it says so itself, asked with `condition` (304), or has
    /// the same validator.
    ///
    /// Tags are compared weakly, as `If-None-Match` does (RFC 9110, 13.1.2).
    public func matches(_ response: TransferResponse) -> Bool {
        if response.status == 304 { return condition != nil }
        switch self {
        case .tag(let tag):
            guard let other = response.headers["etag"] else { return false }
            return sameBytes(Self.opaque(tag), Self.opaque(other))
        case .date(let date):
            return response.headers["last-modified"].map { sameBytes($0, date) } ?? false
        }
    }

    private static func opaque(_ tag: String) -> String { tag.hasPrefix("W/") ? String(tag.dropFirst(2)) : tag }

    /// An entity tag of printable ASCII. There are servers that leave out the quotes.
    private static func isTag(_ text: String) -> Bool {
        guard text.utf8.count <= 256, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return false }
        let tag = Self.opaque(text).utf8
        let bare =
            tag.first == UInt8(ascii: "\"") && tag.count > 2 && tag.last == UInt8(ascii: "\"")
            ? tag.dropFirst().dropLast() : tag[...]
        return !bare.isEmpty && !bare.contains(UInt8(ascii: "\"")) && (bare.count < tag.count || !bare.contains(0x2C))
    }

    private static func isDate(_ text: String) -> Bool {
        text.utf8.count <= 64 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && curl_getdate(text, nil) >= 0
    }
}

extension TransferResponse {
    /// What the server can be asked with later whether this body is still the one that it has; nil where nothing will do.
    ///
    /// A date counts to the second. Of a body that was changed in the second in which it was sent it says nothing, since
    /// it may have been changed again (RFC 9110, 8.8.2.2).
    public var validator: Validator? {
        if let tag = headers["etag"], case .tag(let tag)? = Validator(text: tag) { return .tag(tag) }
        guard let text = headers["last-modified"], case .date(let date)? = Validator(text: text),
            isSettled(Int(curl_getdate(date, nil)))
        else { return nil }
        return .date(date)
    }

    /// The end of 2 January 1980, in seconds since 1970.
    private static let endOfConstantDates = 315_705_600

    /// Whether a time was over when the response was sent. Where that does not say when it was, our clock does, which may be
    /// another than the server's.
    ///
    /// What is built to be the same everywhere has one date for all its files, mostly the first second of 1970 or the first
    /// day of zip archives: that says nothing.
    private func isSettled(_ modified: Int) -> Bool {
        guard modified >= Self.endOfConstantDates else { return false }
        if let sent = headers["date"].map({ Int(curl_getdate($0, nil)) }), sent >= 0 { return sent - modified > 1 }
        return Int(time(nil)) - modified > 60
    }

    /// Whether it is a web page: by its type, or by how its body begins, as far as that is here.
    public var isWebPage: Bool { isCalledWebPage || WebPage.begins(body) }

    /// Whether the server says that it is a web page.
    public var isCalledWebPage: Bool {
        let type = asciiLowercased(String(headers["content-type"]?.prefix { $0 != ";" && $0 != " " } ?? ""))
        return sameBytes(type, "text/html") || sameBytes(type, "application/xhtml+xml")
    }
}

/// What web pages look like.
public enum WebPage {
    /// Whether bytes are the beginning of one.
    public static func begins(_ bytes: some Collection<UInt8>) -> Bool {
        // A byte order mark may stand first.
        let visible = bytes.prefix(64).drop(while: { $0 <= 0x20 || $0 >= 0x80 })
        let text = asciiLowercased(String(decoding: visible, as: UTF8.self))
        return ["<!doctype html", "<html", "<head", "<body"].contains { text.utf8.starts(with: $0.utf8) }
    }
}
