/// Why an archive cannot be read; `entry` is the raw name of the entry that was being read, where there was one.
public enum ArchiveError: Error, Equatable, Sendable {
    /// Not in any format that Nix unpacks; `detail` is libarchive's word on it.
    case notAnArchive(detail: String)
    /// A format that older versions of Nix unpacked and current ones do not, by its usual name.
    case unsupportedFormat(String)
    /// The archive is damaged, cut short or encrypted; `detail` is the word of libarchive, or of what decompresses.
    ///
    /// Between two entries `entry` is nil, and `after` is the last one that was read whole, if any was.
    case malformed(entry: [UInt8]?, after: [UInt8]? = nil, detail: String)
    /// It decompresses to more than a GiB and more than `ratio` times its size.
    case expandsTooMuch(ratio: UInt64)
    /// Headers in front of an entry, or of the archive's end, that current versions of Nix refuse or that versions of
    /// Nix read differently.
    case refusedHeaders(entry: [UInt8]?, TarHeaderFault)
    /// The file of this path cannot be opened or read.
    case unreadable(path: String, errnum: Int32)
    /// What is at this path is a folder, FIFO, device or socket.
    case notRegularFile(path: String)
    /// A temporary file cannot be made, written or read again, mostly for want of room: the copy of a zip archive, or the
    /// contents of a tree's files.
    case spoolFailed(errnum: Int32)
    /// A library could not be set up: out of memory, or built without a format that is needed.
    case unavailable(detail: String)
}
