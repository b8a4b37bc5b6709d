/// The `.lfsconfig` at the top of a tree: which server has the objects, where it is not the repository's own.
///
/// Only `lfs.url` is looked at, of what git-lfs takes from there.
enum LFSConfiguration {
    /// A longer file has something else in it.
    static let maximumLength = 64 << 10

    /// The value of `lfs.url`, the last one of several; nil when there is none, or git could not read the file.
    static func url(in file: [UInt8]) -> String? {
        guard let config = try? GitConfig(parsing: file),
            let value = config.variables.last(where: { $0.key.elementsEqual("lfs.url".utf8) })?.value, !value.isEmpty
        else { return nil }
        return String(decoding: value, as: UTF8.self)
    }
}
