internal import Lockfile
internal import Transfer
internal import Versions

extension RegistrySource {
    /// More releases than this that are too young are not gone through: of some registries each costs a question.
    private static var mostYoung: Int { 64 }

    /// The release that is taken, its file, and how old it is where that matters.
    ///
    /// Where none is old enough that is newer than what is locked, it is the newest, which is said to be too young.
    /// - Throws: `ResolveError`, `TransferError`
    func pick(
        of catalogue: RegistryCatalogue, in registry: Registry, after locked: Locked?, within limit: AgeLimit?
    ) async throws -> (RegistryPick, RegistryFile, Aging?) {
        let newest = try pick(of: catalogue, except: [:])
        guard let limit, newest.choice != nil, !isLocked(newest, locked) else {
            return (newest, try await file(of: newest.release, in: registry, after: locked), nil)
        }
        var young: [String: Int64?] = [:]
        var first: (file: RegistryFile, made: Int64?)?
        var next: Int64?
        var candidate: RegistryPick? = newest
        while let pick = candidate, young.isEmpty || !isBehind(pick, locked), young.count < Self.mostYoung {
            let file = try await file(of: pick.release, in: registry, after: locked)
            if isLocked(pick, locked) {
                return (pick, file, Aging(.oldEnough, passedOver: newest.release.version, nextMade: next))
            }
            let made = try await made(file, in: registry)
            if let made, made <= limit.latest {
                let isNewest = young.isEmpty
                return (
                    pick, file,
                    Aging(
                        .oldEnough, made: made, passedOver: isNewest ? nil : newest.release.version,
                        nextMade: isNewest ? nil : next)
                )
            }
            first = first ?? (file, made)
            if let made { next = min(next ?? made, made) }
            young[pick.release.version] = .some(made)
            do {
                candidate = try self.pick(of: catalogue, except: young)
            } catch ResolveError.noVersion {
                candidate = nil
            }
        }
        guard let first else { return (newest, try await file(of: newest.release, in: registry, after: locked), nil) }
        return (newest, first.file, Aging(next == nil ? .untold : .tooYoung, made: first.made, nextMade: next))
    }

    private func pick(of catalogue: RegistryCatalogue, except young: [String: Int64?]) throws -> RegistryPick {
        try RegistryPick(catalogue, package.tracking, scheme: Self.scheme, title: title, except: young)
    }

    /// When a file was uploaded, as the registry says, or else the server that has it.
    private func made(_ file: RegistryFile, in registry: Registry) async throws -> Int64? {
        if let uploaded = Aging.believable(file.uploaded) { return uploaded }
        let response = try await registry.upstream.head(of: file.url)
        return (200..<300).contains(response.status) ? Aging.believable(response.lastModified) : nil
    }

    private func isLocked(_ pick: RegistryPick, _ locked: Locked?) -> Bool {
        locked?.version?.utf8.elementsEqual(pick.release.version.utf8) ?? false
    }

    /// Whether a release is no newer than the one that is locked.
    private func isBehind(_ pick: RegistryPick, _ locked: Locked?) -> Bool {
        guard let version = Version(pick.release.version, scheme: Self.scheme),
            let before = locked?.version.flatMap({ Version($0, scheme: Self.scheme) })
        else { return false }
        return version.precedence(over: before) < 0
    }
}
