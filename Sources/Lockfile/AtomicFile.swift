#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Replacing a file as a whole: who reads sees the old bytes or the new ones, also after a power cut.
extension Folder {
    /// Writes a temporary file, brings it to the disk and puts it in the place of `name`.
    ///
    /// - Parameters:
    ///   - old: the file that is replaced; its mode is kept, and its owner where that is allowed.
    ///   - mode: without one, that of which the umask leaves the mode.
    /// - Throws: `LockfileError`; the old file is then as it was, and the temporary one is gone. Only when the folder
    ///   cannot be brought to the disk (`synchronize`) the new file is in place, and may be lost with the power.
    func replaceFile(named name: String, with bytes: [UInt8], like old: File?, mode: mode_t = 0o666)
        throws(LockfileError)
    {
        let temporary = try stage(bytes, for: name, like: old, mode: mode)
        do throws(LockfileError) {
            try rename(temporary, to: name)
        } catch {
            unlinkat(descriptor, temporary, 0)
            throw error
        }
        // Some file systems cannot do this for a folder; they say EINVAL and have nothing to bring to the disk.
        guard retryingInterrupted({ fsync(descriptor) }) == 0 || errno == EINVAL else {
            throw failure(.system(.synchronize, errnum: errno), name)
        }
    }

    /// Writes a temporary file that is to take the place of `name`, and brings it to the disk.
    ///
    /// - Returns: the name of the temporary file.
    /// - Throws: `LockfileError`; the temporary file is then gone.
    func stage(_ bytes: [UInt8], for name: String, like old: File?, mode: mode_t = 0o666) throws(LockfileError)
        -> String
    {
        let (temporary, file) = try createTemporary(for: name, mode: old == nil ? mode : 0o600)
        do throws(LockfileError) {
            do throws(LockfileError) {
                if let old { try adopt(old.attributes, for: file, name) }
                try write(bytes, to: file, name)
                guard retryingInterrupted({ fsync(file) }) == 0 else {
                    throw failure(.system(.synchronize, errnum: errno), name)
                }
            } catch {
                close(file)
                throw error
            }
            // Network file systems report here what they could not store. After EINTR the descriptor is gone as well.
            guard close(file) == 0 || errno == EINTR else { throw failure(.system(.write, errnum: errno), name) }
        } catch {
            unlinkat(descriptor, temporary, 0)
            throw error
        }
        return temporary
    }

    /// Puts a temporary file in the place of `name`.
    /// - Throws: `LockfileError`; the temporary file is then there still.
    func rename(_ temporary: String, to name: String) throws(LockfileError) {
        guard renameat(descriptor, temporary, descriptor, name) == 0 else {
            throw failure(.system(.rename, errnum: errno), name)
        }
    }

    /// Puts a temporary file at `name`, where nothing is.
    ///
    /// Nothing that comes there at the last moment is replaced, but on a file system without hard links: there it was looked
    /// for just before.
    /// - Returns: false when something is there; the temporary file then is too.
    /// - Throws: `LockfileError`; the temporary file is then there still.
    func putNew(_ temporary: String, at name: String) throws(LockfileError) -> Bool {
        if linkat(descriptor, temporary, descriptor, name, 0) == 0 {
            unlinkat(descriptor, temporary, 0)
            return true
        }
        switch errno {
        case EEXIST: return false
        case EPERM, EACCES, ENOTSUP, ENOSYS, EMLINK:
            try rename(temporary, to: name)
            return true
        default: throw failure(.system(.rename, errnum: errno), name)
        }
    }

    private func createTemporary(for name: String, mode: mode_t) throws(LockfileError) -> (name: String, file: CInt) {
        while true {
            let temporary = TemporaryName.random(for: name)
            let file = retryingInterrupted {
                openat(descriptor, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
            }
            if file >= 0 { return (temporary, file) }
            guard errno == EEXIST else { throw failure(.system(.create, errnum: errno), name) }
        }
    }

    private func adopt(_ old: stat, for file: CInt, _ name: String) throws(LockfileError) {
        var new = stat()
        guard fstat(file, &new) == 0 else { throw failure(.system(.setMode, errnum: errno), name) }
        if new.st_uid != old.st_uid || new.st_gid != old.st_gid {
            // Root keeps the owner; anybody else may not give files away, and the file becomes theirs.
            _ = fchown(file, old.st_uid, old.st_gid)
        }
        let mode = old.st_mode & 0o7777
        // Asking only for what differs spares file systems that have no modes.
        guard new.st_mode & 0o7777 == mode || fchmod(file, mode) == 0 else {
            throw failure(.system(.setMode, errnum: errno), name)
        }
    }

    private func write(_ bytes: [UInt8], to file: CInt, _ name: String) throws(LockfileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                return retryingInterrupted { platformWrite(file, rest) }
            }
            guard count >= 0 else { throw failure(.system(.write, errnum: errno), name) }
            written += count
        }
    }

    // MARK: What a killed process left

    /// Removes the temporary files of runs that were killed.
    ///
    /// Under the lock nobody else writes this file, so what is there was left behind. But files that are no lock are written
    /// without one, and another machine may not see that of a network file system: hence only what is older than an hour,
    /// which is no longer in use. That it cannot be removed is no reason not to go on.
    /// - Parameter names: what is in the folder, where that is known.
    func removeStaleTemporaries(of name: String, among names: [String]? = nil) {
        guard let names = try? names ?? self.names() else { return }
        for candidate in names where TemporaryName.isOne(candidate, for: name) {
            var attributes = stat()
            guard fstatat(descriptor, candidate, &attributes, AT_SYMLINK_NOFOLLOW) == 0,
                attributes.st_mode & S_IFMT == S_IFREG, attributes.age > 3600
            else { continue }
            unlinkat(descriptor, candidate, 0)
        }
    }
}

/// The names of temporary files: `.pins.json.0123456789abcdef.tmp`.
enum TemporaryName {
    private static let suffix = ".tmp"
    private static let digitCount = 16

    static func random(for name: String) -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return prefix(for: name) + String(repeating: "0", count: digitCount - digits.count) + digits + suffix
    }

    static func isOne(_ candidate: String, for name: String) -> Bool {
        let prefix = prefix(for: name)
        guard candidate.utf8.count == prefix.utf8.count + digitCount + suffix.utf8.count,
            candidate.utf8.starts(with: prefix.utf8),
            candidate.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
        else { return false }
        return candidate.utf8.dropFirst(prefix.utf8.count).prefix(digitCount).allSatisfy(\.isHexDigit)
    }

    /// A name that is no temporary file's, for one that is to stay: `pins.json.0123456789abcdef.orig`.
    static func kept(_ temporary: String) -> String { temporary.dropFirst().dropLast(suffix.count) + ".orig" }

    private static func prefix(for name: String) -> String { ".\(name)." }
}

extension stat {
    /// Seconds since the contents were last changed.
    var age: Int {
        #if canImport(Darwin)
            Int(time(nil)) - Int(st_mtimespec.tv_sec)
        #else
            Int(time(nil)) - Int(st_mtim.tv_sec)
        #endif
    }
}

/// `write`, under a name that a method called `write` does not hide.
private func platformWrite(_ file: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(file, bytes.baseAddress, bytes.count)
}
