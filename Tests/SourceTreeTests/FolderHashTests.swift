import Foundation
import NixHash
import SourceTree
import Support
import Testing
import Threads

/// What lies on disk, compared with `nix hash path`.
struct FolderHashTests {
    private func hash(_ path: String) throws -> String {
        try FolderHash.hash(path: path, cancellation: Cancellation()).digest.sri
    }

    @Test(.enabled(if: NixSandbox.isAvailable))
    func `Odd names, links and modes hash as Nix hashes them`() async throws {
        let folder = TemporaryDirectory()
        let script = #"""
            mkdir tree; cd tree
            for name in foo foo! foo-bar foo.txt foo0 'a b' '-x' '~' 'Ω' 'é' 'a~nix~case~hack~1' .hidden; do
                printf %s "$name" > "$name"
            done
            printf 'nfd' > "$(printf 'e\314\201')"
            printf 'latin' > "$(printf '\351\377')"
            printf 'line' > "$(printf 'a\nb\tc\001')"
            mkdir foodir foodir/empty .git sub; printf config > .git/config
            for mode in 0 100 010 001 644 744 711 655 4755 2644 1777; do printf "$mode" > m$mode; chmod $mode m$mode; done
            ln -s foo link; ln -s gone dangling; ln -s . self; ln -s / root; ln -s "$(printf '\377')" bytes; ln -s foodir dirlink
            ln foo hard
            for size in 0 1 7 8 9 262143 262144 262145 600000; do head -c $size /dev/zero | tr '\0' x > size$size; done
            chmod 555 sub
            """#
        try await run(["sh", "-ec", script], directory: folder.path)
        let nix = try NixSandbox()
        let paths = ["", "/foo", "/m744", "/link", "/dangling", "/dirlink", "/foodir/empty", "/size262145"]
        for path in paths.map({ folder.file("tree") + $0 }) {
            #expect(try await hash(path) == nix.hashPath(path), "\(path)")
        }
    }

    @Test func `What is not there is named`() {
        let path = "/nowhere/at all"
        #expect(throws: TreeError.unreadable(path: Array(path.utf8), errnum: ENOENT)) { try hash(path) }
    }

    @Test(.enabled(if: geteuid() != 0, "root reads everything"))
    func `What may not be read is named`() throws {
        let folder = TemporaryDirectory()
        try folder.write("a/secret", "x", mode: 0)
        let path = Array(folder.file("a/secret").utf8)
        #expect(throws: TreeError.unreadable(path: path, errnum: EACCES)) { try hash(folder.path) }
    }

    @Test func `A FIFO or a socket is refused, and not opened`() throws {
        let folder = TemporaryDirectory()
        let path = folder.file("pipe")
        #expect(mkfifo(path, 0o600) == 0)
        #expect(throws: TreeError.unsupportedType("FIFO", path: Array(path.utf8))) { try hash(folder.path) }
        #expect(throws: TreeError.unsupportedType("character device", path: Array("/dev/null".utf8))) {
            try hash("/dev/null")
        }
    }

    #if os(Linux)
        /// Files of the kernel whose size is not the one they say.
        @Test(arguments: ["/proc/self/status", "/sys/devices/system/cpu/online"])
        func `A file that is longer or shorter than it was said to be is refused`(path: String) {
            guard access(path, R_OK) == 0 else { return }
            #expect(throws: TreeError.changedWhileRead(path: Array(path.utf8))) { try hash(path) }
        }
    #endif

    @Test func `63 directories may lie within each other, and not 64`() async throws {
        let folder = TemporaryDirectory()
        let deepest = (1...63).map { _ in "d" }.joined(separator: "/")
        try folder.write("tree/\(deepest)/f", "f")
        #expect(throws: Never.self) { try hash(folder.file("tree")) }
        try folder.makeDirectory("tree/\(deepest)/d")
        let path = Array(folder.file("tree/\(deepest)/d").utf8)
        #expect(throws: TreeError.tooDeep(path: path, limit: 63)) { try hash(folder.file("tree")) }
    }
}
