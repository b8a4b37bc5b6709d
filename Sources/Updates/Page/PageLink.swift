/// Where a link of the page leads: another part of it, or a page of the web.
struct PageLink: Sendable, Equatable {
    let text: String

    /// A URL from outside; nil for anything that is no plain `http` or `https` URL: `javascript:` and `data:` never, nor one
    /// that has a user in it, which hides where it leads and may be a secret.
    init?(web url: String) {
        let scheme = ["https://", "http://"].first { url.utf8.prefix($0.utf8.count).lowercased == Array($0.utf8) }
        guard let scheme, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !Self.excluded.contains($0) }) else {
            return nil
        }
        let rest = url.utf8.dropFirst(scheme.utf8.count)
        let authority = rest.prefix { !"/?#".utf8.contains($0) }
        guard let first = authority.first, first != UInt8(ascii: ":"), !authority.contains(UInt8(ascii: "@")) else {
            return nil
        }
        text = url
    }

    /// A part of this page.
    init(to anchor: PageAnchor) { text = "#" + anchor.text }

    /// What no URL has as it is (RFC 3986), and what browsers read as something else.
    private static let excluded = Set("\"<>\\^`{|}".utf8)
}

extension Sequence<UInt8> {
    fileprivate var lowercased: [UInt8] { map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } }
}

/// The name of a part of the page, unique in it.
struct PageAnchor: Sendable, Equatable {
    let text: String

    /// A part of the page that is always there.
    init(_ word: StaticString) { text = "\(word)" }

    init(_ chapter: Chapter) { text = "pins-" + chapter.rawValue }

    /// A pin's part. Two names have two anchors: each byte that is no letter or digit is `.` and its two digits.
    init(ofPin name: String, _ suffix: StaticString = "") {
        var anchor = "pin-"
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"):
                anchor.unicodeScalars.append(Unicode.Scalar(byte))
            default: anchor += "." + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        text = anchor + "\(suffix)"
    }
}
