import ParleyModel

/// RT's words for what was wrong.
enum Sentences {
    /// What ended a whole request.
    static func sentence(_ fault: Fault) -> String {
        switch fault {
        case .notFound: "No such object."
        case .forbidden, .unauthenticated: "Permission Denied"
        case .invalid(let problems): problems.first.map { reason($0) } ?? "The request cannot be done."
        case .conflict: "Somebody else changed the object meanwhile."
        case .tooLarge(let limit): "The attachment is larger than \(limit) octets."
        case .unsupported: "That is not supported."
        case .rateLimited, .unavailable: "The tracker is busy; try again later."
        }
    }

    /// Why one thing was not done.
    static func reason(_ problem: Problem) -> String {
        switch problem.rule {
        case .notPermitted: "Permission Denied"
        case .multipleNotAllowed: "may have only one value."
        case .derived: "Immutable field"
        case .tooLong(let maximum): "may have at most \(maximum) characters"
        case .required, .mustBeFilled: "Input must match [Mandatory]"
        default: "Illegal value"
        }
    }
}
