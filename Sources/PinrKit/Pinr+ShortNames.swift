public import Resolvers
internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

extension Pinr {
    /// The short names that a notation may be one of, with the person's own among them.
    ///
    /// Only who uses a short name has the file with their own read, or is told that it cannot be.
    /// - Throws: `Problem` when that file is there and cannot be read.
    func shortNames(for notation: String) async throws -> ShortNames {
        guard Notation.isShortName(notation), let path = context.shortNamesPath else { return ShortNames() }
        return try await onThread { _ in try Self.readShortNames(path) }
    }

    private static let largestFile = 1 << 20

    fileprivate static func readShortNames(_ path: String) throws -> ShortNames {
        let bytes: [UInt8]
        do {
            bytes = try WholeFile.read(path, limit: largestFile)
        } catch {
            switch error {
            // Where somebody has no such file, or no home, there are no names of their own.
            case .system(errnum: ENOENT), .system(errnum: ENOTDIR): return ShortNames()
            case .system(let errnum): throw Problem(unreadableShortNames: path, systemMessage(errnum))
            case .notRegular: throw Problem(unreadableShortNames: path, "it is no file")
            case .tooLarge: throw Problem(unreadableShortNames: path, "it has more than \(largestFile >> 20) MiB")
            }
        }
        do {
            return try ShortNames(parsing: bytes)
        } catch {
            throw Problem(describing: error, in: path)
        }
    }
}

extension Settings {
    /// The short names that a shell can offer: without the person's own where these cannot be read. Blocks.
    public func offeredShortNames() -> ShortNames {
        shortNamesPath.flatMap { try? Pinr.readShortNames($0) } ?? ShortNames()
    }
}
