internal import JSON
internal import Lockfile
internal import Migration
internal import Resolvers
internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

extension Pinr {
    /// Reads another tool's lock; the second part is the file's path.
    /// - Throws: `Problem`, `LockfileError`, `MigrationError`
    func foreignLock(of tool: ForeignTool, at path: String?) async throws -> (ForeignLock, path: String) {
        let hosts = context.upstream.hosts
        return try await onThread { _ in
            let path = try Self.file(of: tool, at: path)
            let bytes: [UInt8]
            do throws(WholeFileError) {
                bytes = try WholeFile.read(path, limit: Self.largestForeignLock)
            } catch {
                throw Problem(unreadable: path, error, of: tool)
            }
            do {
                return (try tool.read(bytes, at: hosts), path)
            } catch let error as LockfileError {
                throw error.inFile(path)
            } catch let error as MigrationError {
                throw Problem(describing: error, in: path)
            }
        }
    }

    private static let largestForeignLock = 64 << 20

    /// The file itself where a folder was given. Blocks.
    private static func file(of tool: ForeignTool, at path: String?) throws -> String {
        guard let path else { return tool.usualPath }
        guard WrittenFile.isFolder(path) else { return path }
        let candidates = tool.pathsInFolder.map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
        guard let found = candidates.first(where: { access($0, F_OK) == 0 }) else {
            throw Problem(
                .notFound, "there is no `\(printable(candidates[0]))`",
                hint: "give the path of the file itself")
        }
        return found
    }
}
