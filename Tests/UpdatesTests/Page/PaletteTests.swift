import Foundation
import Testing

@testable import Updates

/// The colours are legible in both schemes and on paper: WCAG 2.2, success criteria 1.4.3 and 1.4.11, level AA.
struct PaletteTests {
    enum Scheme: String, CaseIterable { case light, dark, paper }

    /// The custom properties of a scheme, as a browser would have them.
    private func colours(_ scheme: Scheme) throws -> [String: String] {
        let blocks = PageStyle.text.components(separatedBy: ":root {").dropFirst().map {
            $0.prefix { $0 != "}" }
        }
        try #require(blocks.count == 3)
        var colours: [String: String] = [:]
        let used =
            switch scheme {
            case .light: [blocks[0]]
            case .dark: [blocks[0], blocks[1]]
            case .paper: [blocks[0], blocks[2]]
            }
        for declaration in used.flatMap({ $0.split(separator: ";") }) {
            let parts = declaration.split(separator: ":").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
            if parts.count == 2, parts[0].hasPrefix("--"), parts[1].hasPrefix("#") {
                colours[String(parts[0].dropFirst(2))] = parts[1]
            }
        }
        return colours
    }

    /// https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
    private func luminance(_ colour: String) throws -> Double {
        let number = try #require(colour.count == 7 ? UInt32(colour.dropFirst(), radix: 16) : nil, "\(colour)")
        let parts = [16, 8, 0].map { shift -> Double in
            let part = Double(number >> UInt32(shift) & 0xFF) / 255
            return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }

    private func contrast(_ one: String, _ other: String) throws -> Double {
        let (a, b) = (try luminance(one), try luminance(other))
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }

    @Test func `The measure is that of the standard`() throws {
        #expect(try abs(contrast("#000000", "#ffffff") - 21) < 0.001)
        #expect(try abs(contrast("#767676", "#ffffff") - 4.54) < 0.01)
    }

    @Test(arguments: Scheme.allCases)
    func `Text is legible on what it stands on, and so are the bars and marks`(_ scheme: Scheme) throws {
        let colours = try colours(scheme)
        let states = Chapter.allCases.map(\.rawValue)
        for ground in ["paper", "card"] {
            for text in ["ink", "soft", "link"] + states {
                let ratio = try contrast(#require(colours[text], "\(text)"), #require(colours[ground]))
                #expect(ratio >= 4.5, "\(text) on \(ground), \(scheme): \(ratio)")
            }
        }
    }
}
