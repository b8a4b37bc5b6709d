internal import Versions

/// The release that is taken of all that a registry offers, and what is to be said of it.
struct RegistryPick {
    let release: RegistryRelease
    /// How the choice was made; nil where one version was asked for by name.
    let choice: ReleaseChoice?
    let remarks: [ReleaseRemark]

    /// - Parameters:
    ///   - title: how the package is called in messages.
    ///   - young: the versions that are not old enough: when each was made, or nil where nobody says.
    /// - Throws: `ResolveError.versionNotFound` and `.noVersion`
    init(
        _ catalogue: RegistryCatalogue, _ tracking: RegistryTracking, scheme: VersionScheme, title: String,
        except young: [String: Int64?] = [:]
    ) throws(ResolveError) {
        if let at = tracking.at {
            release = try Self.release(at, catalogue, scheme, title)
            choice = nil
            remarks = Self.remarks(on: release)
            return
        }
        let choice = Self.choose(catalogue, tracking, scheme, young)
        guard let chosen = choice.chosen,
            let release = catalogue.releases.first(where: { $0.version.utf8.elementsEqual(chosen.text.utf8) })
        else {
            throw .noVersion(of: title, choice, range: tracking.range?.text, url: catalogue.url)
        }
        self.release = release
        self.choice = choice
        remarks = Self.remarks(on: release) + Self.remarks(on: chosen, choice, catalogue, tracking)
    }

    /// The release that was asked for by name; one that is spelled so before one that only means the same version.
    private static func release(
        _ at: String, _ catalogue: RegistryCatalogue, _ scheme: VersionScheme, _ title: String
    ) throws(ResolveError) -> RegistryRelease {
        if let exact = catalogue.releases.first(where: { $0.version.utf8.elementsEqual(at.utf8) }) { return exact }
        if let wanted = Version(at, scheme: scheme) {
            let same = catalogue.releases.first { release in
                Version(release.version, scheme: scheme).map { $0.precedence(over: wanted) == 0 } ?? false
            }
            if let same { return same }
        }
        let newest = ReleaseChoice.choose(
            among: catalogue.releases.map {
                ReleaseChoice.Offer($0.version, objection: $0.objection(takingDeprecated: false))
            }, scheme: scheme)
        throw .versionNotFound(at, package: title, newest: newest.chosen?.text, url: catalogue.url)
    }

    // MARK: The choice

    /// The highest version that nothing speaks against; else one that its publisher advises against, else a pre-release.
    ///
    /// That all are too young makes nobody take a worse one.
    private static func choose(
        _ catalogue: RegistryCatalogue, _ tracking: RegistryTracking, _ scheme: VersionScheme, _ young: [String: Int64?]
    ) -> ReleaseChoice {
        func choose(preReleases: Bool, deprecated: Bool, _ young: [String: Int64?] = [:]) -> ReleaseChoice {
            self.choose(catalogue, tracking, scheme, preReleases: preReleases, deprecated: deprecated, young)
        }
        let ways = [
            (tracking.preReleases, false), (tracking.preReleases, true), (true, false), (true, true),
        ]
        for (preReleases, deprecated) in ways {
            let choice = choose(preReleases: preReleases, deprecated: deprecated)
            guard choice.chosen != nil else { continue }
            return young.isEmpty ? choice : choose(preReleases: preReleases, deprecated: deprecated, young)
        }
        return choose(preReleases: tracking.preReleases, deprecated: false)
    }

    private static func choose(
        _ catalogue: RegistryCatalogue, _ tracking: RegistryTracking, _ scheme: VersionScheme, preReleases: Bool,
        deprecated: Bool, _ young: [String: Int64?]
    ) -> ReleaseChoice {
        func aged(_ offers: [ReleaseChoice.Offer]) -> [ReleaseChoice.Offer] {
            guard !young.isEmpty else { return offers }
            return offers.map { offer in
                guard offer.objection == nil, let made = young[offer.text] else { return offer }
                return ReleaseChoice.Offer(offer.text, objection: .tooYoung(made: made))
            }
        }
        // A version goes into the lock and onto the terminal.
        let offers = catalogue.releases.filter { Answer.isWord($0.version) }.map {
            ReleaseChoice.Offer($0.version, objection: $0.objection(takingDeprecated: deprecated))
        }
        // Who asks for pre-releases wants what is before the publisher's newest release.
        guard !tracking.preReleases, let latest = catalogue.latest.flatMap({ Version($0, scheme: scheme) }),
            tracking.range?.contains(latest) ?? true,
            offers.contains(where: { $0.objection == nil && $0.text.utf8.elementsEqual(latest.text.utf8) })
        else {
            return ReleaseChoice.choose(
                among: aged(offers), range: tracking.range, preReleases: preReleases, scheme: scheme)
        }
        let upToLatest = offers.map { offer in
            guard offer.objection == nil, let version = Version(offer.text, scheme: scheme), latest < version else {
                return offer
            }
            return ReleaseChoice.Offer(
                offer.text, objection: .unusable("its publisher calls \(latest.text) the latest"))
        }
        return ReleaseChoice.choose(
            among: aged(upToLatest), range: tracking.range, preReleases: preReleases || latest.isPreRelease,
            scheme: scheme)
    }

    // MARK: Remarks

    private static func remarks(on release: RegistryRelease) -> [ReleaseRemark] {
        switch release.standing {
        case .deprecated(let reason): [.deprecated(version: release.version, reason: reason)]
        case .withdrawn(let reason): [.withdrawn(version: release.version, reason: reason)]
        case .offered, .lacksFile: []
        }
    }

    private static func remarks(
        on chosen: ReleaseChoice.Candidate, _ choice: ReleaseChoice, _ catalogue: RegistryCatalogue,
        _ tracking: RegistryTracking
    ) -> [ReleaseRemark] {
        var remarks: [ReleaseRemark] = []
        let hasRelease = choice.candidates.contains { $0.verdict == .older && $0.version?.isPreRelease == false }
        if chosen.version?.isPreRelease == true, !tracking.preReleases, !hasRelease {
            remarks.append(.onlyPreReleases(version: chosen.text))
        }
        // What has no file of the wanted kind is passed over, and that is worth a word where it is newer.
        let newer = choice.candidates.prefix { $0.verdict != .chosen }
        let unusable = newer.filter { if case .unusable = $0.verdict { true } else { false } }
        // There may be thousands of both. What was chosen among is words of ASCII, which compare by their bytes.
        let lacks = Dictionary(catalogue.releases.lazy.compactMap(\.lack)) { first, _ in first }
        if let passedOver = unusable.first(where: { lacks[$0.text] != nil }), let what = lacks[passedOver.text] {
            remarks.append(.passedOver(version: passedOver.text, taken: chosen.text, lacking: what))
        }
        return remarks
    }
}

extension RegistryRelease {
    /// The version and what it lacks, of one without a file of the kind that is wanted.
    fileprivate var lack: (version: String, what: String)? {
        guard case .lacksFile(let what) = standing else { return nil }
        return (version, what)
    }
}
