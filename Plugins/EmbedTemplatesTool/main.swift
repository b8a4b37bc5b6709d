// EmbedTemplatesTool OUTPUT ROOT PATH…
//
// Writes Swift code that has the files ROOT/PATH as raw string literals, which the compiler takes as they stand. It runs
// while the program is built and is no part of it.

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

func fail(_ message: String) -> Never {
    let line = Array("error: \(message)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    exit(1)
}

/// A literal of exactly this text: with more number signs around it than are in a row anywhere in it, nothing in it is an
/// escape or an end.
func literal(_ text: String) -> String {
    var (longest, run) = (0, 0)
    for byte in text.utf8 {
        run = byte == UInt8(ascii: "#") ? run + 1 : 0
        longest = max(longest, run)
    }
    let signs = String(repeating: "#", count: longest + 1)
    return "\(signs)\"\"\"\n\(text)\n\"\"\"\(signs)"
}

/// The text of a file, and whether its owner may execute it.
func read(_ path: String) -> (text: String, isExecutable: Bool) {
    var attributes = stat()
    guard lstat(path, &attributes) == 0, attributes.st_mode & S_IFMT == S_IFREG else {
        fail("\(path): templates are made of files; this is none")
    }
    guard let file = fopen(path, "r") else { fail("\(path): \(String(cString: strerror(errno)))") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = fread(&chunk, 1, chunk.count, file)
        bytes += chunk[..<count]
        if count < chunk.count { break }
    }
    guard ferror(file) == 0 else { fail("\(path): cannot be read") }
    // What a literal cannot hold as it is: the compiler makes one line feed of other line ends, for instance.
    guard let text = String(validating: bytes, as: UTF8.self),
        bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\t") })
    else { fail("\(path): templates are text in UTF-8, without control characters; this is not") }
    return (text, attributes.st_mode & S_IXUSR != 0)
}

guard CommandLine.arguments.count >= 3 else { fail("usage: EmbedTemplatesTool OUTPUT ROOT PATH…") }
let output = CommandLine.arguments[1]
let root = CommandLine.arguments[2]

var code = """
    // Made of templates/ while building.

    extension EmbeddedFile {
        static let all: [EmbeddedFile] = [

    """
for path in CommandLine.arguments.dropFirst(3) {
    let file = read("\(root)/\(path)")
    code += "EmbeddedFile(path: \(literal(path)), isExecutable: \(file.isExecutable), text: \(literal(file.text))),\n"
}
code += "    ]\n}\n"

guard let file = fopen(output, "w") else { fail("\(output): \(String(cString: strerror(errno)))") }
let isWritten = fputs(code, file) >= 0
guard fclose(file) == 0, isWritten else { fail("\(output): cannot be written") }
