/// A piece of an HTML page, as a value: what is written of it is always well formed, and text is always text.
///
/// Nothing can be put into a page but a `Tag`, an `Attribute` and text, and all text is escaped where it is written, so
/// that no text from outside ever becomes markup, a script, or the address of a link that was not looked at (`PageLink`).
enum HTML: Sendable, Equatable {
    case element(Tag, [Attribute], [HTML])
    case text(String)
    /// Several pieces, one after the other.
    case pieces([HTML])
    /// The one style sheet, which comes with the program.
    case stylesheet

    static let nothing = HTML.pieces([])

    /// The elements of HTML and SVG that the page is made of. None takes a script.
    enum Tag: String, Sendable {
        case html, head, meta, title, link, style, body
        case header, main, footer, nav, section, article
        case h1, h2, h3, p, div, span, a, ul, ol, li, dl, dt, dd, details, summary
        case strong, code, time, bdi
        case svg, g, path, circle, rect, line, svgText = "text"

        /// Those without contents or a closing tag.
        var isVoid: Bool { self == .meta || self == .link }

        /// Those after which a line ends, for who reads the source.
        var endsLine: Bool {
            switch self {
            case .a, .span, .strong, .code, .time, .bdi, .g, .path, .circle, .rect, .line, .svgText, .dt: false
            default: true
            }
        }
    }

    /// An attribute. Those that load, run or submit something cannot be said, but for `href`, which takes a checked link.
    struct Attribute: Sendable, Equatable {
        /// Names whose values may be any text.
        enum Name: String, Sendable {
            case lang, charset, content, name, id, `class`, title, role, datetime, scope, tabindex, dir, open, rel
            case httpEquiv = "http-equiv"
            case ariaLabel = "aria-label"
            case ariaLabelledBy = "aria-labelledby"
            case ariaHidden = "aria-hidden"
            case focusable
            case x, y, x1, x2, y1, y2, cx, cy, r, d, width, height, viewBox, overflow
            case textAnchor = "text-anchor"
        }

        fileprivate let name: String
        fileprivate let value: String

        static func with(_ name: Name, _ value: String) -> Attribute { Attribute(name: name.rawValue, value: value) }

        static func `class`(_ names: String...) -> Attribute { .with(.class, names.joined(separator: " ")) }

        static func href(_ link: PageLink) -> Attribute { Attribute(name: "href", value: link.text) }
    }
}

extension HTML: ExpressibleByStringLiteral {
    init(stringLiteral value: String) { self = .text(value) }
}

extension HTML {
    /// Text from outside, whose direction of writing does not reach beyond it.
    static func outside(_ text: String) -> HTML { .element(.bdi, [], [.text(text)]) }

    /// Text from outside that is no prose: a version, a revision.
    static func code(_ text: String) -> HTML { .element(.code, [], [.outside(text)]) }

    /// A message from outside in which, as in all messages of the program, what is quoted stands between backticks.
    static func prose(_ text: String) -> HTML {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        // One that is left over is a backtick.
        guard parts.count % 2 == 1 else { return .outside(text) }
        return .element(
            .bdi, [],
            parts.enumerated().map { $0 % 2 == 0 ? .text(String($1)) : .element(.code, [], [.outside(String($1))]) })
    }

    // MARK: Writing

    /// The page as UTF-8 text.
    /// - Parameter redact: leaves out of a text what nobody may see.
    static func document(_ root: HTML, redacting redact: (String) -> String) -> String {
        var text = "<!doctype html>\n"
        root.write(into: &text, redact)
        return text
    }

    private func write(into output: inout String, _ redact: (String) -> String) {
        switch self {
        case .text(let text): Self.escape(redact(text), into: &output)
        case .pieces(let pieces): for piece in pieces { piece.write(into: &output, redact) }
        case .stylesheet:
            output += "<style>"
            output += PageStyle.text
            output += "</style>\n"
        case .element(let tag, let attributes, let children):
            output += "<"
            output += tag.rawValue
            for attribute in attributes {
                output += " "
                output += attribute.name
                output += "=\""
                Self.escape(redact(attribute.value), into: &output)
                output += "\""
            }
            output += ">"
            if !tag.isVoid {
                for child in children { child.write(into: &output, redact) }
                output += "</"
                output += tag.rawValue
                output += ">"
            }
            if tag.endsLine { output += "\n" }
        }
    }

    /// Writes text so that it is that text in an element as in an attribute in double quotes.
    ///
    /// What has no shape and changes how other text is shown, such as U+202E, is written by its number: it is to be seen.
    private static func escape(_ text: String, into output: inout String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "'": output += "&#39;"
            case "\n": output += "\n"
            case _ where scalar.isShown: output.unicodeScalars.append(scalar)
            default: output += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isShown: Bool {
        if value < 0x7F { return value >= 0x20 }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
        // The last two of each plane are no characters, and no page may have them.
        default: value & 0xFFFE != 0xFFFE && !(0xFDD0...0xFDEF).contains(value)
        }
    }
}
