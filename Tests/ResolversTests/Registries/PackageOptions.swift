import Resolvers

/// The options that mean something to packages.
func options(
    range: String? = nil, upperBound: String? = nil, preReleases: Bool? = nil, at: String? = nil,
    wheel: Bool? = nil, unpack: Bool? = nil
) -> SourceOptions {
    var options = SourceOptions(at: at, unpack: unpack)
    options.range = range
    options.upperBound = upperBound
    options.preReleases = preReleases
    options.wheel = wheel
    return options
}
