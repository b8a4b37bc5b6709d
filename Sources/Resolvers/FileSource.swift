internal import JSON
internal import Lockfile

/// A file behind a URL, as it is: `file {url, mutable?, unpack?}`.
struct FileSource: SourceType {
    static let type = "file"
    static let forms = [
        SourceForm("https://…", "any other file, as it is; file+https://… whatever it is called")
    ]
    static let schemes = ["file+https", "file+http", "file+file"]
    static let options: Set<SourceOptions.Name> = [.unpack, .mutable]
    static let optionalFields: Set<String> = ["mutable", "unpack"]

    let file: WebFile

    init(url: String, isMutable: Bool = false) {
        file = WebFile(url: url, isMutable: isMutable, unpacks: false)
    }

    static func parse(_ notation: String, _ options: SourceOptions) throws -> any SourceType {
        if options.unpack == true {
            throw ResolveError.optionDoesNotFit("--unpack", source: notation)
        }
        return FileSource(
            url: try Notation.plainURL(notation, dropping: "file+"), isMutable: options.mutable ?? false)
    }

    init(_ source: Source) throws { file = try WebFile(source, unpacks: false) }

    var source: Source { Source(type: Self.type, fields: file.fields(unpacking: false)) }

    var summary: String { "\(Self.type) \(file.url)" + (file.isMutable ? " mutable" : "") }

    var suggestedName: String { Notation.storeName(of: file.url) }

    func changed(by options: SourceOptions) throws -> any SourceType { file.changed(by: options) }

    func resolve(in upstream: Upstream, after locked: Locked?) async throws -> Resolution {
        try await file.resolve(in: upstream, after: locked)
    }
}
