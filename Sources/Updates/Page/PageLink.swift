/// Where a link of the page leads: another part of it, or a page of the web.
struct PageLink: Sendable, Equatable {
    let text: String

    /// A URL from outside; nil for anything that leads to no web page, or hides where it leads (`SafeText.url`).
    init?(web url: String) {
        guard let url = SafeText.url(url) else { return nil }
        text = url
    }

    /// A part of this page.
    init(to anchor: PageAnchor) { text = "#" + anchor.text }
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
