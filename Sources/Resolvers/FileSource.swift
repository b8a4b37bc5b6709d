internal import Lockfile

/// A file behind a URL, as it is: `file {url, mutable?, unpack?, dir?}`.
struct FileSource: WebFileSource {
    static let type = "file"
    static let forms = [
        SourceForm("https://…", "any other file, as it is; file+https://… whatever it is called")
    ]
    static let unpacks = false

    let file: WebFile

    init(_ file: WebFile) { self.file = file }

    var suggestedName: String { Notation.storeName(of: file.url) }
}
