internal import JSON
internal import Lockfile

/// A file behind a URL, as it is: `file {url}`.
struct FileSource: SourceType {
    static let type = "file"
    static let forms = [
        SourceForm("https://…", "any other file, as it is; file+https://… whatever it is called")
    ]
    static let schemes = ["file+https", "file+http", "file+file"]
    static let options: Set<SourceOptions.Name> = [.unpack]

    let url: String

    init(url: String) { self.url = url }

    static func parse(_ notation: String, _ options: SourceOptions) throws -> any SourceType {
        if options.unpack == true {
            throw ResolveError.optionDoesNotFit("--unpack", source: notation)
        }
        return FileSource(url: try Notation.plainURL(notation, dropping: "file+"))
    }

    init(_ source: Source) throws { url = try source.requiredText("url") }

    var source: Source { Source(type: Self.type, fields: ["url": .string(url)]) }

    var summary: String { "\(Self.type) \(url)" }

    var suggestedName: String { Notation.storeName(of: url) }

    func changed(by options: SourceOptions) throws -> any SourceType {
        switch options.unpack {
        case true?: TarballSource(url: url)
        case false?: FileSource(url: url)
        case nil: self
        }
    }

    func resolve(in upstream: Upstream, after locked: Locked?) async throws -> Resolution {
        Resolution(.file(url: url, name: Notation.storeName(of: url)), dating: .server)
    }
}
