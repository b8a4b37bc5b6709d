internal import Archive
internal import NixHash
internal import SourceTree

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

extension Problem {
    init(_ error: ArchiveError) {
        switch error {
        case .notAnArchive(let detail):
            self.init(
                .badArchive, "this is not an archive that Nix can unpack (\(detail))",
                hint: "check the address; `pinr add --no-unpack` pins whatever it is as a file")
        case .unsupportedFormat(let name):
            self.init(
                .badArchive, "this is a \(name) archive, which Nix no longer unpacks (since 2.24: tar and zip only)",
                hint: "`pinr add --no-unpack` pins it as a file")
        case .malformed(let entry, let last, let detail):
            let place =
                entry.map { " at its entry `\(printable($0))`" } ?? last.map { " after its entry `\(printable($0))`" }
                ?? ""
            self.init(
                .badArchive, "the archive is damaged or cut short\(place): \(detail)",
                hint: "download it again; if that does not help, tell whoever publishes it")
        case .expandsTooMuch(let ratio):
            self.init(
                .badArchive, "the archive decompresses to more than \(ratio) times its size",
                hint: "it may have been made to fill disks; `--max-ratio` sets another limit")
        case .refusedHeaders(let entry, let fault):
            let place = entry.map { "before the entry `\(printable($0))`" } ?? "at the end of the archive"
            self.init(
                .badArchive, "\(place) there is \(Self.words(for: fault))",
                hint: "pack it again, for instance with GNU tar")
        case .unreadable(let path, let errnum):
            self.init(
                errnum == ENOENT ? .notFound : .io, "cannot read `\(path)`: \(systemMessage(errnum))",
                hint: errnum == ENOENT ? "check the path" : nil)
        case .notRegularFile(let path):
            self.init(.badSource, "`\(printable(path))` is not a file that can be read to its end")
        case .spoolFailed(let errnum):
            self.init(
                .io, "cannot write a temporary file: \(systemMessage(errnum))",
                hint: errnum == ENOENT
                    ? "set TMPDIR to a folder that is there" : "set TMPDIR to a folder with more room")
        case .unavailable(let detail):
            self.init(.internal, "libarchive cannot be used: \(detail)")
        }
    }

    init(_ error: TreeError) {
        switch error {
        case .unsupportedType(let type, let path):
            self.init(.badTree, "`\(printable(path))` is a \(type), which no Nix store can hold")
        case .nameTooLong(let path):
            self.init(.badTree, "a name in `\(printable(path))` is longer than 255 bytes")
        case .pathTooLong(let path, let limit):
            self.init(
                .badTree, "the path `\(printable(path))` is longer than \(limit) bytes",
                hint: "`--max-path-length` sets another limit")
        case .tooDeep(let path, let limit):
            let reason = limit == NARLimits.depth ? ", which current versions of Nix refuse" : ""
            self.init(
                .badTree, "`\(printable(path))` lies more than \(limit) directories deep\(reason)",
                hint: "`--max-depth` sets another limit")
        case .reservedName(let path):
            self.init(
                .badTree,
                "`\(printable(path))` is called `.git`, or what some system takes for that: "
                    + "current versions of Nix refuse it in an archive")
        case .rootIsNoDirectory(let path):
            self.init(.badTree, "the entry `\(printable(path))` stands for the root and is not a directory")
        case .throughNonDirectory(let path, let parent):
            self.init(.badTree, "`\(printable(path))` lies below `\(printable(parent))`, which is not a directory")
        case .illegalTarget(let path):
            self.init(.badTree, "the symbolic link `\(printable(path))` has no target that Nix takes")
        case .hardLinkTargetMissing(let path, let target):
            self.init(
                .badTree, "`\(printable(path))` is a hard link to `\(printable(target))`, which is not in the archive")
        case .hardLinkToLaterLink(let path, let target):
            self.init(
                .badTree,
                "`\(printable(path))` is a hard link to the hard link `\(printable(target))`, "
                    + "whose name comes after its own: Nix 2.34 cannot resolve it")
        case .hardLinkToDirectory(let path, let target):
            self.init(.badTree, "`\(printable(path))` is a hard link to the directory `\(printable(target))`")
        case .conflict(let path, let first, let second):
            let both = first == second ? "two different \(first)s" : "a \(first) and as a \(second)"
            self.init(
                .badTree,
                "`\(printable(path))` is in the archive as \(both): "
                    + "versions of Nix disagree on which one counts")
        case .contentsTooLarge(let path, let limit):
            self.init(
                .badTree, "the archive unpacks to more than \(Self.size(limit)), with `\(printable(path))`",
                hint: "it may have been made to fill disks; `--max-unpacked-size` sets another limit")
        case .expandsTooMuch(let path, let ratio):
            self.init(
                .badTree,
                "the archive unpacks to more than \(ratio) times its size, with `\(printable(path))`",
                hint: "it may have been made to fill disks; `--max-ratio` sets another limit")
        case .tooManyEntries(let limit):
            self.init(
                .badTree, "the archive unpacks to more than \(limit) files and directories",
                hint: "it may have been made to exhaust memory; `--max-entries` sets another limit")
        case .unreadable(let path, let errnum):
            self.init(
                errnum == ENOENT ? .notFound : .io, "cannot read `\(printable(path))`: \(systemMessage(errnum))")
        case .changedWhileRead(let path):
            self.init(.io, "`\(printable(path))` changed while it was read", hint: "try again when nobody writes to it")
        }
    }

    private static func words(for fault: TarHeaderFault) -> String {
        func name(_ type: UInt8) -> String { "`\(printable([type]))`" }
        let refused = "which Nix 2.34 refuses"
        let differs = "which versions of Nix read differently"
        return switch fault {
        case .emptyHeader(let type): "an empty \(name(type)) header, \(refused)"
        case .repeatedHeader(let type): "a second \(name(type)) header, which Nix 2.34 refuses or reads differently"
        case .globalAttribute(let key): "a global header with `\(printable(key))`, \(refused)"
        case .emptyLongName(let type): "an empty \(name(type)) header, \(differs)"
        case .twofoldName(let type):
            "a \(type == UInt8(ascii: "L") ? "name" : "link target") both in a pax and in a GNU header, \(differs)"
        case .targetOfNoLink: "the target of a link that it is not, \(differs)"
        case .volumeWithContents: "a volume header with contents, \(differs)"
        case .tooLong: "more header than is read"
        }
    }

    private static func size(_ bytes: UInt64) -> String {
        let units: [(String, UInt64)] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        guard let (unit, factor) = units.first(where: { bytes.isMultiple(of: $0.1) }) else { return "\(bytes) bytes" }
        return "\(bytes / factor) \(unit)"
    }
}
