public import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A new directory that vanishes, with everything in it, when nobody refers to it any more.
public final class TemporaryDirectory: Sendable {
    /// Its absolute path, without symbolic links.
    public let path: String

    /// Makes one below `TMPDIR`.
    public init() {
        let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(parent)/pinr-test.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil, let real = realpath(template, nil) else {
            fatalError("cannot make a temporary directory in \(parent): \(String(cString: strerror(errno)))")
        }
        defer { free(real) }
        path = String(cString: real)
        Leftovers.shared.add(directory: path)
    }

    deinit {
        removeTree(path)
        Leftovers.shared.remove(directory: path)
    }

    /// The path of `name` in it; nothing is made.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file, and the directories above it; its path.
    @discardableResult
    public func write(_ name: String, _ contents: some Sequence<UInt8>, mode: mode_t = 0o644) throws -> String {
        try writeFile(file(name), Data(contents), mode: mode)
        return file(name)
    }

    /// Writes a file of text, and the directories above it; its path.
    @discardableResult
    public func write(_ name: String, _ contents: String, mode: mode_t = 0o644) throws -> String {
        try write(name, contents.utf8, mode: mode)
    }

    /// Makes a directory, and those above it; its path.
    @discardableResult
    public func makeDirectory(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: true)
        return file(name)
    }

    /// The bytes of a file in it.
    public func read(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: file(name))))
    }

    /// A file in it, as text.
    public func readText(_ name: String) throws -> String { String(decoding: try read(name), as: UTF8.self) }
}

/// Writes a file, and the directories above it.
func writeFile(_ path: String, _ contents: Data, mode: mode_t) throws {
    let url = URL(fileURLWithPath: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    if mode & 0o111 == 0 {
        try contents.write(to: url)
    } else {
        try starting.withLock { _ in try contents.write(to: url) }
    }
    try setMode(path, mode)
}

/// Changes who may do what with a file or a directory: `chmod`, which says nothing when it could not.
public func setMode(_ path: String, _ mode: mode_t) throws {
    guard chmod(path, mode) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}

/// The environment of a program that must see neither the person's settings nor the machine's.
///
/// `home` is made when it is not there.
public func isolatedEnvironment(home: String) -> [String: String] {
    for directory in ["", "/.config", "/.cache", "/.local/share", "/.local/state", "/run"] {
        try? FileManager.default.createDirectory(atPath: home + directory, withIntermediateDirectories: true)
    }
    return [
        "HOME": home,
        "XDG_CONFIG_HOME": "\(home)/.config",
        "XDG_CACHE_HOME": "\(home)/.cache",
        "XDG_DATA_HOME": "\(home)/.local/share",
        "XDG_STATE_HOME": "\(home)/.local/state",
        "XDG_RUNTIME_DIR": "\(home)/run",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "NIX_CONFIG": "substituters =",
        "LC_ALL": "C",
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
    ]
}

/// Removes a file, or a directory and everything below it: read-only ones too, whatever bytes their names are of.
///
/// A symbolic link is removed, never followed.
func removeTree(_ path: String) {
    path.withCString { removeTree($0) }
}

private func removeTree(_ path: UnsafePointer<CChar>) {
    if unlink(path) == 0 || errno == ENOENT { return }
    if rmdir(path) == 0 { return }
    var status = stat()
    // As Nix leaves them in its stores: directories without the right to write.
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, chmod(path, 0o700) == 0,
        let directory = opendir(path)
    else { return }
    let prefix = UnsafeBufferPointer(start: path, count: strlen(path))
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) {
            Array($0.prefix { $0 != 0 }).map(CChar.init(bitPattern:))
        }
        if name == [46] || name == [46, 46] { continue }
        removeTree(Array(prefix) + [47] + name + [0])
    }
    closedir(directory)
    rmdir(path)
}
