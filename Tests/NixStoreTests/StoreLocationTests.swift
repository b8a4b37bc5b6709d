import Testing

@testable import NixStore

/// Which store Nix works with, and where its files are.
@Suite struct StoreLocationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let environment: [String: String]
        let directory: String
        /// Nil for a store that is elsewhere.
        let files: String?
        var setting: String?

        init(
            _ environment: [String: String], _ files: String?, directory: String = "/nix/store",
            setting: String? = nil
        ) {
            (self.environment, self.files, self.directory, self.setting) = (environment, files, directory, setting)
        }

        var testDescription: String { "\(environment) \(setting ?? "")" }
    }

    static let machine = StoreLocation.Machine(workingDirectory: "/work", isRoot: true, exists: { _ in false })

    @Test(arguments: [
        Case([:], "/nix/store"),
        Case(["NIX_REMOTE": ""], "/nix/store"),
        Case(["NIX_REMOTE": "auto"], "/nix/store"),
        Case(["NIX_REMOTE": "local"], "/nix/store"),
        Case(["NIX_REMOTE": "daemon"], "/nix/store"),
        Case(["NIX_REMOTE": "unix:///run/x/socket"], "/nix/store"),
        Case(["NIX_REMOTE": "unix://"], "/nix/store"),
        Case(["NIX_REMOTE": "local?root=/mnt"], "/mnt/nix/store"),
        Case(["NIX_REMOTE": "auto?root=/mnt/"], "/mnt/nix/store"),
        Case(["NIX_REMOTE": "unix:///s?root=/mnt"], "/mnt/nix/store"),
        Case(["NIX_REMOTE": "local?root=/a%20b&trusted=1"], "/a b/nix/store"),
        Case(["NIX_REMOTE": "local?root=/a+b%"], "/a+b%/nix/store"),
        Case(["NIX_REMOTE": "local?root=x/../y"], "/work/y/nix/store"),
        Case(["NIX_REMOTE": "local?root="], "/nix/store"),
        Case(["NIX_REMOTE": "/mnt"], "/mnt/nix/store"),
        Case(["NIX_REMOTE": "./mnt/"], "/work/mnt/nix/store"),
        Case(["NIX_REMOTE": "local:///mnt"], "/mnt/nix/store"),
        Case(["NIX_REMOTE": "local://"], "/nix/store"),
        Case(["NIX_REMOTE": "local?store=/s&real=/r/"], "/r", directory: "/s"),
        Case(["NIX_REMOTE": "local?store=/s//t/"], "/s/t", directory: "/s/t"),
        Case(["NIX_REMOTE": "local?store=/s&root=/mnt"], "/mnt/nix/store", directory: "/s"),
        Case(["NIX_REMOTE": "local?root=/mnt&real=/r"], "/r"),
        Case(["NIX_REMOTE": "local-overlay://?root=/mnt"], "/mnt/nix/store"),
        Case(["NIX_STORE_DIR": "/s"], "/s", directory: "/s"),
        Case(["NIX_STORE_DIR": ""], "/nix/store"),
        Case(["NIX_STORE": "/s", "NIX_REMOTE": "daemon"], "/s", directory: "/s"),
        Case(["NIX_STORE_DIR": "/s/./t/..", "NIX_STORE": "/u"], "/s", directory: "/s"),
        Case(["NIX_STORE_DIR": "/s", "NIX_REMOTE": "local?root=/mnt"], "/mnt/nix/store", directory: "/s"),
        Case(["NIX_STORE_DIR": "/s", "NIX_REMOTE": "local?store=/t"], "/t", directory: "/t"),
        Case(["NIX_REMOTE": "ssh://h"], nil),
        Case(["NIX_REMOTE": "ssh-ng://h?root=/mnt"], nil),
        Case(["NIX_REMOTE": "https://cache.example"], nil),
        Case(["NIX_REMOTE": "file:///cache"], nil),
        Case(["NIX_REMOTE": "dummy://"], nil),
        Case(["NIX_REMOTE": "word"], nil),
        Case(["NIX_REMOTE": "daemon"], "/conf/nix/store", setting: "local?root=/conf"),
    ])
    func isWhereNixWorks(_ given: Case) throws {
        let location = try StoreLocation(
            environment: given.environment, setting: given.setting, machine: Self.machine)
        #expect(location.directory == given.directory)
        let url = given.setting ?? given.environment["NIX_REMOTE"] ?? ""
        #expect(location.files == given.files.map { .directory($0) } ?? .elsewhere(url: url))
    }

    @Test(arguments: [
        (["NIX_STORE_DIR": "rel"], "NIX_STORE_DIR"), (["NIX_STORE": "./x"], "NIX_STORE"),
        (["NIX_REMOTE": "local?store=x"], "store"),
    ])
    func aDirectoryIsAbsolute(_ environment: [String: String], _ variable: String) throws {
        do {
            _ = try StoreLocation(environment: environment, setting: nil, machine: Self.machine)
            Issue.record("taken")
        } catch .relativeDirectory(let name, _) {
            #expect(name == variable)
        }
    }

    #if os(Linux)
        /// What Nix does for somebody who is not root on a machine without `/nix`.
        @Test func whoeverHasNoNixFolderHasAStoreOfTheirOwn() throws {
            func files(
                _ environment: [String: String], isRoot: Bool = false, existing: [String] = []
            ) throws -> StoreLocation.Files {
                let machine = StoreLocation.Machine(
                    workingDirectory: "/work", isRoot: isRoot, exists: { existing.contains($0) })
                return try StoreLocation(
                    environment: environment.merging(["HOME": "/home/me"]) { $1 }, setting: nil, machine: machine
                ).files
            }
            let own = StoreLocation.Files.directory("/home/me/.local/share/nix/root/nix/store")
            let machines = StoreLocation.Files.directory("/nix/store")
            #expect(try files([:]) == own)
            #expect(try files(["NIX_REMOTE": "auto"]) == own)
            #expect(try files(["XDG_DATA_HOME": "/d"]) == .directory("/d/nix/root/nix/store"))
            #expect(try files([:], isRoot: true) == machines)
            #expect(try files([:], existing: ["/nix/var/nix"]) == machines)
            #expect(try files([:], existing: ["/nix/var/nix/daemon-socket/socket"]) == machines)
            #expect(try files(["NIX_DAEMON_SOCKET_PATH": "/s"], existing: ["/s"]) == machines)
            #expect(try files(["NIX_STATE_DIR": "/state"]) == machines)
            #expect(try files(["NIX_REMOTE": "local"]) == machines)
            #expect(try files(["NIX_REMOTE": "auto?trusted=1"]) == machines)
        }
    #endif
}
