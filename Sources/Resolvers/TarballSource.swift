internal import Lockfile

/// An archive behind a URL, unpacked: `tarball {url, mutable?, unpack?, dir?}`.
struct TarballSource: WebFileSource {
    static let type = "tarball"
    static let forms = [
        SourceForm("https://….tar.gz", "an archive, unpacked; tarball+https://… whatever it is called")
    ]
    static let unpacks = true

    /// How the names of archives end that Nix unpacks.
    static let extensions = [
        ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".tar.lzma",
        ".tar.lz", ".tlz", ".tar.lz4", ".tar.Z", ".zip",
    ]

    /// Whether the name of a file is an archive's.
    static func isArchive(_ name: String) -> Bool {
        let name = name.lowercased()
        return extensions.contains { name.hasSuffix($0.lowercased()) }
    }

    let file: WebFile

    init(_ file: WebFile) { self.file = file }

    var suggestedName: String {
        let name = Notation.storeName(of: file.url)
        let ending = Self.extensions.filter { name.hasSuffix($0) && name != $0 }.max { $0.count < $1.count }
        return String(name.dropLast(ending?.count ?? 0))
    }
}
