import Foundation
import Support
import Testing

/// The builder's image as `container_build.sh` makes it of the template `alpine`: built once for the whole test program.
final class BuilderImage: Sendable {
    /// The project that it was built in.
    let project: BootstrapProject
    /// What `container_build.sh` printed.
    let reference: String
    /// What it is called in every podman.
    let name: String
    private let directory = TemporaryDirectory()
    private let podmans = Podmans()

    static func shared(_ base: BuilderBase) async throws -> BuilderImage {
        switch base {
        case .debian: try await debian.value
        case .alpine: try await alpine.value
        }
    }

    private static let debian = Task { try await BuilderImage(.debian) }
    private static let alpine = Task { try await BuilderImage(.alpine) }

    private init(_ base: BuilderBase) async throws {
        project = try await Self.project(base)
        name = "localhost/nix-builder:\(base)"
        reference = try project.reference(try await project.build())
        let podman = project.world.podman
        try await podman("tag", reference, name)
        let file = directory.file("image.tar")
        try await podman("save", "--quiet", "--format", "docker-archive", "--output", file, name)
    }

    /// A project that builds it.
    static func project(_ base: BuilderBase) async throws -> BootstrapProject {
        let world = try await BootstrapWorld.shared(.rootful)
        let project = BootstrapProject(world: world, path: try await world.podman.makeFolder())
        let pinned = try await BuilderProject.shared(base).directory
        try await ContainerTests.apply(["bootstrap"], to: project.path)
        try await run(["cp", "-R", pinned.file("pins"), project.path])
        return project
    }

    /// Its name, once it is in a podman's storage.
    func loaded(into podman: Podman) async throws -> String {
        try await podmans.once(podman.file("")) { [name, directory] in
            let copy = podman.file("\(UUID().uuidString).tar")
            try await run(["cp", directory.file("image.tar"), copy])
            try await podman.own(copy)
            try await podman("load", "--quiet", "--input", copy, timeout: .seconds(300))
            try FileManager.default.removeItem(atPath: copy)
            return name
        }
    }

    /// Those that have it, or that are being given it.
    private actor Podmans {
        private var loaded: [String: Task<String, any Error>] = [:]

        func once(_ key: String, load: @escaping @Sendable () async throws -> String) async throws -> String {
            let task = loaded[key] ?? Task(operation: load)
            loaded[key] = task
            return try await task.value
        }
    }
}
