internal import Credentials
internal import Lockfile
internal import Threads
public import Updates

extension Pinr {
    /// The page as text, without the secrets that the run knows.
    public func html(of page: ReportPage) -> String {
        page.html(redacting: context.secrets.redacted)
    }

    /// Writes the page, in the place of what is in the file.
    ///
    /// - Throws: `Problem` for a path that can be no file's or is one of pinr's own files, `LockfileError`; a file that is
    ///   there is then as it was.
    public func write(_ page: ReportPage, to path: String) async throws {
        let text = html(of: page)
        let own = [context.store.location.path, context.store.location.defaultNixPath].compactMap(\.self)
        try await onThread { _ in
            try Self.requirePage(path, own: own)
            _ = try WrittenFile.write(Array(text.utf8), to: path, isReplaced: true)
        }
    }

    /// Refuses a path that no page may be written to, also before anybody is asked anything.
    /// - Throws: `Problem`
    public func requirePage(at path: String) async throws {
        let own = [context.store.location.path, context.store.location.defaultNixPath].compactMap(\.self)
        try await onThread { _ in try Self.requirePage(path, own: own) }
    }

    private static func requirePage(_ path: String, own: [String]) throws(Problem) {
        let (folder, name) = split(path)
        if ["", ".", ".."].contains(where: { name.utf8.elementsEqual($0.utf8) }) || WrittenFile.isFolder(path) {
            throw Problem(
                .usage,
                path.isEmpty
                    ? "the path of the page is empty" : "`\(printable(path))` is a folder, and the page is a file",
                hint: "give the path of a file, such as `pins.html`")
        }
        let taken = own.first { file in
            // One that is not there yet will be.
            let (ownFolder, ownName) = split(file)
            return WrittenFile.leads(path, to: file)
                || ownName.utf8.elementsEqual(name.utf8) && WrittenFile.leads(folder, to: ownFolder)
        }
        guard let taken else { return }
        let leads = path.utf8.elementsEqual(taken.utf8) ? "" : " leads to `\(printable(taken))`, which"
        throw Problem(
            .exists, "`\(printable(path))`\(leads) is pinr's own and no place for a page", hint: "give another path")
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let folder = String(path[..<slash])
        return (folder.isEmpty ? "/" : folder, String(path[path.utf8.index(after: slash)...]))
    }
}
