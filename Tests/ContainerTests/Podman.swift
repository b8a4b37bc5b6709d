import Foundation
import Support
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A podman with storage, settings and processes of its own: nothing of this machine's containers is seen or touched.
///
/// It lives in namespaces of its own, of mounts and of processes, which one process holds open. When that ends, every
/// container, monitor and mount in them ends with it, also when the test program is interrupted. Registries have to reach
/// it, and tests the ports that it publishes: the network is that of the whole test program, and not the machine's.
final class Podman: Sendable {
    /// Whose podman it is.
    enum Rights: String, Sendable, CaseIterable, CustomTestStringConvertible {
        /// The machine's own root, with overlay storage.
        case rootful
        /// A user without any right, who has 65536 subordinate ids.
        case rootless

        var testDescription: String { rawValue }
    }

    let rights: Rights
    /// What programs inside are run with: scripts that call podman themselves work with it.
    let environment: [String: String]
    private let directory = TemporaryDirectory()
    private let holder: BackgroundProcess
    /// The process that is number 1 of the namespace.
    private let first: Int32

    /// Whether podman can be used here, for `.enabled(if:)`.
    ///
    /// It takes root: a podman without rights is given a user of its own, which only root can do without changing `/etc`.
    static let isAvailable =
        geteuid() == 0 && ContainerTests.haveOwnNetwork
        && ["podman", "unshare", "nsenter", "setpriv"].allSatisfy(isInstalled)
        && isInstalled(runtime) && succeeds(["unshare", "--mount", "--pid", "--fork", "--mount-proc", "true"])

    /// Why tests that need one were left out.
    static let absence: Comment =
        "left out: podman with namespaces of its own takes root, podman, runc or crun, and scripts/own-network"

    /// Whether one without rights can be used here.
    ///
    /// In a container often not: its own root then has no ids to spare.
    static let canRunRootless = isAvailable && isInstalled("newuidmap") && succeeds(["unshare", "--user", "true"])

    /// Whether the kernel lets everybody lay folders over each other: if not, podman copies a whole image for each container.
    private static let overlaysWithoutRights: Bool = {
        let folder = TemporaryDirectory()
        let mount =
            "cd \"$0\" && mkdir l u w m && mount -t overlay -o lowerdir=l,upperdir=u,workdir=w,userxattr overlay m"
        return succeeds(["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, folder.path])
    }()

    /// Those that can be used here, for the arguments of a test.
    static let usable: [Rights] = (isAvailable ? [.rootful] : []) + (canRunRootless ? [.rootless] : [])

    /// One for the whole test program, so that an image is built once.
    static func shared(_ rights: Rights) async throws -> Podman {
        switch rights {
        case .rootful: try await sharedRootful.value
        case .rootless: try await sharedRootless.value
        }
    }

    private static let sharedRootful = Task { try await Podman(.rootful) }
    private static let sharedRootless = Task { try await Podman(.rootless) }
    private static let runtime = isInstalled("runc") ? "runc" : "crun"
    private static let user = (name: "pinr-rootless", id: 54321)

    /// Makes an empty one.
    init(_ rights: Rights) async throws {
        self.rights = rights
        // Another user goes through it, and only where the names are known.
        try setMode(directory.path, 0o711)
        environment = try Self.configure(directory, rights)
        holder = try BackgroundProcess([
            "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
            "sh", "-c", Self.hold, directory.file("etc"),
        ])
        while !holder.output().contains("ready") {
            guard holder.isRunning else { throw PodmanError(what: "no namespaces: \(holder.output())") }
            try await Task.sleep(for: .milliseconds(5))
        }
        let children = try String(contentsOfFile: "/proc/\(holder.id)/task/\(holder.id)/children", encoding: .utf8)
        guard let first = Int32(children.split(separator: " ").first ?? "") else {
            throw PodmanError(what: "no process in the namespaces of \(holder.id)")
        }
        self.first = first
        if rights == .rootless { try await own("") }
    }

    /// What the first process of the namespaces does: the files of accounts are laid over the machine's, for it alone.
    private static let hold = """
        set -eu
        mount --make-rshared /
        # Podman numbers its locks there, for all storages of a user together.
        mount -t tmpfs tmpfs /dev/shm
        # And there it notes whether the machine was started anew, for all of root's storages.
        mkdir -p /run/libpod
        mount -t tmpfs tmpfs /run/libpod
        # Names of the networks of containers, which stay when these are killed.
        mkdir -p /run/netns
        mount -t tmpfs tmpfs /run/netns
        for file in passwd group subuid subgid; do
            if [ -e "$0/$file" ]; then mount --bind "$0/$file" "/etc/$file"; fi
        done
        # A network without rights takes this device, which not every machine opens to everybody, as udev does.
        if [ -c /dev/net/tun ]; then
            mknod -m 666 "$0-tun" c 10 200
            mount --bind "$0-tun" /dev/net/tun
        fi
        echo ready
        exec sleep infinity
        """

    private static func configure(_ directory: TemporaryDirectory, _ rights: Rights) throws -> [String: String] {
        if rights == .rootless {
            for (file, line) in [
                ("passwd", "\(user.name):x:\(user.id):\(user.id)::\(directory.file("home")):/bin/sh"),
                ("group", "\(user.name):x:\(user.id):"),
            ] {
                let own = try String(contentsOfFile: "/etc/\(file)", encoding: .utf8)
                try directory.write("etc/\(file)", own + line + "\n")
            }
            for file in ["subuid", "subgid"] { try directory.write("etc/\(file)", "\(user.name):600000:65536\n") }
        }
        // Where limits may not be raised, and control groups are not systemd's, what podman sets by itself fails.
        try directory.write(
            "containers.conf",
            """
            [containers]
            default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
            [engine]
            runtime = "\(runtime)"
            cgroup_manager = "cgroupfs"
            events_logger = "file"

            """)
        try directory.write(
            "storage.conf",
            """
            [storage]
            driver = "\(rights == .rootful || overlaysWithoutRights ? "overlay" : "vfs")"
            graphroot = "\(directory.file("graph"))"
            runroot = "\(directory.file("home/run/containers"))"

            """)
        // The registries of tests are on this machine, and speak no TLS; other names have to be whole.
        try directory.write(
            "registries.conf",
            """
            unqualified-search-registries = []
            [[registry]]
            location = "127.0.0.1"
            insecure = true

            """)
        try directory.write(
            "home/.config/containers/policy.json", "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}\n")
        try directory.makeDirectory("work")
        var environment = isolatedEnvironment(home: directory.file("home"))
        environment["TMPDIR"] = try directory.makeDirectory("tmp")
        environment["CONTAINERS_CONF"] = directory.file("containers.conf")
        environment["CONTAINERS_STORAGE_CONF"] = directory.file("storage.conf")
        environment["CONTAINERS_REGISTRIES_CONF"] = directory.file("registries.conf")
        environment["REGISTRY_AUTH_FILE"] = try directory.write("home/auth.json", "{}\n")
        try setMode(directory.file("home/run"), 0o700)
        return environment
    }

    // MARK: Files

    /// The path of something below the folder that programs inside can read and write.
    func file(_ name: String) -> String { directory.file("work/\(name)") }

    /// Writes a file there; its path. It is root's until `own`.
    @discardableResult
    func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws -> String {
        try directory.write("work/\(name)", text, mode: mode)
    }

    /// A new, empty folder there; its path.
    func makeFolder() async throws -> String {
        let path = try directory.makeDirectory("work/\(UUID().uuidString)")
        try await own(path)
        return path
    }

    /// Copies what is in a folder of the checkout, which whoever has no rights may not get to; the copy's path.
    func copy(ofFolder path: String) async throws -> String {
        let copy = try await makeFolder()
        try await Support.run(["cp", "-R", "\(path)/.", copy])
        try await own(copy)
        return copy
    }

    /// Gives a file, or a folder and all that is in it, to whose podman it is.
    func own(_ path: String) async throws {
        guard rights == .rootless else { return }
        let paths = path.isEmpty ? ["home", "tmp", "work"].map(directory.file) : [path]
        try await Support.run(["chown", "-hR", "\(Self.user.id):\(Self.user.id)"] + paths)
        if path.isEmpty {
            try directory.makeDirectory("graph")
            try await Support.run(["chown", "\(Self.user.id):\(Self.user.id)", directory.file("graph")])
        }
    }

    // MARK: Running

    /// What a program is run with to see this podman's containers, as the user whose podman it is.
    func inside(_ argv: [String], directory: String? = nil) -> [String] {
        let id = "\(Self.user.id)"
        let user = rights == .rootful ? [] : ["setpriv", "--reuid", id, "--regid", id, "--init-groups", "--"]
        // Not a working directory of outside taken along: it would have no name inside.
        let enter = ["nsenter", "-t", "\(first)", "-m", "-p", "--"] + user
        return enter + ["sh", "-c", "cd \"$0\" && exec \"$@\"", directory ?? file("")] + argv
    }

    /// What root runs inside, whoever's podman it is: mounts for what is run there after it.
    func insideAsRoot(_ argv: [String]) -> [String] { ["nsenter", "-t", "\(first)", "-m", "-p", "--"] + argv }

    /// Runs a program inside to its end, however it ends; scripts that call podman among them.
    func runInside(
        _ argv: [String], environment extra: [String: String] = [:], directory: String? = nil, input: [UInt8]? = nil,
        timeout: Duration = patience
    ) async throws -> ProcessResult {
        try await runProcess(
            inside(argv, directory: directory), environment: environment.merging(extra) { $1 }, input: input,
            timeout: timeout)
    }

    /// Runs podman to its end, however it ends.
    func attempt(_ arguments: [String], timeout: Duration = patience) async throws -> ProcessResult {
        try await runInside(["podman"] + arguments, timeout: timeout)
    }

    /// Runs podman, which has to succeed; what it printed, without white space at the ends.
    @discardableResult
    func callAsFunction(_ arguments: String..., timeout: Duration = patience) async throws -> String {
        try await self(arguments, timeout: timeout)
    }

    /// Runs podman, which has to succeed; what it printed, without white space at the ends.
    @discardableResult
    func callAsFunction(_ arguments: [String], timeout: Duration = patience) async throws -> String {
        let result = try await attempt(arguments, timeout: timeout)
        guard result.status == 0 else {
            throw PodmanError(what: "podman \(arguments): status \(result.status)\n\(result.stdout)\n\(result.stderr)")
        }
        return result.trimmed
    }

    /// Starts podman and returns while it runs.
    func start(_ arguments: [String]) throws -> BackgroundProcess {
        try BackgroundProcess(inside(["podman"] + arguments), environment: environment)
    }
}

/// Podman, or what it stands on, did not do what it had to.
struct PodmanError: Error, CustomStringConvertible {
    let what: String
    var description: String { what }
}
