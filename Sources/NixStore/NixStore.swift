internal import JSON
public import NixHash
internal import Processes
public import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// The Nix store of the machine: what is in it, and Nix's own programs, which alone may change it.
///
/// Every method blocks: call it on a thread of its own. Programs are run without a shell and without a terminal, and are
/// given no variable of pinr's own: neither the overrides of pins, which would put another source in the place of a
/// pinned one, nor tokens.
public struct NixStore: Sendable {
    private let environment: [String: String]
    private let setting: @Sendable () -> String?
    private let temporaryDirectory: String
    private let limit: Duration?

    /// - Parameters:
    ///   - setting: what Nix's configuration says of `store`.
    ///   - temporaryDirectory: where scratch folders lie.
    ///   - limit: how long a program may take; nil for as long as it does.
    public init(
        environment: [String: String], temporaryDirectory: String, limit: Duration? = nil,
        setting: @escaping @Sendable () -> String? = { nil }
    ) {
        self.environment = environment.filter { !$0.key.hasPrefix("PINR_") }
        self.temporaryDirectory = temporaryDirectory
        self.limit = limit
        self.setting = setting
    }

    // MARK: Files

    /// Where the store is.
    /// - Throws: `NixStoreError.relativeDirectory`
    public func location() throws(NixStoreError) -> StoreLocation {
        let machine = StoreLocation.Machine(
            workingDirectory: Self.workingDirectory(), isRoot: geteuid() == 0,
            exists: { access($0, F_OK) == 0 })
        return try StoreLocation(environment: environment, setting: setting(), machine: machine)
    }

    /// What is at a path.
    public enum Kind: Sendable, Equatable {
        case nothing, file, folder, symbolicLink, other
    }

    /// The file or folder that a store path stands for, and what it is.
    /// - Throws: `NixStoreError.elsewhere`, `.system`, `.relativeDirectory`
    public func look(at path: StorePath) throws(NixStoreError) -> (path: String, kind: Kind) {
        guard case .directory(let directory) = try location().files else {
            throw .elsewhere(url: setting() ?? environment["NIX_REMOTE"] ?? "")
        }
        let real = "\(directory)/\(path.fileName)"
        var status = stat()
        guard lstat(real, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return (real, .nothing) }
            throw .system(path: real, errnum: errno)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return (real, .file)
        case S_IFDIR: return (real, .folder)
        case S_IFLNK: return (real, .symbolicLink)
        default: return (real, .other)
        }
    }

    private static func workingDirectory() -> String {
        guard let text = getcwd(nil, 0) else { return "/" }
        defer { free(text) }
        return String(cString: text)
    }

    // MARK: Programs

    /// Whether Nix is installed, as far as `PATH` tells.
    public var hasNix: Bool { program("nix-store") != nil }

    /// Those of the paths that are not in the store, as far as Nix knows: also one that lies there and is a leftover.
    /// - Throws: `NixStoreError`, `CancellationError`
    public func missing(of paths: [StorePath], cancellation: Cancellation) throws -> Set<StorePath> {
        var missing: Set<StorePath> = []
        var rest = paths[...]
        // A command line has its limits.
        while !rest.isEmpty {
            let some = rest.prefix(500)
            rest = rest.dropFirst(500)
            let arguments = ["--check-validity", "--print-invalid"] + some.map(\.description)
            let lines = try run("nix-store", arguments, nil, cancellation).split(separator: UInt8(ascii: "\n"))
            let asked = Dictionary(some.map { (Array($0.description.utf8), $0) }) { first, _ in first }
            for line in lines {
                guard let path = asked[Array(line)] else {
                    throw NixStoreError.malformedAnswer(program: "nix-store", Array(line))
                }
                missing.insert(path)
            }
        }
        return missing
    }

    /// A folder for what a program is handed.
    /// - Throws: `NixStoreError.system`
    public func makeScratchFolder() throws(NixStoreError) -> ScratchFolder {
        try ScratchFolder(in: temporaryDirectory)
    }

    /// Has Nix evaluate a file of the scratch folder whose value is a path in the store, and so fetch what is there.
    ///
    /// Evaluation may fetch, whatever the configuration restricts: the file is this program's own.
    /// - Throws: `NixStoreError.otherPath` when the path is another one; others of it; `CancellationError`
    public func realise(
        _ path: StorePath, byEvaluating name: String, in scratch: ScratchFolder, cancellation: Cancellation
    ) throws {
        let arguments =
            ["--eval", "--strict", "--json", "--read-write-mode"]
            + ["--option", "restrict-eval", "false", "--option", "pure-eval", "false", scratch.file(name)]
        let output = try run("nix-instantiate", arguments, scratch, cancellation)
        guard let actual = (try? JSON(parsing: output))?.string else {
            throw NixStoreError.malformedAnswer(program: "nix-instantiate", output)
        }
        try Self.require(actual, toBe: path)
    }

    /// Has Nix put a file of the scratch folder into the store under the name that it has, with its flat hash.
    /// - Throws: as `realise`.
    public func add(_ path: StorePath, file name: String, in scratch: ScratchFolder, cancellation: Cancellation) throws
    {
        let output = try run("nix-store", ["--add-fixed", "sha256", scratch.file(name)], scratch, cancellation)
        let line = output.prefix { $0 != UInt8(ascii: "\n") }
        try Self.require(String(decoding: line, as: UTF8.self), toBe: path)
    }

    private static func require(_ actual: String, toBe path: StorePath) throws(NixStoreError) {
        guard actual.utf8.elementsEqual(path.description.utf8) else {
            throw .otherPath(expected: path, actual: actual)
        }
    }

    /// Keeps a path that is in the store from being collected as garbage as long as a link is there, which is made, with
    /// the folders above it (an indirect root).
    ///
    /// A link into the store that is there already is replaced.
    /// - Parameter link: where the link is to be.
    /// - Throws: `NixStoreError.rootTaken` and others; `CancellationError`
    public func addRoot(_ path: StorePath, at link: String, cancellation: Cancellation) throws {
        let link = StoreLocation.canonical(link.hasPrefix("/") ? link : "\(Self.workingDirectory())/\(link)")
        try Self.requireFree(link, storeDirectory: path.directory)
        try Self.makeFolders(above: link)
        let arguments = ["--realise", path.description, "--add-root", link, "--indirect"]
        _ = try run("nix-store", arguments, nil, cancellation)
        // That it said nothing against it is not enough for what is to last.
        guard Self.target(of: link) == path.description else {
            throw NixStoreError.rootTaken(path: link)
        }
    }

    private static func requireFree(_ link: String, storeDirectory: String) throws(NixStoreError) {
        var status = stat()
        guard lstat(link, &status) == 0 else {
            if errno == ENOENT { return }
            throw .system(path: link, errnum: errno)
        }
        guard let target = target(of: link), target.hasPrefix(storeDirectory + "/") else {
            throw .rootTaken(path: link)
        }
    }

    /// Where a symbolic link leads; nil for everything else.
    private static func target(of link: String) -> String? {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link, &target, target.count)
        guard count > 0 else { return nil }
        return String(validating: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func makeFolders(above path: String) throws(NixStoreError) {
        let parts = path.split(separator: "/").dropLast()
        for count in stride(from: 1, through: parts.count, by: 1) {
            let folder = "/" + parts.prefix(count).joined(separator: "/")
            var status = stat()
            if stat(folder, &status) == 0 {
                guard status.st_mode & S_IFMT == S_IFDIR else { throw .system(path: folder, errnum: ENOTDIR) }
            } else if mkdir(folder, 0o777) != 0 && errno != EEXIST {
                throw .system(path: folder, errnum: errno)
            }
        }
    }

    /// The path of a program in `PATH`; an empty part of it, which would be the working directory, does not count.
    private func program(_ name: String) -> String? {
        (environment["PATH"] ?? "").split(separator: ":").lazy.map { "\($0)/\(name)" }
            .first { path in
                var status = stat()
                return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
            }
    }

    /// Runs a program of Nix to its end; what it wrote to standard output.
    private func run(
        _ name: String, _ arguments: [String], _ scratch: ScratchFolder?, _ cancellation: Cancellation
    ) throws -> [UInt8] {
        try cancellation.throwIfCancelled()
        guard let program = program(name) else { throw NixStoreError.noNix(program: name) }
        var environment = environment
        // What it leaves when it is made to end goes with the folder.
        if let scratch { environment["TMPDIR"] = scratch.temporaryDirectory }
        do {
            let (answer, words) = try Conversation.runHeard(
                [program] + arguments, environment: environment, within: limit, outputLimit: 1 << 20,
                cancellation: cancellation)
            guard answer.status == 0 else {
                throw NixStoreError.failed(program: name, status: answer.status, words: words)
            }
            return answer.output
        } catch let error as ProgramError {
            throw switch error {
            case .timedOut: NixStoreError.timedOut(program: name)
            case .notStarted(_, let errnum), .system(_, let errnum):
                NixStoreError.notStarted(program: name, errnum: errnum)
            case .tooMuchOutput: NixStoreError.malformedAnswer(program: name, [])
            }
        }
    }
}
