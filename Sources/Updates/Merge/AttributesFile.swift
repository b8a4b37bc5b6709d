/// The lines of a `.gitattributes` that give a file to the merge driver (gitattributes(5)).
public enum AttributesFile {
    /// The attribute, and the name of the driver in git's configuration.
    public static let driver = "pinr"

    /// The file with a line for each path that has none.
    /// - Parameter paths: from the folder of the file, with `/` between their parts.
    public static func adding(_ paths: [String], to file: [UInt8]) -> [UInt8] {
        let known = Set(lines(of: file).map(Array.init))
        let missing = paths.map { line(for: $0) }.filter { !known.contains($0) }
        guard !missing.isEmpty else { return file }
        let end = Array((file.contains(UInt8(ascii: "\r")) ? "\r\n" : "\n").utf8)
        var file = file
        if let last = file.last, last != UInt8(ascii: "\n") { file += end }
        for line in missing { file += line + end }
        return file
    }

    /// The file without these lines.
    public static func removing(_ paths: [String], from file: [UInt8]) -> [UInt8] {
        let gone = Set(paths.map { line(for: $0) })
        var kept: [UInt8] = []
        var rest = file[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? rest.endIndex
            let line = rest[..<end]
            if !gone.contains(Array(trimmed(line))) { kept += line }
            rest = rest[end...]
        }
        return kept
    }

    /// The line for a path: `/pins/pins.json merge=pinr`.
    static func line(for path: String) -> [UInt8] { Array("\(pattern(for: path)) merge=\(driver)".utf8) }

    /// The pattern that a path alone matches.
    static func pattern(for path: String) -> String {
        var pattern = "/"
        for scalar in path.unicodeScalars {
            if "\\*?[".unicodeScalars.contains(scalar) { pattern += "\\" }
            pattern.unicodeScalars.append(scalar)
        }
        let isPlain = pattern.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && $0 != "\"" }
        if isPlain { return pattern }
        var quoted = "\""
        for byte in pattern.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): quoted += "\\" + String(Unicode.Scalar(byte))
            case ..<0x20, 0x7F...:
                let digits = String(byte, radix: 8)
                quoted += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            default: quoted.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        return quoted + "\""
    }

    private static func lines(of file: [UInt8]) -> [ArraySlice<UInt8>] {
        file.split(separator: UInt8(ascii: "\n")).map(trimmed)
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }
        let start = line.drop(while: isBlank)
        return start.prefix((start.lastIndex { !isBlank($0) } ?? start.startIndex - 1) + 1 - start.startIndex)
    }
}
