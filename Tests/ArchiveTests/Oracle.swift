import Archive
import Foundation
import NixHash
import Support
import Testing
import Threads

/// libarchive as Nix calls it: one handle for compressions and container alike, fed with the whole archive at once.
enum Oracle {
    /// Reads archives, each after its length in eight bytes, and prints what libarchive makes of each.
    private static let script = #"""
        import ctypes, ctypes.util, hashlib, struct, sys
        lib = ctypes.CDLL(ctypes.util.find_library("archive"))
        p = ctypes.c_void_p
        def declare(name, result, *arguments):
            f = getattr(lib, name); f.restype = result; f.argtypes = arguments; return f
        new = declare("archive_read_new", p)
        free = declare("archive_read_free", ctypes.c_int, p)
        open_memory = declare("archive_read_open_memory", ctypes.c_int, p, ctypes.c_char_p, ctypes.c_size_t)
        next_header = declare("archive_read_next_header", ctypes.c_int, p, ctypes.POINTER(p))
        block = declare("archive_read_data_block", ctypes.c_int, p, ctypes.POINTER(p),
                        ctypes.POINTER(ctypes.c_size_t), ctypes.POINTER(ctypes.c_int64))
        pathname = declare("archive_entry_pathname", ctypes.c_char_p, p)
        filetype = declare("archive_entry_filetype", ctypes.c_uint, p)
        supports = [declare("archive_read_support_" + name, ctypes.c_int, p) for name in
            ["filter_gzip", "filter_bzip2", "filter_xz", "filter_lzma", "filter_lzip", "filter_zstd", "filter_lz4",
             "filter_compress", "filter_uu", "format_tar", "format_zip", "format_empty"]]
        def read(data):
            seen = hashlib.sha256()
            handle = new()
            try:
                for support in supports: support(handle)
                if open_memory(handle, data, len(data)) != 0: return seen, "refused"
                entry = p()
                while True:
                    result = next_header(handle, ctypes.byref(entry))
                    if result == 1: return seen, "whole"
                    if result not in (0, -20): return seen, "refused"
                    seen.update(pathname(entry) + b"\0")
                    if filetype(entry) != 0o100000: continue
                    base, count, offset = p(), ctypes.c_size_t(), ctypes.c_int64()
                    while True:
                        result = block(handle, ctypes.byref(base), ctypes.byref(count), ctypes.byref(offset))
                        if result == 1: break
                        if result != 0: return seen, "refused"
                        seen.update(ctypes.string_at(base, count.value))
            finally:
                free(handle)
        with open(sys.argv[1], "rb") as f:
            while length := f.read(8):
                seen, end = read(f.read(struct.unpack("<Q", length)[0]))
                print(end, seen.hexdigest())
        """#

    /// What libarchive makes of each archive: whether it read it to its end, and a digest of what it gave until then.
    static func read(_ archives: [[UInt8]]) async throws -> [String] {
        let folder = TemporaryDirectory()
        var bytes: [UInt8] = []
        for archive in archives {
            withUnsafeBytes(of: UInt64(archive.count).littleEndian) { bytes += $0 }
            bytes += archive
        }
        try Data(bytes).write(to: URL(fileURLWithPath: folder.file("archives")))
        let result = try await run(["python3", "-c", script, folder.file("archives")], timeout: .seconds(300))
        return result.stdout.split(separator: "\n").map(String.init)
    }

    /// What this program makes of an archive that comes in pieces, in the same words.
    static func ours(_ archive: [UInt8], inPiecesOf size: Int, _ inflation: Inflation = .fast) throws -> String {
        let reader = try ArchiveReader(
            Pieces(archive, of: size), spoolDirectory: NSTemporaryDirectory(), inflation: inflation)
        var seen = SHA256()
        let end: String
        do {
            while let entry = try reader.next() {
                seen.update(entry.path + [0])
                if case .file = entry.kind { try reader.contents { seen.update($0) } }
            }
            guard try reader.finish() == .certain else { return try ours(archive, inPiecesOf: size, .exact) }
            end = "whole"
        } catch is ArchiveError {
            if reader.isDoubtful { return try ours(archive, inPiecesOf: size, .exact) }
            end = "refused"
        }
        return "\(end) \(seen.finish().hex)"
    }
}
