extension VersionRange {
    /// An operator and the version it compares with.
    struct Clause: Sendable {
        let comparison: Comparison
        let bound: Version
        let isWildcard: Bool
        /// How many of the bound's numbers have to be the same, for `.*`, `~=`, `^` and `~`.
        let sameNumbers: Int

        /// As it is written to the lock.
        var text: String { comparison.rawValue + bound.text + (isWildcard ? ".*" : "") }

        /// Longer ones stand before those that they begin with.
        enum Comparison: String, CaseIterable, Sendable {
            case notEqual = "!="
            case lessOrEqual = "<="
            case greaterOrEqual = ">="
            case compatible = "~="
            case pessimistic = "~>"
            case equal = "="
            case less = "<"
            case greater = ">"
            case caret = "^"
            case tilde = "~"
        }

        func holds(for version: Version) -> Bool {
            switch comparison {
            case .equal: isWildcard ? hasSameNumbers(version) : isEqual(version)
            case .notEqual: isWildcard ? !hasSameNumbers(version) : !isEqual(version)
            case .greaterOrEqual: publicPrecedence(of: version) >= 0
            case .lessOrEqual: publicPrecedence(of: version) <= 0
            case .compatible, .pessimistic, .caret, .tilde:
                publicPrecedence(of: version) >= 0 && hasSameNumbers(version)
            // What leads to the bound is not yet below it: `<2` does not mean 2.0-rc1.
            case .less: version.isBelow(bound.parsed.floor ?? bound.parsed.key)
            // PEP 440: what was built or published of the bound later is not above it: `>1.7` does not mean 1.7.post1.
            case .greater: publicPrecedence(of: version) > 0 && !(bound.parsed.ceiling.map(version.isBelow) ?? false)
            }
        }

        var isLowerBound: Bool {
            switch comparison {
            // `=2.*` has the pre-releases of 2 too, which have no lowest one.
            case .equal: !isWildcard
            case .greater, .greaterOrEqual, .compatible, .pessimistic, .caret, .tilde: true
            case .notEqual, .less, .lessOrEqual: false
            }
        }

        var isUpperBound: Bool {
            switch comparison {
            case .equal: !isWildcard
            case .less, .lessOrEqual: true
            default: false
            }
        }

        /// A local version is equal to its public one, unless the bound is local too (PEP 440).
        private func isEqual(_ version: Version) -> Bool {
            bound.parsed.isLocal ? version.precedence(over: bound) == 0 : publicPrecedence(of: version) == 0
        }

        private func publicPrecedence(of version: Version) -> Int {
            VersionKey.compare(version.parsed.key, bound.parsed.key, sections: bound.parsed.publicSections)
        }

        private func hasSameNumbers(_ version: Version) -> Bool {
            guard version.parsed.epoch == bound.parsed.epoch else { return false }
            let numbers = version.parsed.numbers
            let missing = version.parsed.missingNumber
            return bound.parsed.numbers.prefix(sameNumbers).enumerated().allSatisfy { index, digits in
                VersionKey.Part.number(digits) == (index < numbers.count ? .number(numbers[index]) : missing)
            }
        }
    }
}

extension Version {
    fileprivate func isBelow(_ key: VersionKey) -> Bool { VersionKey.compare(parsed.key, key) < 0 }
}

extension VersionScheme {
    /// The operators that mean in this scheme what its own tools mean by them; the plain comparisons are in every one.
    func has(_ comparison: VersionRange.Clause.Comparison) -> Bool {
        switch comparison {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
        case .compatible: self == .release || self == .pep440
        case .pessimistic: self == .release || self == .rubygems
        case .caret, .tilde: self == .release || self == .semver
        }
    }
}
