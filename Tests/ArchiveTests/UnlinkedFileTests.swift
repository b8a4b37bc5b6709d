import Foundation
import Support
import Testing

@testable import Archive

struct UnlinkedFileTests {
    @Test func hasNoNameAndIsNotInherited() throws {
        let folder = TemporaryDirectory()
        let files = try (0..<100).map { _ in try UnlinkedFile(in: folder.path) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        for (index, file) in files.enumerated() {
            #expect(fcntl(file.descriptor, F_GETFD) & FD_CLOEXEC != 0)
            try file.append([UInt8](repeating: UInt8(index), count: index).span.bytes)
        }
        // Each is a file of its own.
        var bytes: [UInt8] = []
        for (index, file) in files.enumerated() {
            #expect(file.size == UInt64(index))
            try file.read(into: &bytes, count: index, at: 0)
            #expect(bytes == [UInt8](repeating: UInt8(index), count: index))
            #expect(throws: ArchiveError.spoolFailed(errnum: EIO)) {
                try file.read(into: &bytes, count: 1, at: file.size)
            }
        }
    }

    @Test func aFolderThatIsNotThereIsAnError() {
        #expect(throws: ArchiveError.spoolFailed(errnum: ENOENT)) { try UnlinkedFile(in: "/nowhere") }
    }
}
