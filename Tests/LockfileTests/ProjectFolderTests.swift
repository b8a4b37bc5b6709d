import Foundation
import Support
import Testing

@testable import Lockfile

/// Files that are placed in a project: all of them or none.
@Suite
struct ProjectFolderTests {
    let directory = TemporaryDirectory()
    var project: ProjectFolder { ProjectFolder(directory.file("p")) }

    private func file(_ path: String, _ text: String, isExecutable: Bool = false) -> PlacedFile {
        PlacedFile(path: path, bytes: Array(text.utf8), isExecutable: isExecutable)
    }

    private func mode(_ name: String) -> mode_t {
        var status = stat()
        return lstat(directory.file(name), &status) == 0 ? status.st_mode & 0o777 : 0
    }

    /// Everything in the project: what is in each file, and `/` for a folder.
    private func contents() throws -> [String: String] {
        guard let paths = FileManager.default.enumerator(atPath: project.path) else { return [:] }
        var contents: [String: String] = [:]
        for case let path as String in paths {
            let isFolder = paths.fileAttributes?[.type] as? FileAttributeType == .typeDirectory
            contents[path] = isFolder ? "/" : try directory.readText("p/\(path)")
        }
        return contents
    }

    @Test
    func `Files are placed with their folders and modes, and read back`() throws {
        let project = ProjectFolder(directory.file("q/p/"))
        let files = [file("a", "1"), file("b/c/d", "2", isExecutable: true)]
        #expect(try project.place(files) { _, found in found != nil } == nil)
        #expect(try directory.readText("q/p/a") == "1" && directory.readText("q/p/b/c/d") == "2")
        #expect(mode("q/p/a") & 0o111 == 0 && mode("q/p/b/c/d") & 0o100 != 0)
        let found = try #require(try project.file(at: "b/c/d"))
        #expect(found.bytes == Array("2".utf8) && found.isExecutable)
        #expect(try project.file(at: "b/x") == nil && project.file(at: "x/y/z") == nil)
        #expect(try ProjectFolder(directory.file("none")).file(at: "a") == nil)
    }

    @Test
    func `One that is replaced keeps its mode, but for who may execute it`() throws {
        try directory.write("p/a", "old", mode: 0o640)
        try directory.write("p/b", "old", mode: 0o777)
        #expect(try project.place([file("a", "1", isExecutable: true), file("b", "2")]) { _, _ in false } == nil)
        #expect(try contents() == ["a": "1", "b": "2"])
        #expect(mode("p/a") == 0o750 && mode("p/b") == 0o666)
    }

    @Test
    func `What was not expected stops all of it`() throws {
        try directory.write("p/b", "mine")
        let files = [file("a/x", "1"), file("b", "2"), file("c", "3")]
        #expect(try project.place(files) { _, found in found != nil } == "b")
        #expect(try contents() == ["b": "mine"])
    }

    @Test(arguments: ["written to", "replaced", "executable", "gone", "made"])
    func `What changes after it was looked at is not replaced`(change: String) throws {
        try directory.write("p/b", "old")
        let files = [file("a", "1"), file(change == "made" ? "n/m" : "b", "2"), file("z", "3")]
        let changed = try project.place(files) { placed, _ in
            guard placed.path == "z" else { return false }
            switch change {
            case "written to": _ = try? directory.write("p/b", "mine")
            case "replaced":
                _ = try? directory.write("p/c", "old")
                rename(directory.file("p/c"), directory.file("p/b"))
            case "executable": chmod(directory.file("p/b"), 0o755)
            case "gone": unlink(directory.file("p/b"))
            default: _ = try? directory.write("p/n/m", "mine")
            }
            return false
        }
        #expect(changed == files[1].path)
        let expected: [String: String] =
            switch change {
            case "written to": ["b": "mine"]
            case "gone": [:]
            case "made": ["b": "old", "n": "/", "n/m": "mine"]
            default: ["b": "old"]
            }
        #expect(try contents() == expected)
    }

    @Test
    func `A new file does not replace what comes to its place at the last moment`() throws {
        try directory.write("p/mine", "mine")
        let folder = try Folder(project.path)
        let temporary = try folder.stage(Array("1".utf8), for: "mine", like: nil)
        #expect(try !folder.putNew(temporary, at: "mine"))
        #expect(try contents() == ["mine": "mine", temporary: "1"])
        #expect(try folder.putNew(temporary, at: "new"))
        #expect(try contents() == ["mine": "mine", "new": "1"])
        #expect(throws: LockfileError(.system(.rename, errnum: ENOENT), file: directory.file("p/other"))) {
            try folder.putNew(temporary, at: "other")
        }
    }

    @Test(arguments: [(".", "a/b"), ("x", "x/a/b"), ("x/", "x/a/b"), ("/", "/a/b"), ("..", "../a/b")])
    func `A place is told as one gets there`(folder: String, path: String) {
        #expect(ProjectFolder(folder).path(of: "a/b") == path)
    }

    @Test
    func `Should one not get to its place, everything is as it was`() throws {
        try directory.write("p/a", "old", mode: 0o600)
        let files = [file("a", "1"), file("b", "2"), file("n/c", "3"), file("d", "4")]
        // Between the look at it and the end somebody makes a folder in the place of the third.
        let changed = try project.place(files) { placed, _ in
            if placed.path == "d" { _ = try? directory.makeDirectory("p/n/c/x") }
            return false
        }
        #expect(changed == "n/c")
        #expect(try contents() == ["a": "old", "n": "/", "n/c": "/", "n/c/x": "/"])
        #expect(mode("p/a") == 0o600)
    }

    @Test
    func `What cannot be written leaves nothing behind`() throws {
        let long = String(repeating: "n", count: 250)
        #expect(throws: LockfileError.self) {
            try ProjectFolder(directory.file("q/r")).place([file("a/b", "1"), file(long, "2")]) { _, _ in false }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [])
        try directory.write("p/a", "old")
        #expect(throws: LockfileError.self) {
            try project.place([file("a", "1"), file("x/\(long)", "2")]) { _, _ in false }
        }
        #expect(try contents() == ["a": "old"])
    }

    @Test
    func `What cannot be put back is kept, and it is said where`() throws {
        for name in ["a", "b", "c"] { try directory.write("p/\(name)", "old \(name)") }
        var placement = Placement()
        let folder = try placement.open(project.path)
        for name in ["a", "b", "c"] {
            try placement.stage(file(name, "new"), as: name, in: folder, replacing: folder.file(named: name))
        }
        try directory.write("p/c", "mine")
        #expect(try placement.commit() == "c")
        // Where no file can be put, for root neither.
        unlink(directory.file("p/a"))
        try directory.makeDirectory("p/a")
        let cause = LockfileError(.system(.rename, errnum: EIO), file: "c")
        let error = #expect(throws: PlacementError.self) { try placement.rollBack(after: cause) }
        guard case .notPutBack(let files, cause) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let kept = try #require(files.first)
        #expect(files == [.init(path: directory.file("p/a"), backup: kept.backup, errnum: EISDIR)])
        // Not under a name that is taken for a temporary file's, and removed some day.
        let name = (kept.backup as NSString).lastPathComponent
        #expect(name.wholeMatch(of: /a\.[0-9a-f]{16}\.orig/) != nil, "\(name)")
        #expect(try contents() == ["a": "/", "b": "old b", "c": "mine", name: "old a"])
        // Once is enough.
        #expect(throws: Never.self) { try placement.rollBack() }
    }

    @Test
    func `Nothing is read or written through a link, nor in the place of what is no file`() throws {
        try directory.write("outside/f", "theirs")
        try directory.write("p/file", "x")
        try directory.makeDirectory("p/folder")
        for (link, target) in ["p/link": "../outside", "p/f": "../outside/f", "p/gone": "nowhere"] {
            try FileManager.default.createSymbolicLink(
                atPath: directory.file(link), withDestinationPath: target)
        }
        #expect(mkfifo(directory.file("p/fifo"), 0o600) == 0)
        let before = try directory.readText("outside/f")
        let mistakes: [(String, PlacementError)] = [
            ("link/f", .link(directory.file("p/link"))), ("link/new", .link(directory.file("p/link"))),
            ("f", .link(directory.file("p/f"))), ("gone", .link(directory.file("p/gone"))),
            ("gone/x", .link(directory.file("p/gone"))), ("folder", .notFile(directory.file("p/folder"))),
            ("fifo", .notFile(directory.file("p/fifo"))), ("file/x", .notFolder(directory.file("p/file"))),
        ]
        for (path, error) in mistakes {
            #expect(throws: error, "\(path)") { try project.file(at: path) }
            #expect(throws: error, "\(path)") {
                try project.place([file("first", "1"), file(path, "2")]) { _, _ in false }
            }
            #expect(try project.file(at: "first") == nil, "\(path)")
        }
        #expect(try directory.readText("outside/f") == before)
        let place = ProjectFolder(directory.file("p/file"))
        #expect(throws: PlacementError.notFolder(place.path)) { try place.file(at: "a") }
        #expect(throws: PlacementError.notFolder(place.path)) { try place.place([file("a", "1")]) { _, _ in false } }
        // The folder itself may be reached by a link: it was named.
        #expect(try ProjectFolder(directory.file("p/link")).place([file("new", "1")]) { _, _ in false } == nil)
        #expect(try directory.readText("outside/new") == "1")
    }
}
